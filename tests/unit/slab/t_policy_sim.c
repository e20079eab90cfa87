/*
 * policy_sim: it stays within its budget, holds the items that its policy would keep, and counts hits and
 * misses.
 */
#include "slab/policy/policy_sim.h"

#include "slab/core/store_thread.h"
#include "tests/unit/unit.h"

enum { ITEM = 96, N = 600 };

static struct policy_sim g;
static struct policy_sim_time when;

static void
open_sim(enum store_policy policy, unsigned bits_max)
{
    policy_sim_fini(&g);
    assert_true(policy_sim_init(&g, &policy_table[policy], bits_max));
    when = (struct policy_sim_time){1000 << CLOCK_STAMP_SHIFT, 1000};
}

static int
close_sim(void **state)
{
    (void)state;
    policy_sim_fini(&g);
    return 0;
}

static void
pass(uint32_t seconds)
{
    when.stamp += seconds << CLOCK_STAMP_SHIFT;
    when.now_s += seconds;
}

static void
assert_sound(uint64_t budget)
{
    uint64_t n = 0, bytes = 0;
    for (uint32_t i = 0; i < UINT32_C(1) << g.bits; i++) {
        n += g.slots[i].units != 0;
        bytes += (uint64_t)g.slots[i].units * POLICY_SIM_UNIT;
    }
    assert_int_equal(g.n, n);
    assert_int_equal(g.bytes, bytes);
    assert_true(bytes <= budget);
    assert_true(n <= (UINT64_C(1) << g.bits) / 4 * 3);
}

/* Looks a key up without counting, and without raising its heat. */
static bool
holds(uint32_t key)
{
    for (uint32_t i = 0; i < UINT32_C(1) << g.bits; i++)
        if (g.slots[i].units != 0 && g.slots[i].key == key)
            return true;
    return false;
}

static uint32_t
count_held(uint32_t from, uint32_t to)
{
    uint32_t n = 0;
    for (uint32_t key = from; key < to; key++)
        n += holds(key);
    return n;
}

static void
write_until(uint32_t key, uint64_t bytes, uint32_t exptime, uint64_t budget)
{
    assert_true(policy_sim_write(&g, key, bytes, exptime, budget, &when));
}

static void
test_written_keys_are_found_until_dropped(void **state)
{
    (void)state;
    open_sim(STORE_POLICY_adaptive, 12);
    for (uint32_t key = 0; key < N; key++)
        write_until(key, ITEM, 0, UINT64_MAX);
    assert_true(g.bits > 8); /* the table has grown */
    assert_sound(UINT64_MAX);
    for (uint32_t key = 0; key < N; key += 3)
        policy_sim_drop(&g, key);
    policy_sim_drop(&g, N + 1); /* not in the table */
    for (uint32_t key = 0; key < N; key++)
        assert_int_equal(policy_sim_read(&g, key, &when), key % 3 != 0);
    assert_int_equal(g.hits, N / 3 * 2);
    assert_int_equal(g.misses, N / 3);
    assert_sound(UINT64_MAX);
}

static void
test_a_second_write_replaces_the_first(void **state)
{
    (void)state;
    open_sim(STORE_POLICY_lru, 8);
    write_until(7, ITEM, 0, 10000);
    write_until(7, 3 * ITEM, 0, 10000);
    assert_int_equal(g.n, 1);
    assert_int_equal(g.bytes, 3 * ITEM);
    write_until(7, 20000, 0, 10000); /* larger than the whole budget */
    assert_int_equal(g.n, 0);
}

static void
test_the_budget_is_not_exceeded(void **state)
{
    (void)state;
    for (int policy = 0; policy < STORE_N_POLICIES; policy++) {
        open_sim((enum store_policy)policy, 12);
        for (uint32_t key = 0; key < 5000; key++) {
            write_until(key, 48 + key * 2654435761u % 1000, key % 2 ? when.now_s + key % 100 : 0, 50000);
            if (key % 50 == 0)
                pass(1);
            (void)policy_sim_read(&g, key / 2, &when);
        }
        assert_sound(50000);
        assert_true(g.bytes > 40000);
        write_until(9999, 48, 0, 1000); /* the budget is lower from now on */
        assert_sound(1000);
    }
}

