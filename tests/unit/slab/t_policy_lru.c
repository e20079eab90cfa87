/* policy_lru: only the last access counts. */
#define RANK policy_lru_rank
#include "tests/unit/slab/ranking.h"

static void
test_an_older_item_is_evicted_sooner(void **state)
{
    (void)state;
    assert_older_goes_first(POLICY_NO_TTL, true);
}

static void
test_nothing_else_matters(void **state)
{
    (void)state;
    FOR_EACH(i, ages)
    FOR_EACH(k, sizes)
    FOR_EACH(j, ttls)
    for (uint32_t heat = 0; heat <= ITEM_HEAT_MAX; heat++)
        assert_int_equal(
            rank_of(heat, ages[i], ttls[j], sizes[k]), rank_of(0, ages[i], POLICY_NO_TTL, sizes[0]));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_older_item_is_evicted_sooner),
        cmocka_unit_test(test_nothing_else_matters),
    };
    return cmocka_run_group_tests_name("policy_lru", tests, NULL, NULL);
}
