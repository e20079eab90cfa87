/* policy_ttl: the soonest expiry is evicted first, items that never expire last. */
#define RANK policy_ttl_rank
#include "tests/unit/slab/ranking.h"

static void
test_the_sooner_the_expiry_the_higher_the_rank(void **state)
{
    (void)state;
    for (uint32_t ttl_s = 1; ttl_s < 100000; ttl_s++)
        assert_true(rank_of(0, 0, ttl_s, 100) < rank_of(0, 0, ttl_s - 1, 100));
    for (size_t i = 1; i < N_OF(ttls); i++)
        assert_true(
            rank_of(0, 0, ttls[i], 100) < rank_of(0, 0, ttls[i - 1], 100) || ttls[i] == UINT32_MAX - 1);
}

static void
test_items_that_never_expire_are_last(void **state)
{
    (void)state;
    FOR_EACH(i, ages)
    FOR_EACH(j, ttls)
    assert_true(rank_of(0, ages[i], POLICY_NO_TTL, 1 << 30) < rank_of(7, 0, ttls[j], 48));
}

static void
test_of_items_that_never_expire_the_oldest_is_first(void **state)
{
    (void)state;
    assert_older_goes_first(POLICY_NO_TTL, false);
    for (uint32_t age = 16; age < 1 << 30; age *= 2)
        assert_true(rank_of(0, age, POLICY_NO_TTL, 100) > rank_of(0, age / 2, POLICY_NO_TTL, 100));
}

static void
test_nothing_else_matters(void **state)
{
    (void)state;
    FOR_EACH(i, ages)
    FOR_EACH(k, sizes)
    for (uint32_t heat = 0; heat <= ITEM_HEAT_MAX; heat++)
        assert_int_equal(rank_of(heat, ages[i], 60, sizes[k]), rank_of(0, 0, 60, sizes[0]));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_sooner_the_expiry_the_higher_the_rank),
        cmocka_unit_test(test_items_that_never_expire_are_last),
        cmocka_unit_test(test_of_items_that_never_expire_the_oldest_is_first),
        cmocka_unit_test(test_nothing_else_matters),
    };
    return cmocka_run_group_tests_name("policy_ttl", tests, NULL, NULL);
}
