/*
 * store_memory: the memory of items, of their chunks and of the rest of the arena, and that no byte is
 * counted twice.
 */
#include "slab/store.h"

#include "tests/unit/slab/storing.h"

static uint64_t
sum_of(const struct store_memory *m)
{
    return m->items + m->item_headers + m->rounding + m->free_chunks + m->page_heads + m->pool + m->index +
           m->tables + m->dictionaries;
}

static void
empty(void **state)
{
    (void)state;
    struct store_memory m;
    store_memory(the_store, &m);
    assert_int_equal(m.items + m.item_headers + m.rounding + m.free_chunks, 0);
    assert_true(sum_of(&m) <= 1 << 20);
}

static void
items_and_their_overhead(void **state)
{
    (void)state;
    enum { N = 20000, VALUE = 500 };
    struct store_memory m;
    size_t n;
    for (uint64_t i = 0; i < N; i++)
        assert_int_equal(set_pattern(i, VALUE), STORE_OK);
    store_settle(self);
    store_memory(the_store, &m);
    assert_int_equal(m.item_headers, N * sizeof(struct item));
    assert_true(m.items >= N * VALUE && m.items < N * (VALUE + 20));
    assert_true(m.rounding < m.items / 10);
    assert_true(m.index >= N * 8);
    assert_in_range(sum_of(&m), store_taken(the_store) - (1 << 20), store_taken(the_store) + (1 << 20));
    assert_non_null(store_addresses(the_store, &n));
    assert_true(n >= sum_of(&m));
    for (uint64_t i = 0; i < N; i += 2) {
        struct store_key key = key_number(i);
        store_enter(self);
        assert_int_equal(store_remove(self, &key, false, 0), STORE_OK);
        store_leave(self);
    }
    store_settle(self);
    uint64_t before = sum_of(&m);
    store_memory(the_store, &m);
    assert_int_equal(m.item_headers, N / 2 * sizeof(struct item));
    assert_true(m.free_chunks + m.rounding + m.pool >= N / 2 * VALUE);
    assert_in_range(sum_of(&m), before - (1 << 20), before + (1 << 20));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(empty, open_small, close_store),
        cmocka_unit_test_setup_teardown(items_and_their_overhead, open_large, close_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
