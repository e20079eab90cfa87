/* counters: sums over threads; the counts of a thread stay in the sums after it leaves. */
#include "slab/core/counters.h"

#include "tests/unit/slab/storing.h"

static void
test_a_sum_covers_present_and_past_threads(void **state)
{
    (void)state;
    struct store_thread *other = store_thread_new(the_store);
    assert_non_null(other);
    counter_add(store_thread_counter(self, 1, STORE_N_SETS), 3);
    counter_add(store_thread_counter(other, 1, STORE_N_SETS), 4);
    counter_add(store_thread_counter(other, 2, STORE_N_SETS), 5);
    assert_int_equal(counters_total(the_store, STORE_N_SETS), 12);
    store_thread_free(&other);
    assert_int_equal(counters_total(the_store, STORE_N_SETS), 12);
    struct class_counters sum;
    lock_take(&the_store->threads_lock);
    counters_of_class(the_store, 1, &sum);
    lock_give(&the_store->threads_lock);
    assert_int_equal(counter_read(&sum.n[STORE_N_SETS]), 7);
}

static void
test_counters_without_a_class_are_summed_separately(void **state)
{
    (void)state;
    struct store_thread *other = store_thread_new(the_store);
    assert_non_null(other);
    uint64_t before = counters_without_class(the_store, STORE_N_FREED);
    counter_add(store_thread_counter(self, CLASS_NONE, STORE_N_FREED), 1);
    counter_add(store_thread_counter(other, CLASS_NONE, STORE_N_FREED), 2);
    counter_add(store_thread_counter(other, 1, STORE_N_FREED), 100);
    assert_int_equal(counters_without_class(the_store, STORE_N_FREED), before + 3);
    store_thread_free(&other);
    assert_int_equal(counters_without_class(the_store, STORE_N_FREED), before + 3);
}

int
main(void)
{
#define ON_STORE(test) cmocka_unit_test_setup_teardown(test, open_small, close_store)
    const struct CMUnitTest tests[] = {
        ON_STORE(test_a_sum_covers_present_and_past_threads),
        ON_STORE(test_counters_without_a_class_are_summed_separately),
    };
    return cmocka_run_group_tests_name("counters", tests, NULL, NULL);
}