static void
test_expired_keys_are_not_found(void **state)
{
    (void)state;
    open_sim(STORE_POLICY_lru, 8);
    write_until(1, ITEM, when.now_s + 10, 10000);
    write_until(2, ITEM, when.now_s + 10, 10000);
    policy_sim_touch(&g, 2, when.now_s + 100);
    policy_sim_touch(&g, 3, when.now_s + 100);
    pass(9);
    assert_true(policy_sim_read(&g, 1, &when));
    pass(1);
    assert_false(policy_sim_read(&g, 1, &when));
    assert_true(policy_sim_read(&g, 2, &when));
    assert_int_equal(g.n, 1);
}

/* Hot and cold keys of one size and age; the keys that the caller writes next evict some. */
static void
fill_hot_and_cold(enum store_policy policy)
{
    open_sim(policy, 12);
    for (uint32_t key = 0; key < 200; key++)
        write_until(key, ITEM, key < 100 ? 0 : when.now_s + 5000, 200 * ITEM);
    for (int i = 0; i < 5; i++)
        for (uint32_t key = 100; key < 200; key++)
            assert_true(policy_sim_read(&g, key, &when));
    pass(100);
}

static void
test_each_policy_evicts_as_its_name_says(void **state)
{
    (void)state;
    fill_hot_and_cold(STORE_POLICY_adaptive);
    for (uint32_t key = 1000; key < 1060; key++)
        write_until(key, ITEM, 0, 200 * ITEM);
    /* it picks its victims from random samples, so a few may be wrong */
    assert_true(count_held(100, 200) >= 95);
    fill_hot_and_cold(STORE_POLICY_lfu);
    for (uint32_t key = 1000; key < 1060; key++)
        write_until(key, ITEM, 0, 200 * ITEM);
    assert_true(count_held(100, 200) >= 95);
    fill_hot_and_cold(STORE_POLICY_ttl);
    for (uint32_t key = 1000; key < 1060; key++)
        write_until(key, ITEM, 0, 200 * ITEM);
    assert_true(count_held(0, 100) >= 95);
    fill_hot_and_cold(STORE_POLICY_lru);
    for (uint32_t key = 0; key < 100; key++)
        assert_true(policy_sim_read(&g, key, &when));
    pass(1);
    for (uint32_t key = 1000; key < 1060; key++)
        write_until(key, ITEM, 0, 200 * ITEM);
    assert_true(count_held(0, 100) >= 95);
}

static void
test_a_full_table_refuses_keys(void **state)
{
    (void)state;
    open_sim(STORE_POLICY_lru, 8);
    uint32_t key = 0;
    while (policy_sim_write(&g, key, ITEM, 0, UINT64_MAX, &when))
        key++;
    assert_int_equal(key, 192);
    assert_sound(UINT64_MAX);
    policy_sim_thin(&g, 1); /* one half of the keys */
    assert_int_equal(g.n, 96);
    assert_int_equal(count_held(0, 192), 96);
    assert_true(holds(0) && !holds(1));
    assert_true(policy_sim_write(&g, 1000, ITEM, 0, UINT64_MAX, &when));
    policy_sim_thin(&g, UINT32_MAX);
    assert_int_equal(g.n, 0);
    assert_int_equal(g.bytes, 0);
}

int
main(void)
{
#define ON_SIM(test) cmocka_unit_test_teardown(test, close_sim)
    const struct CMUnitTest tests[] = {
        ON_SIM(test_written_keys_are_found_until_dropped),
        ON_SIM(test_a_second_write_replaces_the_first),
        ON_SIM(test_the_budget_is_not_exceeded),
        ON_SIM(test_expired_keys_are_not_found),
        ON_SIM(test_each_policy_evicts_as_its_name_says),
        ON_SIM(test_a_full_table_refuses_keys),
    };
    return cmocka_run_group_tests_name("policy_sim", tests, NULL, NULL);
}
