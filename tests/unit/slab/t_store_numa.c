/*
 * store_numa: with several nodes the memory is shared: a full node uses another's, all hands sweep at one
 * pace, and each node has a mover.
 */
#include "slab/reclaim/reclaim.h"

#include "tests/unit/slab/nodes.h"

static void
test_threads_are_dealt_over_nodes_with_cpus(void **state)
{
    (void)state;
    assert_int_equal(store_n_nodes(the_store), N_NODES);
    for (int i = 0; i < 10; i++)
        assert_int_equal(store_deal_node(the_store, i), i % 2);
    assert_int_equal(node_stats(0).n_cpus, 1);
    assert_int_equal(node_stats(BARE).n_cpus, 0);
    assert_int_equal(node_stats(1).machine_node, 1);
}

static void
test_a_set_stores_on_its_threads_node(void **state)
{
    (void)state;
    for (int node = 0; node < N_NODES; node++) {
        uint64_t i = (uint64_t)node * 1000;
        become(node);
        fill(i, i + 100, 100);
        fill(i + 500, i + 502, 10000);
        assert_int_equal(node_of(i + 99), node);
        assert_int_equal(node_of(i + 501), node);
        assert_int_equal(node_stats(node).n_pages_used, 3); /* one for the links */
        store_settle(self);
        assert_true(node_stats(node).chunk_bytes >= 30000 && node_stats(node).chunk_bytes < 50000);
    }
}

static void
test_all_nodes_are_full_before_anything_is_evicted(void **state)
{
    (void)state;
    uint64_t i = 0, n = 0;
    for (; counted(STORE_N_EVICTED) == 0; i++)
        fill(i, i + 1, 1000);
    for (int node = 0; node < N_NODES; node++)
        n += node_stats(node).n_pages_used + node_stats(node).n_pages_free;
    assert_true(n + 2 >= stats().n_pages_total); /* the index has one or two */
    assert_true(node_stats(BARE).n_pages_used >= node_stats(BARE).n_pages_most - 1);
}

static void
test_all_nodes_are_full_before_a_set_is_refused(void **state)
{
    (void)state;
    uint64_t i = 0;
    while (set_pattern(i, 1000) == STORE_OK)
        i++;
    assert_true(i > 15 * 55);
    assert_int_equal(count_there(0, i, 1000), i);
}

static double
rounds(int node)
{
    const struct page_pool *pool = &the_store->classes.pools[node];
    return (double)node_stats(node).n_swept / (pool->next - pool->first);
}

/* Only node 0 writes, but the old items of all nodes are evicted at the same rate. */
static void
test_the_hands_advance_at_one_pace(void **state)
{
    (void)state;
    store_set_policy(the_store, STORE_POLICY_lru);
    for (int node = N_NODES - 1; node >= 0; node--) {
        become(node);
        fill((uint64_t)node * 1000, (uint64_t)node * 1000 + 200, 1000);
    }
    for (uint64_t i = 10000; i < 20000; i++) {
        if (i % 50 == 0)
            clock_shift(1);
        fill(i, i + 1, 1000);
    }
    for (int node = 0; node < N_NODES; node++) {
        assert_true(rounds(node) > 10);
        assert_true(rounds(node) > rounds(0) * 0.9 && rounds(node) < rounds(0) * 1.1);
        assert_int_equal(count_there((uint64_t)node * 1000, (uint64_t)node * 1000 + 200, 1000), 0);
        assert_true(node_stats(node).n_pages_used > 2);
    }
    assert_every_loss_is_counted(0);
}

/* All items on the thread's own node may be unevictable. */
static void
test_memory_is_reclaimed_on_another_node(void **state)
{
    (void)state;
    struct store_spec spec = {.n_value = 1000, .pin = true};
    struct store_put how = {.mode = STORE_SET};
    uint64_t i = 0;
    do
        assert_int_equal(put_as(key_number(i), &spec, &how, pattern(i, 1000)), STORE_OK);
    while (node_of(i++) == 0);
    become(1);
    fill(1000, 3000, 1000);
    become(0);
    fill(3000, 6000, 1000);
    fill(6000, 6100, 50);
    fill(7000, 7010, 30000);
    assert_int_equal(count_there(0, i, 1000), i);
    assert_int_equal(stats().n_pinned, i);
}

/* Evacuation moves items within their own node, whichever thread does it. */
static void
test_pages_are_emptied_on_their_node(void **state)
{
    (void)state;
    become(1);
    fill(0, 300, 600);
    for (uint64_t i = 0; i < 300; i++)
        if (i % 3 != 0)
            assert_int_equal(drop(key_number(i)), STORE_OK);
    pass_epochs();
    become(0);
    uint64_t used = node_stats(1).n_pages_used;
    store_set_automove(the_store, 2);
    for (int second = 0; second < 5; second++)
        maintain_all(self);
    assert_true(node_stats(1).n_pages_used < used);
    assert_true(counted(STORE_N_RELOCATED) > 0);
    assert_int_equal(node_stats(0).n_pages_used, 0);
    for (uint64_t i = 0; i < 300; i += 3)
        assert_int_equal(node_of(i), 1);
}

