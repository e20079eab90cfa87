/* clock: server-relative seconds, and every way a client may write a time. */
#include "base/clock.h"

#include "tests/unit/unit.h"

#include <time.h>

enum { DAY_S = 24 * 60 * 60 };

/* Just before it was started. */
static uint64_t began_ns;
static int64_t began_unix_s;

static int
setup(void **state)
{
    (void)state;
    began_ns = clock_ns();
    began_unix_s = (int64_t)time(NULL);
    clock_init();
    return 0;
}

/* Whole seconds that can have passed for it. */
static uint32_t
passed_s(void)
{
    return (uint32_t)((clock_ns() - began_ns) / 1000000000);
}

static void
test_start(void **state)
{
    (void)state;
    assert_int_equal(clock_now_s(), 2); /* 0 is "never" and 1 is "past" */
    assert_in_range(clock_epoch_unix_s() + clock_now_s(), began_unix_s, time(NULL));
}

static void
test_tick_never_backwards(void **state)
{
    (void)state;
    clock_shift(100);
    assert_int_equal(clock_now_s(), 102);
    clock_tick();
    assert_in_range(clock_now_s(), 102, 102 + passed_s());
    clock_shift(1);
    clock_tick();
    assert_in_range(clock_now_s(), 103, 103 + passed_s());
}

/* Who waits as long as it says misses no second, whenever he began. */
static void
test_every_second(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        uint32_t before = clock_now_s();
        uint64_t wait = clock_until_tick_ns();
        assert_true(wait <= UINT64_C(1100000000));
        struct timespec nap = {(time_t)(wait / 1000000000), (long)(wait % 1000000000)};
        nanosleep(&nap, NULL);
        clock_tick();
        assert_true(clock_now_s() > before);
        assert_true(clock_until_tick_ns() > 0);
    }
}

static void
test_expiry_never_and_past(void **state)
{
    (void)state;
    clock_shift(1000);
    assert_int_equal(clock_expiry_s(0), 0);
    assert_int_equal(clock_expiry_s(-1), 1);
    assert_int_equal(clock_expiry_s(INT32_MIN), 1);
    assert_int_equal(clock_expiry_s(INT64_MIN), 1);
}

static void
test_expiry_relative(void **state)
{
    (void)state;
    uint32_t now = clock_now_s();
    assert_int_equal(clock_expiry_s(1), now + 1);
    assert_int_equal(clock_expiry_s(60), now + 60);
    assert_int_equal(clock_expiry_s(30 * DAY_S), now + 30 * DAY_S); /* the last relative one */
}

static void
test_expiry_unix(void **state)
{
    (void)state;
    int64_t epoch = clock_epoch_unix_s(), now_unix = epoch + clock_now_s();
    assert_int_equal(clock_expiry_s(30 * DAY_S + 1), 1); /* the first Unix one: 1970 */
    assert_int_equal(clock_expiry_s(epoch - 1), 1);
    assert_int_equal(clock_expiry_s(epoch), 1); /* 0 would be "never" */
    assert_int_equal(clock_expiry_s(epoch + 1), 1);
    assert_int_equal(clock_expiry_s(now_unix), clock_now_s());
    assert_int_equal(clock_expiry_s(now_unix + 500), clock_now_s() + 500);
    assert_int_equal(clock_expiry_s(epoch + UINT32_MAX), UINT32_MAX);
    assert_int_equal(clock_expiry_s(epoch + UINT32_MAX + 1), UINT32_MAX); /* clamped, not wrapped */
    assert_int_equal(clock_expiry_s(INT64_MAX), UINT32_MAX);
}

static void
test_ns(void **state)
{
    (void)state;
    uint64_t before = clock_ns();
    struct timespec nap = {0, 2000000};
    nanosleep(&nap, NULL);
    assert_true(clock_ns() - before >= 2000000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_start, setup),
        cmocka_unit_test_setup(test_tick_never_backwards, setup),
        cmocka_unit_test_setup(test_every_second, setup),
        cmocka_unit_test_setup(test_expiry_never_and_past, setup),
        cmocka_unit_test_setup(test_expiry_relative, setup),
        cmocka_unit_test_setup(test_expiry_unix, setup),
        cmocka_unit_test(test_ns),
    };
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
