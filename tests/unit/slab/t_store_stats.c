/*
 * store_stats: the sums over classes equal the totals, and a reset clears the counters but not the present
 * state.
 */
#include "slab/store.h"

#include "tests/unit/slab/storing.h"

static void
test_classes_add_up_to_the_whole(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 3000; i++)
        assert_int_equal(set_pattern(i, (uint32_t)(i * 31 % 9000)), STORE_OK);
    struct store_stats s = stats();
    uint64_t n_items = 0, n_bytes = 0, n_pages = 0, n_sets = 0;
    uint32_t last_size = 0;
    for (uint32_t i = 0; i < s.n_classes; i++) {
        struct store_class_stats c;
        store_class_stats(the_store, i, &c);
        assert_int_equal(c.id, i + 1);
        assert_true(c.chunk_size > last_size);
        assert_int_equal(c.n_chunks, c.n_pages * c.chunks_per_page);
        assert_true(c.n_free_chunks <= c.n_chunks && c.n_items <= c.n_chunks);
        last_size = c.chunk_size;
        n_items += c.n_items;
        n_bytes += c.n_bytes;
        n_pages += c.n_pages;
        n_sets += c.n[STORE_N_SETS];
    }
    assert_int_equal(n_items, s.n_items);
    assert_int_equal(n_bytes, s.n_bytes);
    assert_int_equal(n_pages, s.n_pages_used);
    assert_int_equal(n_sets, 3000);
    assert_int_equal(s.n_pages_total, 15); /* the ghosts have one */
    assert_true(s.n_pages_used + s.n_pages_free < s.n_pages_total);
}

static void
test_a_class_reports_the_age_of_its_oldest_item(void **state)
{
    (void)state;
    struct store_class_stats c;
    assert_int_equal(set_pattern(1, 100), STORE_OK);
    uint32_t id = class_for(&the_store->classes, 24 + 5 + 100);
    clock_shift(30);
    store_class_stats(the_store, id - 1, &c);
    assert_int_equal(c.age_s, 30);
    assert_true(has_pattern(1, 100));
    store_class_stats(the_store, id - 1, &c);
    assert_int_equal(c.age_s, 0);
}

static void
test_a_reset_clears_counters_and_not_the_state(void **state)
{
    (void)state;
    assert_int_equal(set("a", "1"), STORE_OK);
    assert_string_equal(get("a"), "1");
    store_stats_reset(the_store);
    struct store_stats s = stats();
    for (int i = 0; i < STORE_N_COUNTERS; i++)
        assert_int_equal(s.n[i], 0);
    assert_int_equal(s.n_items, 1);
    assert_int_equal(s.n_bytes, 26);
    assert_string_equal(get("a"), "1");
    assert_int_equal(counted(STORE_N_GET_HITS), 1);
    struct store_class_stats c;
    store_class_stats(the_store, class_for(&the_store->classes, 26) - 1, &c);
    assert_int_equal(c.n[STORE_N_GET_HITS], 1);
    assert_int_equal(c.n_items, 1);
}

static void
test_a_settled_store_has_its_free_chunks_in_its_pages(void **state)
{
    (void)state;
    for (uint64_t i = 10; i < 60; i++)
        assert_int_equal(set_pattern(i, 100), STORE_OK);
    for (uint64_t i = 10; i < 30; i++)
        assert_int_equal(drop(key_number(i)), STORE_OK);
    store_settle(self);
    struct store_class_stats c;
    store_class_stats(the_store, class_for(&the_store->classes, 24 + 6 + 100) - 1, &c);
    assert_int_equal(c.n_chunks - c.n_free_chunks, 30);
}

static void
test_sizes_are_counted_in_steps_of_32(void **state)
{
    (void)state;
    uint64_t histogram[9];
    for (uint64_t i = 100; i < 110; i++)
        assert_int_equal(set_pattern(i, 96 - 24 - 7), STORE_OK); /* exactly on a step */
    for (uint64_t i = 200; i < 205; i++)
        assert_int_equal(set_pattern(i, 97 - 24 - 7), STORE_OK);
    assert_int_equal(set_pattern(300, 20000), STORE_OK);
    store_sizes(self, histogram, N_OF(histogram));
    assert_int_equal(histogram[3], 10);
    assert_int_equal(histogram[4], 5);
    assert_int_equal(histogram[8], 1); /* and all larger sizes */
    assert_int_equal(
        histogram[0] + histogram[1] + histogram[2] + histogram[5] + histogram[6] + histogram[7], 0);
}

int
main(void)
{
#define ON_STORE(test) cmocka_unit_test_setup_teardown(test, open_small, close_store)
    const struct CMUnitTest tests[] = {
        ON_STORE(test_classes_add_up_to_the_whole),
        ON_STORE(test_a_class_reports_the_age_of_its_oldest_item),
        ON_STORE(test_a_reset_clears_counters_and_not_the_state),
        ON_STORE(test_a_settled_store_has_its_free_chunks_in_its_pages),
        ON_STORE(test_sizes_are_counted_in_steps_of_32),
    };
    return cmocka_run_group_tests_name("store_stats", tests, NULL, NULL);
}
