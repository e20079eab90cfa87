/*
 * clock: seconds relative to the server's start, every form in which a client may write a time, the
 * machine's suspension, and steps of the wall clock.
 */
#include "base/clock.h"

#include "tests/unit/unit.h"

#include <time.h>

enum { DAY_S = 24 * 60 * 60 };

/* Read just before clock_init. */
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

/* At most this many whole seconds have passed since clock_init. */
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
    assert_in_range(clock_zero_s() + clock_now_s(), began_unix_s, time(NULL));
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

/*
 * A thread that waits for clock_until_tick_ns misses no second, no matter when in a second it begins to
 * wait.
 */
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
    assert_int_equal(clock_expiry_s(30 * DAY_S), now + 30 * DAY_S); /* the largest relative time */
}

/* The server-relative second of a time that a client wrote. */
static uint32_t
due(int64_t wire)
{
    return clock_due_s(clock_expiry_s(wire));
}

static void
test_expiry_unix(void **state)
{
    (void)state;
    int64_t zero = clock_zero_s(), now_unix = zero + clock_now_s();
    assert_int_equal(due(30 * DAY_S + 1), 1); /* the smallest Unix time: in 1970 */
    assert_int_equal(due(zero - 1), 1);
    assert_int_equal(due(zero), 1); /* 0 would be "never" */
    assert_int_equal(due(zero + 1), 1);
    assert_int_equal(due(now_unix), clock_now_s());
    assert_int_equal(due(now_unix + 500), clock_now_s() + 500);
    assert_int_equal(due(zero + CLOCK_DUE_MAX), CLOCK_DUE_MAX);
    assert_int_equal(due(zero + CLOCK_DUE_MAX + 1), CLOCK_DUE_MAX); /* clamped to the maximum, not wrapped */
    assert_int_equal(due(INT64_MAX), CLOCK_DUE_MAX);
    assert_int_equal(clock_due_s(0), 0);
    assert_int_equal(clock_due_s(clock_due_s(clock_expiry_s(now_unix + 500))), clock_now_s() + 500);
}

/* ---- clocks made by the test ---- */

static uint64_t boot_ns;
static int64_t unix_ns;

static uint64_t
made_up_boot_ns(void)
{
    return boot_ns;
}

static int64_t
made_up_unix_ns(void)
{
    return unix_ns;
}

#define SECONDS(n) ((int64_t)((n)*1000000000.0))
#define TODAY      INT64_C(1800000000)

static void
pass(int64_t ns)
{
    boot_ns += (uint64_t)ns;
    unix_ns += ns;
}

static int
setup_made_up(void **state)
{
    (void)state;
    static const struct clock_source made_up = {made_up_boot_ns, made_up_unix_ns};
    boot_ns = 12345678901;
    unix_ns = SECONDS(TODAY) + 700000000;
    clock_use(&made_up);
    clock_init();
    assert_int_equal(clock_zero_s() + clock_now_s(), TODAY);
    return 0;
}

static int
teardown_made_up(void **state)
{
    (void)state;
    clock_use(NULL);
    return 0;
}

static void
test_step(void **state)
{
    (void)state;
    uint32_t date = clock_expiry_s(TODAY + 100), distance = clock_expiry_s(100);
    assert_int_equal(clock_due_s(date), 102);
    assert_int_equal(distance, 102);
    pass(SECONDS(10));
    unix_ns += SECONDS(40);                   /* the step */
    assert_int_equal(clock_due_s(date), 102); /* unchanged until the next tick */
    clock_tick();
    assert_int_equal(clock_now_s(), 12);
    assert_int_equal(clock_zero_s() + clock_now_s(), TODAY + 50);
    assert_int_equal(clock_due_s(date), 62);
    assert_int_equal(clock_due_s(distance), 102);
    assert_int_equal(due(TODAY + 100), 62);
    assert_int_equal(clock_n_steps(), 1);
    unix_ns -= SECONDS(80);
    clock_tick();
    assert_int_equal(clock_due_s(date), 142);
    assert_int_equal(clock_n_steps(), 2);
    pass(SECONDS(1000000)); /* time passes without a step */
    clock_tick();
    assert_int_equal(clock_due_s(date), 142);
    assert_int_equal(clock_n_steps(), 2);
}

/*
 * A difference under half a second is ignored, because the two clocks are read one after the other.  Small
 * steps in one direction add up.
 */
static void
test_small_steps(void **state)
{
    (void)state;
    uint32_t date = clock_expiry_s(TODAY + 100);
    for (int i = 0; i < 9; i++) {
        unix_ns += i % 2 == 0 ? 400000000 : -400000000;
        clock_tick();
    }
    assert_int_equal(clock_n_steps(), 0);
    unix_ns += 400000000; /* 0.8 s in all */
    clock_tick();
    assert_int_equal(clock_n_steps(), 1);
    assert_int_equal(clock_due_s(date), 101);
    unix_ns += 600000000;
    clock_tick();
    assert_int_equal(clock_due_s(date), 100);
}

