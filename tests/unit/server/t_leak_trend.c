/* leak_trend: steady growth is detected, fast or slow, and reported once; other growth is not reported. */
#include "server/memory/leak_trend.h"

#include "tests/unit/unit.h"

#define MIB(n)   ((uint64_t)(n) << 20)
#define ENOUGH   MIB(16)
#define HOURS(n) ((n)*3600 / GROWTH_EVERY_S)

/* A series: the value at sample `i`. */
typedef uint64_t series(uint64_t i);

struct outcome {
    uint64_t n_told, first;
    struct leak_found found;
};

static struct outcome
run(series *value, uint64_t n)
{
    struct leak_trend g = {0};
    struct outcome o = {0};
    for (uint64_t i = 0; i < n; i++) {
        if (!leak_trend_take(&g, value(i), ENOUGH, &o.found))
            continue;
        if (o.n_told++ == 0)
            o.first = i;
    }
    return o;
}

/* Pseudo-random, always in the same order. */
static uint64_t
noise(uint64_t i, uint64_t most)
{
    return (i + 1) * UINT64_C(0x9E3779B97F4A7C15) % UINT64_C(1000003) * most / 1000003;
}

static uint64_t
flat(uint64_t i)
{
    (void)i;
    return MIB(100);
}

static uint64_t
noisy(uint64_t i)
{
    return MIB(100) + noise(i, MIB(64));
}

/* Grows for an hour, then stays. */
static uint64_t
saturates_by_steps(uint64_t i)
{
    return i < 20 ? i * MIB(4) : MIB(80) + noise(i, MIB(1));
}

static uint64_t
goes_up_and_down(uint64_t i)
{
    uint64_t day = HOURS(24), at = i % day;
    return (at < day / 2 ? at : day - at) * MIB(100) / day;
}

static uint64_t
grows_too_little(uint64_t i)
{
    return MIB(100) + i * 512 % MIB(15);
}

static uint64_t
leaks_fast(uint64_t i)
{
    return MIB(100) + i * MIB(1) + noise(i, MIB(4));
}

/* A MiB an hour, hidden by 8 MiB of noise. */
static uint64_t
leaks_slowly(uint64_t i)
{
    return MIB(100) + i * MIB(1) / HOURS(1) + noise(i, MIB(8));
}

/* Grows to 80 MiB within each ten minutes, then falls back, to a little more than before. */
static uint64_t
leaks_under_a_sawtooth(uint64_t i)
{
    return i * MIB(1) / 8 + i % 40 * MIB(2);
}

static void
other_growth_is_not_reported(void **state)
{
    (void)state;
    static series *const all[] = {flat, noisy, saturates_by_steps, grows_too_little};
    for (size_t i = 0; i < N_OF(all); i++) {
        struct outcome o = run(all[i], HOURS(24 * 30));
        if (o.n_told != 0)
            fail_msg("series %zu at sample %llu", i, (unsigned long long)o.first);
    }
}

static void
leaks_are_reported_once(void **state)
{
    (void)state;
    struct outcome o = run(leaks_fast, HOURS(24));
    assert_int_equal(o.n_told, 1);
    assert_in_range(o.first, GROWTH_LEAST - 1, GROWTH_SAMPLES);
    assert_true(o.found.to - o.found.from >= ENOUGH);
    assert_true(o.found.seconds >= GROWTH_LEAST * GROWTH_EVERY_S);
    o = run(leaks_slowly, HOURS(24 * 14));
    assert_int_equal(o.n_told, 1);
    assert_in_range(o.first, HOURS(16), HOURS(24 * 4));
    o = run(leaks_under_a_sawtooth, HOURS(24));
    assert_int_equal(o.n_told, 1);
}

/* A daily cycle grows steadily for half a day only: at most one report, not one each day. */
static void
daily_cycles_are_reported_at_most_once(void **state)
{
    (void)state;
    assert_in_range(run(goes_up_and_down, HOURS(24 * 30)).n_told, 0, 1);
}

/* Grows from 0, falls to 0, grows again: unexplained memory begins at 0. */
static uint64_t
twice(uint64_t i)
{
    return i < 100 ? MIB(i) : i < 300 ? 0 : MIB(i - 300);
}

static void
reported_again_after_a_fall_to_zero(void **state)
{
    (void)state;
    struct outcome o = run(twice, 2000);
    assert_int_equal(o.n_told, 2);
    assert_in_range(o.first, GROWTH_LEAST - 1, 99);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_growth_is_not_reported),
        cmocka_unit_test(leaks_are_reported_once),
        cmocka_unit_test(daily_cycles_are_reported_at_most_once),
        cmocka_unit_test(reported_again_after_a_fall_to_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