static int
open_large_on_nodes(void **state)
{
    (void)open_large(state);
    become(0);
    return 0;
}

static int
open_without_eviction(void **state)
{
    (void)open_small_no_evict(state);
    become(0);
    return 0;
}

/* ---- with mover threads ------------------------------------------------ */

static int
open_with_movers(void **state)
{
    (void)state;
    struct store_options o = small_store();
    o.limit = (size_t)6 << 20;
    o.background = true;
    return open_on_nodes(&o);
}

/* A node without free pages can get them from another. */
static bool
pools_are_filled(void)
{
    bool filled = true;
    store_tick(the_store);
    for (int node = 0; node < N_NODES; node++)
        filled &= node_stats(node).n_pages_free >= 2 || class_others_have(&the_store->classes, node, 2);
    return filled;
}

static void
test_each_node_has_pages_in_reserve(void **state)
{
    (void)state;
    for (int node = 0; node < N_NODES; node++) {
        become(node);
        fill((uint64_t)node * 10000, (uint64_t)node * 10000 + 8000, 1000);
        assert_true(comes_true(pools_are_filled));
    }
    assert_sound(); /* pauses all movers */
    assert_every_loss_is_counted(0);
}

static bool
item_is_migrated(void)
{
    store_tick(the_store);
    return counted(STORE_N_MIGRATED) == 1;
}

static void
test_a_mover_migrates_the_items_its_node_requests(void **state)
{
    (void)state;
    fill(0, 10, 100);
    become(1);
    for (int i = 0; i < 16; i++) {
        clock_shift(1);
        assert_true(has_pattern(3, 100));
    }
    assert_true(comes_true(item_is_migrated));
    assert_int_equal(node_of(3), 1);
    assert_int_equal(node_stats(1).n_migrated, 1);
}

static void
test_sizes_change_on_all_nodes(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {100, 4000, 100, 300000, 1000};
    for (uint64_t k = 0; k < N_OF(sizes) * 2; k++) {
        uint32_t n = sizes[k / 2];
        become((int)(k % 2));
        fill(k * 100000, k * 100000 + (12u << 20) / (n + 60), n);
        assert_true(has_pattern(k * 100000 + (12u << 20) / (n + 60) - 1, n));
    }
    assert_every_loss_is_counted(0);
}

static bool
it_fits(void)
{
    return !arena_is_over(&the_store->arena);
}

static void
test_the_limit_falls_on_all_nodes(void **state)
{
    (void)state;
    fill(0, 8000, 1000);
    assert_true(store_resize(the_store, (size_t)2 << 20));
    assert_true(comes_true(it_fits));
    fill(10000, 12000, 1000);
    mover_pause(the_store); /* a page that moves from a class to the pool would count twice */
    struct store_stats s = stats();
    mover_resume(the_store);
    assert_true(s.n_pages_used + s.n_pages_free <= s.n_pages_total);
}

int
main(void)
{
    if (!simulate_nodes())
        return SKIPPED;
#define ON_STORE(test)      cmocka_unit_test_setup_teardown(test, open_small_on_nodes, close_store)
#define IN_LARGE(test)      cmocka_unit_test_setup_teardown(test, open_large_on_nodes, close_store)
#define WITH_MOVERS(test)   cmocka_unit_test_setup_teardown(test, open_with_movers, close_store)
#define WITHOUT_EVICT(test) cmocka_unit_test_setup_teardown(test, open_without_eviction, close_store)
    const struct CMUnitTest tests[] = {
        ON_STORE(test_threads_are_dealt_over_nodes_with_cpus),
        ON_STORE(test_a_set_stores_on_its_threads_node),
        ON_STORE(test_all_nodes_are_full_before_anything_is_evicted),
        WITHOUT_EVICT(test_all_nodes_are_full_before_a_set_is_refused),
        ON_STORE(test_the_hands_advance_at_one_pace),
        ON_STORE(test_memory_is_reclaimed_on_another_node),
        IN_LARGE(test_pages_are_emptied_on_their_node),
        WITH_MOVERS(test_each_node_has_pages_in_reserve),
        WITH_MOVERS(test_a_mover_migrates_the_items_its_node_requests),
        WITH_MOVERS(test_sizes_change_on_all_nodes),
        WITH_MOVERS(test_the_limit_falls_on_all_nodes),
    };
    return cmocka_run_group_tests_name("store_numa", tests, NULL, NULL);
}