/* A wall clock that begins in 1970 is set to the right time when the network is up. */
static void
test_from_1970(void **state)
{
    (void)state;
    unix_ns = SECONDS(30);
    clock_init();
    assert_int_equal(clock_zero_s(), 28);
    uint32_t date = clock_expiry_s(TODAY), past = clock_expiry_s(40 * DAY_S);
    assert_int_equal(clock_due_s(date), TODAY - 28);
    assert_int_equal(clock_due_s(past), 40 * DAY_S - 28);
    unix_ns = SECONDS(TODAY - 500);
    clock_tick();
    assert_int_equal(clock_due_s(date), 502);
    assert_int_equal(due(TODAY), 502);
    unix_ns = SECONDS(-5); /* before 1970 */
    clock_tick();
    assert_int_equal(clock_zero_s(), -7);
    assert_int_equal(clock_due_s(date), TODAY + 7);
}

/* Times far in the past and in the future: their 32-bit values are ordered as the seconds are. */
static void
test_far_times(void **state)
{
    (void)state;
    static const int64_t wire[] = {INT64_C(1) << 30, (INT64_C(1) << 30) + 1, TODAY - 1, TODAY, TODAY + 1,
        INT32_MAX, UINT32_MAX, CLOCK_UNIX_FIRST + CLOCK_DUE_MAX, CLOCK_UNIX_FIRST + CLOCK_DUE_MAX + 1};
    for (size_t i = 0; i < N_OF(wire); i++) {
        int64_t s = wire[i] - clock_zero_s();
        assert_int_equal(due(wire[i]), s <= 0 ? 1 : s > CLOCK_DUE_MAX ? CLOCK_DUE_MAX : s);
    }
}

/*
 * The monotonic clock stops while the machine is suspended; CLOCK_BOOTTIME does not, and the server's
 * clock follows it.
 */
static void
test_suspended(void **state)
{
    (void)state;
    pass(SECONDS(3600));
    clock_tick();
    assert_int_equal(clock_now_s(), 3602);
    assert_int_equal(clock_n_steps(), 0);
}

static void
test_shift_and_step_by_command(void **state)
{
    (void)state;
    uint32_t date = clock_expiry_s(TODAY + 100);
    clock_step(40);
    assert_int_equal(clock_due_s(date), 62);
    clock_shift(10); /* the wall clock moves with it */
    assert_int_equal(clock_zero_s() + clock_now_s(), TODAY + 50);
    assert_int_equal(clock_due_s(date), 62);
    clock_step(-40);
    clock_tick();
    assert_int_equal(clock_due_s(date), 102);
}

static void
test_a_reading_has_all_clocks(void **state)
{
    (void)state;
    uint64_t before_ns = clock_ns();
    struct clock_reading first = clock_read();
    assert_true(first.stamps == (uint64_t)clock_now_s() << CLOCK_STAMP_SHIFT);
    assert_true(first.zero_unix_s == clock_zero_s());
    assert_true(first.monotonic_ns >= before_ns && first.monotonic_ns <= clock_ns());
    clock_step(40);
    clock_shift(10);
    struct clock_reading second = clock_read();
    assert_true(second.stamps == first.stamps + (10 << CLOCK_STAMP_SHIFT));
    assert_true(second.boot_ns == first.boot_ns); /* made up, and it stands still */
    assert_true(second.unix_ns == first.unix_ns + INT64_C(40000000000));
    assert_true(second.zero_unix_s == first.zero_unix_s + 40);
    clock_step(-40);
}

/* With the real clock: clock_is_behind is true after each begin of a second, until clock_catch_up. */
static void
test_behind(void **state)
{
    (void)state;
    clock_use(NULL);
    clock_init();
    clock_follow(true);
    for (int i = 0; i < 3; i++) {
        struct timespec nap = {0, 10000000};
        while (!clock_is_behind()) {
            assert_true(passed_s() < 60);
            nanosleep(&nap, NULL);
        }
        time_t before = time(NULL);
        clock_catch_up();
        assert_true(!clock_is_behind() || time(NULL) != before);
    }
    clock_follow(false);
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
        cmocka_unit_test_setup_teardown(test_step, setup_made_up, teardown_made_up),
        cmocka_unit_test_setup_teardown(test_small_steps, setup_made_up, teardown_made_up),
        cmocka_unit_test_setup_teardown(test_from_1970, setup_made_up, teardown_made_up),
        cmocka_unit_test_setup_teardown(test_far_times, setup_made_up, teardown_made_up),
        cmocka_unit_test_setup_teardown(test_suspended, setup_made_up, teardown_made_up),
        cmocka_unit_test_setup_teardown(test_shift_and_step_by_command, setup_made_up, teardown_made_up),
        cmocka_unit_test_setup_teardown(test_a_reading_has_all_clocks, setup_made_up, teardown_made_up),
        cmocka_unit_test_setup_teardown(test_behind, setup, teardown_made_up),
        cmocka_unit_test(test_ns),
    };
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
