/* thread: a started thread blocks all signals except SIGSYS, and the caller's signals stay as they were. */
#include "base/thread.h"

#include "tests/unit/unit.h"

static void *
read_mask(void *mask)
{
    assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, mask), 0);
    return mask;
}

static void
test_signals(void **state)
{
    sigset_t own, before, after, in_thread;
    pthread_t thread;
    void *result;
    (void)state;
    sigemptyset(&own);
    sigaddset(&own, SIGUSR2);
    assert_int_equal(pthread_sigmask(SIG_SETMASK, &own, &before), 0);
    assert_int_equal(thread_start(&thread, read_mask, &in_thread), 0);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_ptr_equal(result, &in_thread);
    assert_int_equal(pthread_sigmask(SIG_SETMASK, &before, &after), 0);
    static const int signals[] = {SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGCHLD, SIGPIPE, SIGALRM};
    for (size_t i = 0; i < N_OF(signals); i++) {
        assert_int_equal(sigismember(&in_thread, signals[i]), 1);
        assert_int_equal(sigismember(&after, signals[i]), signals[i] == SIGUSR2);
    }
    assert_int_equal(sigismember(&in_thread, SIGSYS), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
