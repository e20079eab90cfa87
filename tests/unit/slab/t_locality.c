/*
 * locality: reads are counted by node, and an item that only another node reads moves there, with all its
 * chunks.
 */
#include "slab/core/locality.h"
#include "slab/reclaim/locality_migrate.h"

#include "tests/unit/slab/nodes.h"

enum {
    AFAR = 16
}; /* remote reads, each in a tick of its own, after which an item's migration is requested */

/* Does `n` reads, each in a tick of its own. */
static void
read_often(uint64_t i, uint32_t size, int n)
{
    for (; n > 0; n--) {
        clock_shift(1);
        assert_true(has_pattern(i, size));
    }
}

static void
test_reads_are_local_or_remote(void **state)
{
    (void)state;
    fill(0, 10, 100);
    assert_int_equal(count_there(0, 10, 100), 10);
    become(1);
    assert_int_equal(count_there(0, 10, 100), 10);
    fill(10, 13, 100);
    assert_int_equal(count_there(10, 13, 100), 3);
    assert_int_equal(count_there(100, 120, 100), 0); /* misses are not counted */
    assert_int_equal(node_stats(0).reads_local, 10);
    assert_int_equal(node_stats(0).reads_remote, 0);
    assert_int_equal(node_stats(1).reads_local, 3);
    assert_int_equal(node_stats(1).reads_remote, 10);
    assert_int_equal(node_stats(BARE).reads_local, 0);
    assert_int_equal(counted(STORE_N_READS_LOCAL), 13);
    assert_int_equal(counted(STORE_N_READS_REMOTE), 10);
}

static void
test_a_reset_covers_threads_that_have_ended(void **state)
{
    (void)state;
    fill(0, 10, 100);
    assert_int_equal(count_there(0, 10, 100), 10);
    become(1);
    store_stats_reset(the_store);
    assert_int_equal(node_stats(0).reads_local, 0);
    assert_int_equal(count_there(0, 4, 100), 4);
    become(0);
    assert_int_equal(node_stats(1).reads_remote, 4);
    assert_int_equal(node_stats(0).reads_local, 0);
}

static void
test_every_way_to_read_counts(void **state)
{
    (void)state;
    struct store_view v;
    struct store_fetched f;
    struct store_fetch how = {0};
    fill(0, 1, 100);
    become(1);
    struct store_key key = key_number(0);
    store_enter(self);
    assert_int_equal(store_get(self, &key, &v), STORE_OK);
    assert_int_equal(store_get_and_touch(self, &key, 0, &v), STORE_OK);
    assert_int_equal(store_fetch(self, &key, &how, false, &f), STORE_OK);
    store_leave(self);
    assert_int_equal(node_stats(1).reads_remote, 3);
    for (int i = 0; i < AFAR; i++) {
        clock_shift(1);
        store_enter(self);
        assert_int_equal(store_fetch(self, &key, &how, false, &f), STORE_OK);
        store_leave(self);
    }
    assert_false(locality_migrate(self));
    assert_int_equal(node_of(0), 1);
}

static void
test_items_read_by_another_node_only_move_there(void **state)
{
    (void)state;
    fill(0, 2, 100);
    assert_int_equal(node_of(0), 0);
    become(1);
    read_often(0, 100, AFAR - 1);
    assert_false(locality_migrate(self));
    assert_int_equal(node_of(0), 0);
    read_often(0, 100, 1);
    assert_false(locality_migrate(self));
    assert_int_equal(node_of(0), 1);
    assert_int_equal(node_of(1), 0);
    assert_int_equal(node_stats(1).n_migrated, 1);
    assert_int_equal(node_stats(0).n_migrated, 0);
    assert_true(has_pattern(0, 100));
    assert_int_equal(node_stats(1).reads_local, 1);
    become(0);
    assert_int_equal(node_stats(1).n_migrated, 1);
}

static void
test_items_that_both_nodes_read_stay(void **state)
{
    (void)state;
    struct store_thread *here, *there;
    fill(0, 1, 100);
    here = self;
    there = store_thread_new_on(the_store, 1);
    assert_non_null(there);
    for (int i = 0; i < 50 * AFAR; i++) {
        self = there;
        read_often(0, 100, AFAR - 1);
        assert_false(locality_migrate(there));
        self = here;
        read_often(0, 100, 1);
        assert_false(locality_migrate(here));
    }
    assert_int_equal(node_of(0), 0);
    assert_int_equal(counted(STORE_N_MIGRATED), 0);
    store_thread_free(&there);
}

static void
test_reads_within_one_tick_count_once(void **state)
{
    (void)state;
    fill(0, 1, 100);
    become(1);
    clock_shift(1);
    for (int i = 0; i < 100 * AFAR; i++)
        assert_true(has_pattern(0, 100));
    assert_false(locality_migrate(self));
    assert_int_equal(node_of(0), 0);
}

static void
test_a_request_for_a_removed_item_is_dropped(void **state)
{
    (void)state;
    fill(0, 3, 100);
    become(1);
    for (uint64_t i = 0; i < 3; i++)
        read_often(i, 100, AFAR);
    assert_int_equal(drop(key_number(0)), STORE_OK);
    fill(1, 2, 300); /* a new item, which is on this node already */
    assert_false(locality_migrate(self));
    assert_int_equal(counted(STORE_N_MIGRATED), 1);
    assert_int_equal(node_of(2), 1);
    assert_true(has_pattern(1, 300));
    /* The same if the item's memory was reused for another. */
    become(0);
    fill(10, 11, 100);
    become(1);
    read_often(10, 100, AFAR);
    struct store_thread *other = self;
    self = store_thread_new_on(the_store, 0);
    assert_int_equal(drop(key_number(10)), STORE_OK);
    pass_epochs();
    fill(20, 2000, 100);
    assert_false(locality_migrate(other));
    assert_int_equal(counted(STORE_N_MIGRATED), 1);
    store_thread_free(&other);
}

