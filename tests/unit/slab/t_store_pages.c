/* store_pages: the page map counts the items on each page, and tells used from free pages. */
#include "slab/reclaim/evacuate.h"
#include "tests/unit/slab/storing.h"

/* Sums over the whole map. */
struct map {
    uint32_t n[4]; /* by state */
    uint64_t n_used;
    double live;
};

static struct map
look(void)
{
    struct map m = {0};
    struct store_page page;
    for (uint32_t after = 0; store_next_page(self, after, &page); after = page.number) {
        assert_true(page.number > after);
        assert_int_equal(page.node, 0);
        assert_true(page.n_used <= page.n_chunks && page.live <= 1.0 && page.heat <= 7.0);
        m.n[page.state]++;
        m.n_used += page.n_used;
        m.live += page.live;
    }
    return m;
}

static struct store_page
page_with(uint64_t i)
{
    struct store_page page;
    uint32_t number = arena_page_of(&the_store->arena, offset_of(peek(key_number(i))));
    assert_true(store_next_page(self, number - 1, &page));
    assert_int_equal(page.number, number);
    return page;
}

static void
test_an_empty_store_has_no_pages(void **state)
{
    (void)state;
    struct store_page page;
    assert_false(store_next_page(self, 0, &page));
}

static void
test_live_items_are_counted(void **state)
{
    (void)state;
    fill(1000, 1300, 1000);
    store_settle(self);
    struct map m = look();
    struct store_stats s = stats();
    assert_int_equal(m.n_used, 300);
    assert_int_equal(m.n[STORE_PAGE_USED], s.n_pages_used);
    assert_int_equal(m.n[STORE_PAGE_DRAINING], 0);
    double bytes = m.live * (double)s.page_size;
    assert_in_range((uint64_t)bytes, s.n_bytes - 300, s.n_bytes + 300); /* all items have one size */
}

static void
test_a_chain_counts_on_the_pages_of_its_links(void **state)
{
    (void)state;
    assert_int_equal(set_pattern(1, 40000), STORE_OK);
    store_settle(self);
    double bytes = look().live * (double)stats().page_size;
    assert_in_range((uint64_t)bytes, 40000, 40000 + 1000); /* and the headers of the links */
}

static void
test_age_heat_and_expiry_are_those_of_the_items(void **state)
{
    (void)state;
    assert_int_equal(set_pattern_until(1, 1000, clock_now_s() + 100), STORE_OK);
    assert_non_null(get_key(key_number(1)));
    assert_non_null(get_key(key_number(1)));
    assert_int_equal(set_pattern(2, 1000), STORE_OK);
    clock_shift(10);
    struct store_page page = page_with(1);
    assert_true(page.age_s > 9.0 && page.age_s < 12.0);
    assert_true(page.heat > 0.9 && page.heat < 1.1); /* heat 2 and heat 0 */
    assert_int_equal(page.expires, clock_now_s() + 90);
    assert_int_equal(page.class_id, class_id_of(1));
}

static void
test_a_page_that_was_emptied_is_in_the_pool(void **state)
{
    (void)state;
    fill(0, 300, 1000);
    for (uint64_t i = 0; i < 300; i++)
        assert_int_equal(drop(key_number(i)), STORE_OK);
    store_settle(self);
    assert_true(evacuate_empty(self, 0, CLASS_NONE));
    struct map m = look();
    assert_true(m.n[STORE_PAGE_FREE] > 0);
    assert_int_equal(m.n[STORE_PAGE_FREE], stats().n_pages_free);
    assert_int_equal(m.n[STORE_PAGE_USED], stats().n_pages_used);
    assert_int_equal(m.n_used, 0);
}

int
main(void)
{
#define ON_STORE(test) cmocka_unit_test_setup_teardown(test, open_small, close_store)
    const struct CMUnitTest tests[] = {
        ON_STORE(test_an_empty_store_has_no_pages),
        ON_STORE(test_live_items_are_counted),
        ON_STORE(test_a_chain_counts_on_the_pages_of_its_links),
        ON_STORE(test_age_heat_and_expiry_are_those_of_the_items),
        ON_STORE(test_a_page_that_was_emptied_is_in_the_pool),
    };
    return cmocka_run_group_tests_name("store_pages", tests, NULL, NULL);
}
