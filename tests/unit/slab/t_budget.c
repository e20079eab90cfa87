/* budget: background work takes its share of CPU time, and no more. */
#include "slab/codec/budget.h"

#include <pthread.h>

#include "tests/unit/unit.h"

#define MS      UINT64_C(1000000)
#define SECOND  (1000 * MS)
#define MINUTE  (60 * SECOND)
#define STARTED (7 * SECOND)
#define FLOW(t) ((t) / 10 * 9) /* of this time */

static struct budget b;

static int64_t
credit(uint64_t now)
{
    return budget_credit_ns(&b, now);
}

static void
test_it_starts_full(void **state)
{
    (void)state;
    budget_init(&b, 5, 4, STARTED); /* 0.2 of a core */
    assert_int_equal(credit(STARTED), FLOW(MINUTE) / 5);
    assert_int_equal(credit(STARTED + 10 * MINUTE), FLOW(MINUTE) / 5); /* and holds no more */
    assert_true(budget_may(&b, STARTED));
}

static void
test_it_fills_with_its_rate(void **state)
{
    (void)state;
    budget_init(&b, 5, 4, STARTED);
    budget_spend(&b, FLOW(MINUTE) / 5, STARTED);
    assert_int_equal(credit(STARTED), 0);
    assert_false(budget_may(&b, STARTED));
    assert_int_equal(credit(STARTED + SECOND), FLOW(SECOND) / 5);
    assert_true(budget_may(&b, STARTED + 1));
}

static void
test_a_run_may_take_more_than_there_is(void **state)
{
    (void)state;
    budget_init(&b, 10, 1, STARTED);
    budget_spend(&b, FLOW(6 * SECOND) - 900, STARTED);
    assert_true(budget_may(&b, STARTED));
    budget_spend(&b, FLOW(MS), STARTED);
    assert_int_equal(credit(STARTED), 900 - (int64_t)FLOW(MS));
    assert_false(budget_may(&b, STARTED + 9 * MS));
    assert_true(budget_may(&b, STARTED + 10 * MS));
}

static void
test_half_of_it_is_kept_for_other_work(void **state)
{
    (void)state;
    budget_init(&b, 5, 4, STARTED);
    assert_true(budget_has_half(&b, STARTED));
    budget_spend(&b, FLOW(MINUTE) / 10, STARTED);
    assert_true(budget_has_half(&b, STARTED));
    budget_spend(&b, MS, STARTED);
    assert_false(budget_has_half(&b, STARTED));
    assert_true(budget_has_half(&b, STARTED + 6 * MS));
    budget_set(&b, 0, 4, STARTED + MINUTE);
    assert_false(budget_has_half(&b, STARTED + 10 * MINUTE));
}

/* Runs of 200 us for ten minutes, whenever there is credit. */
static void
test_it_bounds_the_share_of_a_core(void **state)
{
    (void)state;
    uint64_t spent = 0, now = STARTED, run = MS / 5;
    budget_init(&b, 5, 1, STARTED);
    while (now < STARTED + 10 * MINUTE) {
        if (budget_may(&b, now)) {
            now += run;
            spent += run;
            budget_spend(&b, run, now);
        } else {
            now += MS;
        }
    }
    /* The minute's credit at the start, and the ten minutes' flow: less than the 30 s that were allowed. */
    assert_in_range(spent, FLOW(33 * SECOND) - 10 * MS, FLOW(33 * SECOND) + 2 * run);
}

static void
test_with_0_percent_there_is_never_credit(void **state)
{
    (void)state;
    budget_init(&b, 0, 4, STARTED);
    assert_false(budget_may(&b, STARTED));
    budget_spend(&b, MS, STARTED);
    assert_false(budget_may(&b, STARTED + MINUTE));
    assert_int_equal(credit(STARTED + MINUTE), 0);
    budget_set(&b, 5, 4, STARTED + MINUTE);
    assert_int_equal(credit(STARTED + MINUTE), 0);
    assert_int_equal(credit(STARTED + MINUTE + SECOND), FLOW(SECOND) / 5);
    budget_set(&b, 0, 4, STARTED + 2 * MINUTE);
    assert_false(budget_may(&b, STARTED + 3 * MINUTE));
}

static void
test_a_change_keeps_the_credit(void **state)
{
    (void)state;
    budget_init(&b, 10, 2, STARTED); /* of 12 s */
    budget_spend(&b, FLOW(4 * SECOND), STARTED);
    budget_set(&b, 20, 2, STARTED);
    assert_int_equal(credit(STARTED), FLOW(8 * SECOND));
    assert_int_equal(credit(STARTED + MINUTE), FLOW(24 * SECOND));
    budget_set(&b, 10, 2, STARTED + MINUTE); /* more than a minute of the new rate */
    assert_int_equal(credit(STARTED + MINUTE), FLOW(12 * SECOND));
    budget_set(&b, 10, 1, STARTED + MINUTE); /* workers count, too */
    assert_int_equal(credit(STARTED + MINUTE), FLOW(6 * SECOND));
    budget_spend(&b, FLOW(7 * SECOND), STARTED + MINUTE);
    budget_set(&b, 50, 1, STARTED + MINUTE); /* and so does a debt */
    assert_int_equal(credit(STARTED + MINUTE), -(int64_t)FLOW(SECOND));
    assert_false(budget_may(&b, STARTED + MINUTE + 2 * SECOND));
    assert_true(budget_may(&b, STARTED + MINUTE + 2 * SECOND + 1));
}

static void
test_many_workers_do_not_overflow(void **state)
{
    (void)state;
    budget_init(&b, 100, 1024, UINT64_C(1) << 60);
    assert_int_equal(credit(UINT64_C(1) << 60), 1024 * FLOW(MINUTE));
    budget_spend(&b, 1024 * FLOW(MINUTE), UINT64_C(1) << 60);
    assert_int_equal(credit(UINT64_C(1) << 60), 0);
}

static void *
spend_often(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < 100000; i++)
        budget_spend(&b, 9, STARTED);
    return NULL;
}

static void
test_threads_share_one(void **state)
{
    (void)state;
    pthread_t thread[4];
    budget_init(&b, 100, 1, STARTED);
    for (unsigned i = 0; i < N_OF(thread); i++)
        assert_int_equal(pthread_create(&thread[i], NULL, spend_often, NULL), 0);
    for (unsigned i = 0; i < N_OF(thread); i++)
        pthread_join(thread[i], NULL);
    assert_int_equal(credit(STARTED), FLOW(MINUTE - 4 * MS));
}

static void
test_the_thread_s_own_cpu_time(void **state)
{
    (void)state;
    uint64_t before = budget_cpu_ns();
    while (budget_cpu_ns() == before)
        ;
    assert_true(budget_cpu_ns() > before);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_starts_full),
        cmocka_unit_test(test_it_fills_with_its_rate),
        cmocka_unit_test(test_a_run_may_take_more_than_there_is),
        cmocka_unit_test(test_half_of_it_is_kept_for_other_work),
        cmocka_unit_test(test_it_bounds_the_share_of_a_core),
        cmocka_unit_test(test_with_0_percent_there_is_never_credit),
        cmocka_unit_test(test_a_change_keeps_the_credit),
        cmocka_unit_test(test_many_workers_do_not_overflow),
        cmocka_unit_test(test_threads_share_one),
        cmocka_unit_test(test_the_thread_s_own_cpu_time),
    };
    return cmocka_run_group_tests_name("budget", tests, NULL, NULL);
}
