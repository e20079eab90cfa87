/*
 * class_number: every class has a number in the range that scripts list, and the counts of a number are
 * the sums over its classes.
 */
#include "server/cmd/class_number.h"

#include "tests/unit/slab/storing.h"

static void
test_numbers_rise_with_the_classes_and_none_is_left_out(void **state)
{
    (void)state;
    for (uint32_t n = 1; n <= STORE_CLASSES_MAX; n++) {
        assert_int_equal(class_number_at(n, 0), 0);
        assert_int_equal(class_number_at(n, 1), 1);
        for (uint32_t id = 2; id <= n; id++)
            assert_in_range(
                class_number_at(n, id), class_number_at(n, id - 1), class_number_at(n, id - 1) + 1);
        assert_int_equal(class_number_at(n, n), n < CLASS_NUMBER_MAX ? n : CLASS_NUMBER_MAX);
    }
}

static void
test_a_few_classes_keep_their_own_numbers(void **state)
{
    (void)state;
    for (uint32_t n = 1; n <= CLASS_NUMBER_MAX; n++)
        for (uint32_t id = 1; id <= n; id++)
            assert_int_equal(class_number_at(n, id), id);
}

static void
test_groups_are_as_even_as_can_be(void **state)
{
    (void)state;
    for (uint32_t n = CLASS_NUMBER_MAX; n <= STORE_CLASSES_MAX; n++) {
        uint32_t members[CLASS_NUMBER_MAX + 1] = {0}, few = n / CLASS_NUMBER_MAX;
        for (uint32_t id = 1; id <= n; id++)
            members[class_number_at(n, id)]++;
        for (uint32_t number = 1; number <= CLASS_NUMBER_MAX; number++)
            assert_in_range(members[number], few, few + (n % CLASS_NUMBER_MAX > 0));
    }
}

/* The number of an item is the first whose chunks are large enough for it. */
static void
test_an_item_is_where_its_size_says(void **state)
{
    (void)state;
    const struct class_set *s = &the_store->classes;
    struct store_class_stats below, c;
    assert_true(s->n > CLASS_NUMBER_MAX);
    assert_int_equal(class_number_highest(the_store), CLASS_NUMBER_MAX);
    for (uint32_t size = 32; size <= s->chunk_max; size += 8) {
        uint32_t number = class_number_of(the_store, class_for(s, size));
        class_number_stats(the_store, number - 1, &below);
        class_number_stats(the_store, number, &c);
        assert_true(c.id == number && below.chunk_size < size && size <= c.chunk_size);
        assert_in_range(c.chunks_per_page * c.chunk_size, 60000, 65536);
    }
}

static void
test_a_number_counts_what_its_classes_count(void **state)
{
    (void)state;
    const struct class_set *s = &the_store->classes;
    uint64_t n_items = 0, n_pages = 0, n_sets = 0, n_bytes = 0;
    for (uint32_t i = 0; i < 90; i++)
        assert_int_equal(set_pattern(i, i * 80), STORE_OK);
    for (uint32_t number = 1; number <= CLASS_NUMBER_MAX; number++) {
        struct store_class_stats c;
        class_number_stats(the_store, number, &c);
        assert_true(c.n_free_chunks <= c.n_chunks && c.n_items <= c.n_chunks);
        n_items += c.n_items;
        n_pages += c.n_pages;
        n_bytes += c.n_bytes;
        n_sets += c.n[STORE_N_SETS];
    }
    struct store_stats all;
    store_stats(the_store, &all);
    assert_true(n_items == 90 && n_sets == 90);
    assert_true(n_pages == all.n_pages_used && n_bytes == all.n_bytes);
    struct store_class_stats none;
    class_number_stats(the_store, CLASS_NUMBER_MAX + 1, &none);
    assert_true(none.chunk_size == 0 && none.n_pages == 0);
    assert_true(s->n > CLASS_NUMBER_MAX);
}

static uint64_t
pages_of(uint32_t id)
{
    struct store_class_stats c;
    store_class_stats(the_store, id - 1, &c);
    return c.n_pages;
}

static void
test_a_page_is_for_the_class_that_has_the_most(void **state)
{
    (void)state;
    uint32_t n = store_n_classes(the_store), last = n;
    while (class_number_of(the_store, last - 1) != class_number_of(the_store, last))
        last--; /* the group has several classes */
    uint32_t number = class_number_of(the_store, last), first = last - 1;
    assert_int_equal(class_number_fullest(the_store, number), last); /* without pages, the largest class */
    uint32_t size = the_store->classes.geometry[first].size;
    for (uint64_t i = 0; pages_of(first) == 0; i++)
        assert_int_equal(set_pattern(i, size - 100), STORE_OK);
    assert_int_equal(pages_of(last), 0);
    assert_int_equal(class_number_fullest(the_store, number), first);
    assert_int_equal(class_number_fullest(the_store, CLASS_NUMBER_MAX + 1), 0);
    assert_int_equal(class_number_fullest(the_store, 0), 0);
}

int
main(void)
{
#define ON_STORE(test) cmocka_unit_test_setup_teardown(test, open_large, close_store)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_rise_with_the_classes_and_none_is_left_out),
        cmocka_unit_test(test_a_few_classes_keep_their_own_numbers),
        cmocka_unit_test(test_groups_are_as_even_as_can_be),
        ON_STORE(test_an_item_is_where_its_size_says),
        ON_STORE(test_a_number_counts_what_its_classes_count),
        ON_STORE(test_a_page_is_for_the_class_that_has_the_most),
    };
    return cmocka_run_group_tests_name("class_number", tests, NULL, NULL);
}
