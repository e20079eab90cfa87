/*
 * shadow: the operations on sampled keys reach every simulated policy, others do not, and the simulation
 * stays small.
 */
#include "slab/core/shadow.h"

#include "tests/unit/slab/storing.h"

static int
open_following(uint32_t one_in)
{
    struct store_options o = small_store();
    o.limit = (size_t)4 << 20;
    o.shadow = one_in;
    open_store(&o);
    return 0;
}

static int
open_all(void **state)
{
    (void)state;
    return open_following(1);
}

static int
open_some(void **state)
{
    (void)state;
    return open_following(16);
}

static int
open_none(void **state)
{
    (void)state;
    return open_following(0);
}

static struct store_shadow
shadow(void)
{
    struct store_shadow s;
    store_shadow(the_store, &s);
    return s;
}

static void
assert_all(uint64_t hits, uint64_t misses, uint64_t n_items)
{
    struct store_shadow s = shadow();
    for (int p = 0; p < STORE_N_POLICIES; p++) {
        assert_int_equal(s.policy[p].hits, hits);
        assert_int_equal(s.policy[p].misses, misses);
        assert_int_equal(s.policy[p].n_items, n_items);
    }
}

static void
test_every_sim_gets_every_operation(void **state)
{
    (void)state;
    assert_null(get("a"));
    assert_int_equal(set("a", "1"), STORE_OK);
    assert_int_equal(set("b", "2"), STORE_OK);
    assert_non_null(get("a"));
    assert_non_null(get("b"));
    assert_all(2, 1, 2);
    assert_int_equal(drop(key_of("a")), STORE_OK);
    assert_int_equal(drop(key_of("a")), STORE_MISSING);
    assert_null(get("a"));
    assert_all(2, 2, 1);
    flush(0);
    assert_null(get("b"));
    assert_all(2, 3, 0);
    store_stats_reset(the_store);
    assert_all(0, 0, 0);
}

static void
test_other_ways_to_read_count_too(void **state)
{
    (void)state;
    struct store_key key = key_of("a");
    struct store_view view;
    struct store_fetched fetched;
    struct store_fetch quietly = {.no_bump = true}, plainly = {.touch = true, .exptime = clock_now_s() + 10};
    assert_int_equal(set("a", "1"), STORE_OK);
    store_enter(self);
    assert_int_equal(store_get_and_touch(self, &key, clock_now_s() + 5, &view), STORE_OK);
    assert_int_equal(store_fetch(self, &key, &quietly, false, &fetched), STORE_OK);
    store_leave(self);
    assert_all(1, 0, 1);
    store_enter(self);
    assert_int_equal(store_fetch(self, &key, &plainly, false, &fetched), STORE_OK);
    store_leave(self);
    assert_all(2, 0, 1);
    clock_shift(9); /* past the first expiry, which a touch moved */
    assert_non_null(get("a"));
    clock_shift(1);
    assert_null(get("a"));
    assert_all(3, 1, 0);
}

static void
test_the_sampling_rate_is_met(void **state)
{
    (void)state;
    fill(0, 2400, 10);
    struct store_shadow s = shadow();
    assert_int_equal(s.one_in, 16);
    assert_in_range(s.policy[0].n_items, 110, 190);
    assert_in_range(s.budget, (3 << 20) / 16, (4 << 20) / 16);
    assert_int_equal(s.n_lost, 0);
}

static void
test_without_sims_no_key_is_followed(void **state)
{
    (void)state;
    fill(0, 1000, 10);
    assert_null(self->ring);
    struct store_shadow s = shadow();
    assert_int_equal(s.one_in, 0);
    assert_int_equal(s.memory, 0);
    assert_all(0, 0, 0);
}

static void
test_the_sampling_rate_falls_when_the_sims_are_full(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 20; i++) {
        fill(i * 500, (i + 1) * 500, 10);
        shadow_play(the_store);
    }
    struct store_shadow s = shadow();
    assert_true(s.one_in >= 16);
    assert_true(s.memory < 64 << 10);
    assert_int_equal(s.n_lost, 0);
    for (int p = 0; p < STORE_N_POLICIES; p++)
        assert_true(s.policy[p].n_items > 40 && s.policy[p].n_items * s.one_in < 15000);
}

static void
test_a_full_ring_loses_events_and_counts_them(void **state)
{
    (void)state;
    fill(0, SHADOW_RING + 100, 10);
    assert_int_equal(shadow().n_lost, 100);
    store_thread_free(&self); /* the count outlives the thread */
    self = store_thread_new(the_store);
    assert_non_null(self);
    assert_int_equal(shadow().n_lost, 100);
}

/* Reads a key; sets it on a miss, as clients do. */
static void
read_through(uint64_t i)
{
    if (get_key(key_number(i)) == NULL)
        fill(i, i + 1, 200);
}

/*
 * Hot keys are read in a cycle, with new keys between: lfu keeps the hot ones, lru evicts each before it
 * is read again.
 */
static void
test_hit_rates_differ_between_policies(void **state)
{
    (void)state;
    enum { HOT = 3000, NEW = 6 };
    for (int round = 0; round < 3; round++)
        for (uint64_t i = 0; i < HOT; i++) {
            read_through(i);
            shadow_play(the_store);
        }
    shadow_play(the_store);
    store_stats_reset(the_store);
    for (uint64_t i = 0; i < 6 * HOT; i++) {
        if (i % 200 == 0)
            clock_shift(1);
        for (uint64_t k = 0; k < NEW; k++)
            fill(100000 + i * NEW + k, 100001 + i * NEW + k, 200);
        read_through(i % HOT);
        if (i % 128 == 0)
            shadow_play(the_store);
    }
    struct store_shadow s = shadow();
    const struct store_shadow_policy *lru = &s.policy[STORE_POLICY_lru], *lfu = &s.policy[STORE_POLICY_lfu];
    assert_int_equal(s.n_lost, 0);
    assert_true(lfu->hits > 2 * lru->hits);
    assert_int_equal(lfu->hits + lfu->misses, lru->hits + lru->misses);
    for (int p = 0; p < STORE_N_POLICIES; p++)
        assert_true(s.policy[p].n_bytes <= s.budget);
}

int
main(void)
{
#define ALL(test)  cmocka_unit_test_setup_teardown(test, open_all, close_store)
#define SOME(test) cmocka_unit_test_setup_teardown(test, open_some, close_store)
    const struct CMUnitTest tests[] = {
        ALL(test_every_sim_gets_every_operation),
        ALL(test_other_ways_to_read_count_too),
        SOME(test_the_sampling_rate_is_met),
        cmocka_unit_test_setup_teardown(test_without_sims_no_key_is_followed, open_none, close_store),
        ALL(test_the_sampling_rate_falls_when_the_sims_are_full),
        ALL(test_a_full_ring_loses_events_and_counts_them),
        SOME(test_hit_rates_differ_between_policies),
    };
    return cmocka_run_group_tests_name("shadow", tests, NULL, NULL);
}
