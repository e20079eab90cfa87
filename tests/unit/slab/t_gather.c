/*
 * gather: some items of each page are offered for training while memory is not full, and none after.
 */
#include "tests/unit/slab/training.h"

static void
test_without_a_wish_nothing_is_visited(void **state)
{
    (void)state;
    set_records();
    uint64_t visited = counted(STORE_N_SWEPT_VISITED);
    gather_samples(self);
    assert_int_equal(counted(STORE_N_SWEPT_VISITED), visited);
}

static void
test_a_part_of_all_pages_is_visited(void **state)
{
    (void)state;
    set_records();
    train_tend(self);
    /* The training thread must not take them: the values are too short to be enough. */
    for (uint64_t i = 0; i < RECORDS; i++)
        assert_int_equal(set_record(i, 40), STORE_OK);
    gather_samples(self);
    uint64_t visited = counted(STORE_N_SWEPT_VISITED);
    assert_in_range(visited, RECORDS / 8, RECORDS / 2);
    assert_in_range(trainings().n_samples, visited / 4, visited);
    assert_int_equal(stats().n_items, RECORDS);
    assert_int_equal(counted(STORE_N_EVICTED), 0);
    assert_true(train_gathers(the_store));
}

static void
test_expired_and_flushed_values_are_no_samples(void **state)
{
    (void)state;
    set_records();
    train_tend(self);
    for (uint64_t i = 0; i < RECORDS; i++)
        assert_int_equal(put_until(key_number(i), record(i, 40), 40, STORE_SET, clock_now_s() + 1), STORE_OK);
    clock_shift(2);
    gather_samples(self);
    assert_int_equal(trainings().n_samples, 0);
    assert_true(counted(STORE_N_EXPIRED) > 0);
}

static void
test_it_ends_when_there_are_enough(void **state)
{
    (void)state;
    set_records();
    train_tend(self);
    gather_samples(self);
    assert_true(counted(STORE_N_SWEPT_VISITED) < RECORDS / 2);
    await_trainings(1);
}

static void
test_a_full_store_is_left_to_the_hand(void **state)
{
    (void)state;
    set_records();
    train_tend(self);
    assert_true(train_gathers(the_store));
    for (uint64_t i = 0; !demand_is_full(the_store); i++)
        assert_int_equal(set_record(i, 3000), STORE_OK);
    uint64_t visited = counted(STORE_N_SWEPT_VISITED), samples = trainings().n_samples;
    gather_samples(self);
    assert_int_equal(counted(STORE_N_SWEPT_VISITED), visited);
    assert_int_equal(trainings().n_samples, samples);
}

int
main(void)
{
#define GATHERING(test) cmocka_unit_test_setup_teardown(test, open_training, close_training)
    const struct CMUnitTest tests[] = {
        GATHERING(test_without_a_wish_nothing_is_visited),
        GATHERING(test_a_part_of_all_pages_is_visited),
        GATHERING(test_expired_and_flushed_values_are_no_samples),
        GATHERING(test_it_ends_when_there_are_enough),
        GATHERING(test_a_full_store_is_left_to_the_hand),
    };
    return cmocka_run_group_tests_name("gather", tests, NULL, NULL);
}
