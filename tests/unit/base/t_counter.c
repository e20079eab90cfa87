/* counter: one thread adds, others read; the last value they read is the sum. */
#include "base/counter.h"

#include "tests/unit/unit.h"

#include <pthread.h>

enum { N_ADDS = 200000 };

static counter n;

static void *
add(void *arg)
{
    (void)arg;
    for (int i = 0; i < N_ADDS; i++)
        counter_inc(&n);
    counter_add(&n, 7);
    return NULL;
}

static void
test_read_while_written(void **state)
{
    (void)state;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, add, NULL), 0);
    for (uint64_t last = 0; last < N_ADDS + 7;) {
        uint64_t now = counter_read(&n);
        assert_true(now >= last);
        last = now;
    }
    pthread_join(thread, NULL);
    assert_int_equal(counter_read(&n), N_ADDS + 7);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_while_written),
    };
    return cmocka_run_group_tests_name("counter", tests, NULL, NULL);
}
