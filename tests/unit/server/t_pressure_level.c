/* pressure_level: how the level rises and falls, stalls, and the limit that follows for the store. */
#include "server/pressure/pressure_level.h"

#include "tests/unit/unit.h"

#define S UINT64_C(1000000000)

static const struct level_rules rules = {0.75, 0.90, 0.95};

static struct memory_reading
used(uint64_t n)
{
    return (struct memory_reading){.limit = 1000, .used = n};
}

static void
by_share(void **state)
{
    (void)state;
    static const struct {
        uint64_t used;
        enum store_pressure level;
    } cases[] = {
        {0, STORE_PRESSURE_NORMAL},
        {749, STORE_PRESSURE_NORMAL},
        {750, STORE_PRESSURE_WARNING},
        {899, STORE_PRESSURE_WARNING},
        {900, STORE_PRESSURE_CRITICAL},
        {950, STORE_PRESSURE_EMERGENCY},
        {5000, STORE_PRESSURE_EMERGENCY},
    };
    for (size_t i = 0; i < N_OF(cases); i++) {
        struct memory_reading r = used(cases[i].used);
        assert_int_equal(level_of(&rules, &r, 0), cases[i].level);
    }
}

/*
 * Stalls of the server's own group count in full; the machine's count only as far as its memory is used
 * up.
 */
static void
by_stalls(void **state)
{
    (void)state;
    struct memory_reading r = {.some_stall = 0.11, .stalls_are_ours = true};
    assert_int_equal(level_of(&rules, &r, 0), STORE_PRESSURE_WARNING);
    r.full_stall = 0.11;
    assert_int_equal(level_of(&rules, &r, 0), STORE_PRESSURE_CRITICAL);
    r.stalls_are_ours = false;
    assert_int_equal(level_of(&rules, &r, 0), STORE_PRESSURE_NORMAL);
    r.machine = 1000;
    r.available = 200;
    assert_int_equal(level_of(&rules, &r, 0), STORE_PRESSURE_WARNING);
    r.available = 10;
    assert_int_equal(level_of(&rules, &r, 0), STORE_PRESSURE_CRITICAL);
    r.full_stall = r.some_stall = 0;
    assert_int_equal(level_of(&rules, &r, 0), STORE_PRESSURE_NORMAL);
}

static void
must_take(struct level *l, uint64_t n_used, uint64_t at_ns, bool changes, enum store_pressure level)
{
    struct memory_reading r = used(n_used);
    assert_int_equal(level_take(l, &rules, &r, at_ns), changes);
    assert_int_equal(l->now, level);
}

static void
up_at_once_down_when_calm(void **state)
{
    (void)state;
    struct level l = {0};
    must_take(&l, 700, 1 * S, false, STORE_PRESSURE_NORMAL);
    must_take(&l, 960, 2 * S, true, STORE_PRESSURE_EMERGENCY);
    /* below the threshold, but not by the margin */
    must_take(&l, 940, 3 * S, false, STORE_PRESSURE_EMERGENCY);
    must_take(&l, 940, 30 * S, false, STORE_PRESSURE_EMERGENCY);
    must_take(&l, 100, 31 * S, false, STORE_PRESSURE_EMERGENCY);
    must_take(&l, 100, 33 * S, false, STORE_PRESSURE_EMERGENCY);
    must_take(&l, 945, 34 * S - 1, false, STORE_PRESSURE_EMERGENCY); /* the calm time is interrupted */
    must_take(&l, 100, 35 * S, false, STORE_PRESSURE_EMERGENCY);
    must_take(&l, 100, 38 * S, true, STORE_PRESSURE_CRITICAL);
    must_take(&l, 100, 39 * S, false, STORE_PRESSURE_CRITICAL);
    must_take(&l, 100, 42 * S, true, STORE_PRESSURE_WARNING);
    must_take(&l, 100, 43 * S, false, STORE_PRESSURE_WARNING);
    must_take(&l, 100, 46 * S, true, STORE_PRESSURE_NORMAL);
    must_take(&l, 100, 60 * S, false, STORE_PRESSURE_NORMAL);
}

/* Usage that alternates around a threshold changes the level once, not sixty times. */
static void
no_change_around_a_threshold(void **state)
{
    (void)state;
    struct level l = {0};
    uint64_t n = 0;
    for (uint64_t s = 1; s <= 60; s++) {
        struct memory_reading r = used(s % 2 ? 905 : 895);
        n += level_take(&l, &rules, &r, s * S);
    }
    assert_int_equal(n, 1);
    assert_int_equal(l.now, STORE_PRESSURE_CRITICAL);
}

static void
without_a_limit(void **state)
{
    (void)state;
    struct memory_reading r = {0};
    struct level_limit l = {.wanted = 800, .least = 50, .current = 800, .taken = 700};
    assert_int_equal(level_limit(&l, &rules, &r, STORE_PRESSURE_NORMAL), 800);
    assert_int_equal(level_limit(&l, &rules, &r, STORE_PRESSURE_WARNING), 800);
}

/*
 * The store does not grow into memory that is needed: it may use what is left up to 862, three quarters of
 * the way from 750 to 900.
 */