static void
test_large_values_move_whole(void **state)
{
    (void)state;
    fill(0, 2, 100000);
    become(1);
    read_often(0, 100000, AFAR);
    assert_false(locality_migrate(self));
    struct item *it = peek(key_number(0));
    assert_int_equal(page_of(it)->node, 1);
    for (uint64_t next = *item_next(it); next != 0; next = ((struct link *)(self->base + next))->next)
        assert_int_equal(arena_node_at(&the_store->arena, next), 1);
    assert_true(has_pattern(0, 100000));
    assert_true(has_pattern(1, 100000));
}

static void
test_a_full_ring_drops_requests(void **state)
{
    (void)state;
    const uint64_t n = 3 * LOCALITY_REQUESTS;
    fill(0, n, 10);
    become(1);
    for (int round = 1; round <= 3; round++) {
        for (int i = 0; i < (round == 1 ? AFAR : 1);
             i++) { /* a request that did not fit the ring is made again by the next read */
            clock_shift(1);
            assert_int_equal(count_there(0, n, 10), n);
        }
        assert_false(locality_migrate(self));
        assert_int_equal(counted(STORE_N_MIGRATED), (uint64_t)round * LOCALITY_REQUESTS);
    }
}

static void
test_items_without_space_to_move_stay(void **state)
{
    (void)state;
    fill(0, 1, 100);
    become(1);
    uint64_t i = 1000;
    while (node_stats(1).n_pages_used < node_stats(1).n_pages_most || node_of(i - 1) == 1)
        fill(i, i + 1, 100), i++; /* until an item is stored on another node */
    assert_int_equal(counted(STORE_N_EVICTED), 0);
    store_settle(self);
    read_often(0, 100, AFAR);
    assert_false(locality_migrate(self));
    assert_int_equal(node_of(0), 0);
    assert_int_equal(counted(STORE_N_MIGRATED), 0);
    for (uint64_t k = 1000; k < 1400; k++)
        assert_int_equal(drop(key_number(k)), STORE_OK);
    pass_epochs();
    read_often(0, 100, AFAR);
    assert_false(locality_migrate(self));
    assert_int_equal(node_of(0), 1);
}

static void
test_it_stays_the_same_item(void **state)
{
    (void)state;
    struct store_spec spec = {.n_value = 50, .pin = true, .exptime = clock_now_s() + 1000, .client_flags = 7};
    struct store_put how = {.mode = STORE_SET};
    struct store_view before, after;
    assert_int_equal(put_as(key_number(0), &spec, &how, pattern(0, 50)), STORE_OK);
    become(1);
    struct store_key key = key_number(0);
    store_enter(self);
    assert_int_equal(store_get(self, &key, &before), STORE_OK);
    assert_int_equal(store_view_cas(self, &before), STORE_OK);
    store_leave(self);
    read_often(0, 50, AFAR);
    assert_false(locality_migrate(self));
    assert_int_equal(node_of(0), 1);
    key = key_number(0);
    store_enter(self);
    assert_int_equal(store_get(self, &key, &after), STORE_OK);
    assert_int_equal(store_view_cas(self, &after), STORE_OK);
    store_leave(self);
    assert_int_equal(before.cas, after.cas);
    assert_int_equal(before.exptime, after.exptime);
    assert_int_equal(after.client_flags, 7);
    assert_true(item_flags(after.item) & ITEM_PINNED);
    assert_int_equal(item_flags(after.item) & ITEM_REMOTE_READS, 0);
    assert_int_equal(stats().n_pinned, 1);
}

static void
test_one_node_counts_nothing(void **state)
{
    (void)state;
    assert_int_equal(store_n_nodes(the_store), 1);
    fill(0, 10, 100);
    assert_int_equal(count_there(0, 10, 100), 10);
    assert_int_equal(counted(STORE_N_READS_LOCAL) + counted(STORE_N_READS_REMOTE), 0);
    assert_null(self->locality.ring);
}

static int
open_one_node(void **state)
{
    (void)state;
    struct store_options o = small_store();
    o.numa = false;
    open_store(&o);
    return 0;
}

int
main(void)
{
    if (!simulate_nodes())
        return SKIPPED;
#define ON_STORE(test) cmocka_unit_test_setup_teardown(test, open_small_on_nodes, close_store)
    const struct CMUnitTest tests[] = {
        ON_STORE(test_reads_are_local_or_remote),
        ON_STORE(test_a_reset_covers_threads_that_have_ended),
        ON_STORE(test_every_way_to_read_counts),
        ON_STORE(test_items_read_by_another_node_only_move_there),
        ON_STORE(test_items_that_both_nodes_read_stay),
        ON_STORE(test_reads_within_one_tick_count_once),
        ON_STORE(test_a_request_for_a_removed_item_is_dropped),
        ON_STORE(test_large_values_move_whole),
        ON_STORE(test_a_full_ring_drops_requests),
        ON_STORE(test_items_without_space_to_move_stay),
        ON_STORE(test_it_stays_the_same_item),
        cmocka_unit_test_setup_teardown(test_one_node_counts_nothing, open_one_node, close_store),
    };
    return cmocka_run_group_tests_name("locality", tests, NULL, NULL);
}
