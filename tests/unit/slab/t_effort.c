/* effort: values that do not compress are seldom tried, and it is noticed soon when they do again. */
#include "slab/codec/effort.h"

#include "tests/unit/unit.h"

static struct effort e;
static uint64_t seed;

static bool
happens(unsigned per_mille)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (seed >> 32) % 1000 < per_mille;
}

static int
begin(void **state)
{
    (void)state;
    seed = 1;
    effort_init(&e);
    return 0;
}

/* The tries of `n` values, of which so many would pay. */
static unsigned
count_tries(unsigned n, unsigned per_mille)
{
    unsigned tries = 0;
    for (unsigned i = 0; i < n; i++) {
        if (!effort_try(&e))
            continue;
        tries++;
        effort_paid(&e, happens(per_mille));
    }
    return tries;
}

/* The values until all are tried, of which so many would pay. */
static unsigned
count_until_eager(unsigned per_mille)
{
    unsigned n = 0;
    for (; e.n_paid < EFFORT_ENOUGH; n++)
        if (effort_try(&e))
            effort_paid(&e, happens(per_mille));
    return n;
}

static void
test_all_are_tried_while_some_pay(void **state)
{
    (void)state;
    assert_int_equal(count_tries(100000, 1000), 100000);
    assert_int_equal(count_tries(100000, 50), 100000);
}

static void
test_few_are_tried_when_none_pay(void **state)
{
    (void)state;
    enum { UNTIL_FEW = EFFORT_WINDOW - EFFORT_ENOUGH + 1 };
    assert_int_equal(count_tries(UNTIL_FEW, 0), UNTIL_FEW);
    assert_in_range(count_tries(160000, 0), 9500, 10500);
}

static void
test_little_more_are_tried_when_few_pay(void **state)
{
    (void)state;
    count_tries(20000, 0);
    assert_in_range(count_tries(160000, 5), 9500, 12000);
    assert_in_range(count_tries(160000, 10), 9500, 14000);
}

static void
test_values_that_begin_to_pay_are_noticed_soon(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        count_tries(20000, 0);
        assert_in_range(count_until_eager(1000), EFFORT_ENOUGH, EFFORT_ENOUGH + 2 * EFFORT_ONE_IN);
        assert_int_equal(count_tries(1000, 1000), 1000);
    }
    unsigned sum = 0;
    for (unsigned i = 0; i < 100; i++) {
        count_tries(20000, 0);
        sum += count_until_eager(250);
        count_tries(1000, 250);
    }
    assert_in_range(sum / 100, 80, 250); /* 21 of them have to pay: 84 tries */
}

/* A value of 16 pays, always at the same place: at a fixed distance it would never be tried. */
static void
test_regular_values_are_not_missed(void **state)
{
    (void)state;
    for (unsigned place = 0; place < 2 * EFFORT_ONE_IN; place++) {
        effort_init(&e);
        count_tries(20000, 0);
        unsigned n = 0;
        for (; e.n_paid < EFFORT_ENOUGH && n < 100000; n++)
            if (effort_try(&e))
                effort_paid(&e, n % 16 == place % 16);
        assert_in_range(n, 1, 2000);
    }
}

static void
test_the_count_is_that_of_the_ring(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        if (effort_try(&e))
            effort_paid(&e, happens(i / 20));
        unsigned n = 0;
        for (size_t j = 0; j < N_OF(e.paid); j++)
            n += (unsigned)__builtin_popcountll(e.paid[j]);
        assert_int_equal(n, e.n_paid);
    }
}

int
main(void)
{
#define WITH_EFFORT(test) cmocka_unit_test_setup(test, begin)
    const struct CMUnitTest tests[] = {
        WITH_EFFORT(test_all_are_tried_while_some_pay),
        WITH_EFFORT(test_few_are_tried_when_none_pay),
        WITH_EFFORT(test_little_more_are_tried_when_few_pay),
        WITH_EFFORT(test_values_that_begin_to_pay_are_noticed_soon),
        WITH_EFFORT(test_regular_values_are_not_missed),
        WITH_EFFORT(test_the_count_is_that_of_the_ring),
    };
    return cmocka_run_group_tests_name("effort", tests, NULL, NULL);
}
