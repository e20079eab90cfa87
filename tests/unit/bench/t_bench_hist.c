/* bench hist: each slot counts the values of its range, and percentiles are exact to three digits. */
#include "bench/load/run/hist.h"

#include <math.h>
#include <stdlib.h>

#include "bench/load/plan/random.h"
#include "tests/unit/unit.h"

static void
slots(void **state)
{
    uint64_t next = 0;
    (void)state;
    for (size_t i = 0; i < HIST_SLOTS; i++) {
        assert_int_equal(hist_slot_low(i), next); /* neither gap nor overlap */
        assert_int_equal(hist_slot(hist_slot_low(i)), i);
        assert_int_equal(hist_slot(hist_slot_high(i)), i);
        assert_true(hist_slot_high(i) - hist_slot_low(i) <= hist_slot_low(i) / 1000);
        next = hist_slot_high(i) + 1;
    }
    assert_int_equal(next, HIST_MAX + 1);
    assert_int_equal(hist_slot(UINT64_MAX), HIST_SLOTS - 1);
}

static int
compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void
percentiles(void **state)
{
    enum { N = 100000 };
    static const double percents[] = {0.001, 1, 10, 50, 90, 99, 99.9, 99.99, 99.999, 100};
    uint64_t *values = malloc(N * sizeof *values);
    struct hist *h = calloc(1, sizeof *h);
    struct hist_sum *sum = calloc(1, sizeof *sum);
    struct random r;
    double total = 0;
    (void)state;
    random_init(&r, 5, 0);
    for (int i = 0; i < N; i++) {
        values[i] = (uint64_t)exp(random_gauss(&r) * 2 + 12); /* about 1 us to 1 s */
        total += (double)values[i];
        hist_record(h, values[i]);
    }
    hist_add(sum, h);
    qsort(values, N, sizeof *values, compare);
    assert_int_equal(sum->n, N);
    assert_true(fabs(hist_mean(sum) - total / N) < 1);
    for (size_t i = 0; i < N_OF(percents); i++) {
        uint64_t exact = values[(size_t)ceil(percents[i] / 100 * N - 1e-6) - 1],
                 got = hist_percentile(sum, percents[i]);
        assert_true(got >= exact);
        assert_true(got - exact <= exact / 1000 + 1);
    }
    assert_true(hist_min(sum) <= values[0] && hist_min(sum) + values[0] / 1000 >= values[0]);
    assert_true(hist_max(sum) >= values[N - 1]);
    free(values);
    free(h);
    free(sum);
}

static void
the_time_between(void **state)
{
    struct hist *h = calloc(1, sizeof *h);
    struct hist_sum *before = calloc(1, sizeof *before), *now = calloc(1, sizeof *now),
                    *since = calloc(1, sizeof *since);
    (void)state;
    assert_int_equal(hist_percentile(before, 99), 0);
    assert_int_equal(hist_max(before), 0);
    hist_record(h, 100);
    hist_add(before, h);
    hist_record(h, 700);
    hist_record(h, 900);
    hist_add(now, h);
    hist_since(since, now, before);
    assert_int_equal(since->n, 2);
    assert_int_equal(hist_min(since), 700);
    assert_int_equal(hist_max(since), 900);
    assert_int_equal(since->sum, 1600);
    hist_add_sum(since, before);
    assert_int_equal(since->n, 3);
    assert_int_equal(hist_min(since), 100);
    free(h);
    free(before);
    free(now);
    free(since);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slots),
        cmocka_unit_test(percentiles),
        cmocka_unit_test(the_time_between),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