static void
grows_into_what_is_left(void **state)
{
    (void)state;
    struct level_limit l = {.wanted = 2000, .least = 50, .current = 2000, .taken = 100};
    struct memory_reading r = used(150);
    assert_int_equal(level_limit(&l, &rules, &r, STORE_PRESSURE_NORMAL), 100 + 862 - 150);
    l = (struct level_limit){.wanted = 2000, .least = 50, .current = 812, .taken = 812};
    r = used(880); /* other processes grew: the store may not grow, but need not shrink yet */
    assert_int_equal(level_limit(&l, &rules, &r, STORE_PRESSURE_WARNING), 812);
    r = used(400); /* other processes shrank */
    assert_int_equal(level_limit(&l, &rules, &r, STORE_PRESSURE_WARNING), 812 + 862 - 400);
    l.unread = 300; /* what the store took since may or may not be in the reading */
    assert_int_equal(level_limit(&l, &rules, &r, STORE_PRESSURE_WARNING), 812 - 300 + 862 - 400);
    l.unread = 600;
    assert_int_equal(level_limit(&l, &rules, &r, STORE_PRESSURE_WARNING), 812);
    l.unread = 0;
    l.wanted = 300; /* the configured limit fits */
    l.current = l.taken = 300;
    assert_int_equal(level_limit(&l, &rules, &r, STORE_PRESSURE_NORMAL), 300);
}

static void
shrinks_step_by_step(void **state)
{
    (void)state;
    struct level_limit l = {.wanted = 2000, .least = 50, .current = 800, .taken = 800};
    struct memory_reading r = used(910);
    assert_int_equal(level_limit(&l, &rules, &r, STORE_PRESSURE_CRITICAL), 800 - (910 - 862));
    r = used(940);
    assert_int_equal(level_limit(&l, &rules, &r, STORE_PRESSURE_CRITICAL), 800 - 800 / 16);
    r = used(960);
    assert_int_equal(level_limit(&l, &rules, &r, STORE_PRESSURE_EMERGENCY), 800 - (960 - 862));
    r = used(1000);
    assert_int_equal(level_limit(&l, &rules, &r, STORE_PRESSURE_EMERGENCY), 800 - 800 / 8);
    r = used(850); /* low enough: the limit stays until the level is normal */
    l.current = 700;
    assert_int_equal(level_limit(&l, &rules, &r, STORE_PRESSURE_CRITICAL), 700);
    l.current = l.taken = 52;
    r = used(1000);
    assert_int_equal(level_limit(&l, &rules, &r, STORE_PRESSURE_EMERGENCY), 50);
}

/*
 * A loop of level and limit: no matter what other processes take, the store gets the rest, and the level
 * falls to a warning at most.
 */
static void
level_and_limit_settle(void **state)
{
    (void)state;
    uint64_t others = 100, limit = 2000, taken = 0;
    struct level level = {0};
    for (uint64_t i = 1; i <= 400; i++) {
        if (i == 100)
            others = 500;
        if (i == 200)
            others = 100;
        struct memory_reading r = used(others + taken);
        level_take(&level, &rules, &r, i * S / 4);
        struct level_limit l = {.wanted = 2000, .least = 50, .current = limit, .taken = taken};
        limit = level_limit(&l, &rules, &r, level.now);
        taken = limit; /* the store fills, and shrinks, immediately */
        if (i == 99 || i == 199 || i == 399) {
            assert_in_range(others + taken, 800, 899);
            assert_true(level.now <= STORE_PRESSURE_WARNING);
        }
    }
}

/*
 * Without a limit, but with stalls, the store shrinks in steps, to half at most, and grows again after
 * them.
 */
static void
shrinks_when_processes_stall(void **state)
{
    (void)state;
    struct memory_reading r = {.some_stall = 0.5, .full_stall = 0.5, .stalls_are_ours = true};
    struct level_limit l = {.wanted = 6400, .least = 50, .current = 6400, .taken = 6400};
    assert_int_equal(level_limit(&l, &rules, &r, STORE_PRESSURE_CRITICAL), 6300);
    l.current = l.taken = 3201;
    assert_int_equal(level_limit(&l, &rules, &r, STORE_PRESSURE_CRITICAL), 3200);
    r = (struct memory_reading){.stalls_are_ours = true};
    assert_int_equal(level_limit(&l, &rules, &r, STORE_PRESSURE_CRITICAL), 3201);
    assert_int_equal(level_limit(&l, &rules, &r, STORE_PRESSURE_NORMAL), 3301);
    l.current = 6390;
    assert_int_equal(level_limit(&l, &rules, &r, STORE_PRESSURE_NORMAL), 6400);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_share),
        cmocka_unit_test(by_stalls),
        cmocka_unit_test(up_at_once_down_when_calm),
        cmocka_unit_test(no_change_around_a_threshold),
        cmocka_unit_test(without_a_limit),
        cmocka_unit_test(grows_into_what_is_left),
        cmocka_unit_test(shrinks_step_by_step),
        cmocka_unit_test(level_and_limit_settle),
        cmocka_unit_test(shrinks_when_processes_stall),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
