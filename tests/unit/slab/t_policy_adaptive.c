/* policy_adaptive: the rank is memory over time for each hit. */
#define RANK policy_adaptive_rank
#include "tests/unit/slab/ranking.h"

static void
test_an_older_item_is_evicted_sooner(void **state)
{
    (void)state;
    assert_older_goes_first(POLICY_NO_TTL, true);
}

static void
test_a_larger_item_is_evicted_sooner(void **state)
{
    (void)state;
    for (uint32_t heat = 0; heat <= ITEM_HEAT_MAX; heat++)
        FOR_EACH(i, ages)
    for (size_t k = 1; k < N_OF(sizes); k++) {
        uint64_t larger = rank_of(heat, ages[i], POLICY_NO_TTL, sizes[k]);
        uint64_t smaller = rank_of(heat, ages[i], POLICY_NO_TTL, sizes[k - 1]);
        assert_true(sizes[k] - sizes[k - 1] < 56 ? larger >= smaller : larger > smaller);
    }
}

static void
test_an_item_that_is_read_more_is_evicted_later(void **state)
{
    (void)state;
    FOR_EACH(i, ages)
    FOR_EACH(k, sizes)
    for (uint32_t heat = 1; heat <= ITEM_HEAT_MAX; heat++) {
        uint64_t less = rank_of(heat - 1, ages[i], POLICY_NO_TTL, sizes[k]);
        uint64_t more = rank_of(heat, ages[i], POLICY_NO_TTL, sizes[k]);
        /* at the smallest size and no age, ranks may be equal */
        assert_true(sizes[k] < 56 ? more <= less : more < less);
    }
}

/* One hit balances three times the size: a read counts twice as much as the write. */
static void
test_size_and_hits_balance(void **state)
{
    (void)state;
    FOR_EACH(i, ages)
    {
        assert_int_equal(rank_of(0, ages[i], POLICY_NO_TTL, 1000), rank_of(1, ages[i], POLICY_NO_TTL, 3000));
        assert_int_equal(rank_of(1, ages[i], POLICY_NO_TTL, 1000), rank_of(7, ages[i], POLICY_NO_TTL, 5000));
    }
}

static void
test_when_it_expires_does_not_matter(void **state)
{
    (void)state;
    FOR_EACH(i, ttls)
    assert_int_equal(rank_of(3, 100, ttls[i], 1000), rank_of(3, 100, POLICY_NO_TTL, 1000));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_older_item_is_evicted_sooner),
        cmocka_unit_test(test_a_larger_item_is_evicted_sooner),
        cmocka_unit_test(test_an_item_that_is_read_more_is_evicted_later),
        cmocka_unit_test(test_size_and_hits_balance),
        cmocka_unit_test(test_when_it_expires_does_not_matter),
    };
    return cmocka_run_group_tests_name("policy_adaptive", tests, NULL, NULL);
}
