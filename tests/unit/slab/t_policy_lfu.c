/* policy_lfu: the number of reads counts first, then the age. */
#define RANK policy_lfu_rank
#include "tests/unit/slab/ranking.h"

static void
test_an_older_item_is_evicted_sooner(void **state)
{
    (void)state;
    assert_older_goes_first(POLICY_NO_TTL, true);
}

static void
test_an_item_that_is_read_more_is_evicted_later(void **state)
{
    (void)state;
    FOR_EACH(i, ages)
    for (uint32_t heat = 1; heat <= ITEM_HEAT_MAX; heat++)
        assert_true(
            rank_of(heat, ages[i], POLICY_NO_TTL, 100) < rank_of(heat - 1, ages[i], POLICY_NO_TTL, 100));
}

/* A read outweighs four times the idle time, but not more, because heat ages. */
static void
test_an_idle_item_outranks_a_colder_one_in_the_end(void **state)
{
    (void)state;
    for (uint32_t heat = 1; heat <= ITEM_HEAT_MAX; heat++) {
        assert_true(rank_of(heat, 3900, POLICY_NO_TTL, 100) < rank_of(heat - 1, 1000, POLICY_NO_TTL, 100));
        assert_true(rank_of(heat, 4100, POLICY_NO_TTL, 100) > rank_of(heat - 1, 1000, POLICY_NO_TTL, 100));
    }
}

static void
test_size_and_expiry_do_not_matter(void **state)
{
    (void)state;
    FOR_EACH(k, sizes)
    FOR_EACH(j, ttls)
    assert_int_equal(rank_of(2, 100, ttls[j], sizes[k]), rank_of(2, 100, POLICY_NO_TTL, sizes[0]));
}

static void
test_heat_beyond_the_maximum_is_no_worse(void **state)
{
    (void)state;
    for (uint32_t heat = 1; heat < 200; heat++)
        assert_true(rank_of(heat, 100, POLICY_NO_TTL, 100) <= rank_of(heat - 1, 100, POLICY_NO_TTL, 100));
    assert_true(
        rank_of(UINT32_MAX / 2 - 1, 100, POLICY_NO_TTL, 100) <= rank_of(200, 100, POLICY_NO_TTL, 100));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_older_item_is_evicted_sooner),
        cmocka_unit_test(test_an_item_that_is_read_more_is_evicted_later),
        cmocka_unit_test(test_an_idle_item_outranks_a_colder_one_in_the_end),
        cmocka_unit_test(test_size_and_expiry_do_not_matter),
        cmocka_unit_test(test_heat_beyond_the_maximum_is_no_worse),
    };
    return cmocka_run_group_tests_name("policy_lfu", tests, NULL, NULL);
}
