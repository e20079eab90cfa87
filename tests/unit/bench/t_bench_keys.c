/*
 * bench keys, zipf, sizes: a key's number is parsed back from its text; drawn keys and sizes have the
 * requested distribution (chi-square, fixed seeds).
 */
#include "bench/load/plan/keys.h"

#include <math.h>
#include <stdlib.h>

#include "bench/load/options/options.h"
#include "bench/load/plan/sizes.h"
#include "tests/unit/unit.h"

/* A text of an option; it is not written to here. */
#define TEXT(literal) ((char *)(uintptr_t)(literal))

static struct options
options(uint64_t min, uint64_t max)
{
    return (struct options){.key_prefix = TEXT("key-"),
        .key_minimum = min,
        .key_maximum = max,
        .key_zipf_exp = 1,
        .data_size = 32,
        .data_size_pattern = TEXT("R")};
}

static void
keys_are_parsed_back(void **state)
{
    static const uint64_t numbers[] = {0, 9, 10, 99, 100, 999, 1000, 9999, 10000, 12345, 99999, 100000,
        1234567, 4294967296, 999999999999, UINT64_MAX - 1};
    struct options o = options(0, UINT64_MAX - 1);
    struct keys k;
    (void)state;
    keys_init(&k, &o);
    for (size_t i = 0; i < N_OF(numbers); i++) {
        char key[KEYS_MAX], wanted[64];
        uint64_t back;
        size_t n = (size_t)(keys_write(&k, key, numbers[i]) - key);
        int n_wanted = snprintf(wanted, sizeof wanted, "key-%llu", (unsigned long long)numbers[i]);
        assert_int_equal(n, n_wanted);
        assert_memory_equal(key, wanted, n);
        assert_int_equal(keys_size(&k, numbers[i]), n);
        assert_true(keys_read(&k, bytes_of(key, n), &back));
        assert_true(back == numbers[i]);
    }
}

static void
keys_of_other_programs(void **state)
{
    static const char *const bad[] = {"", "key-", "kex-1", "key-01", "key-1x", "key-x", "key-10", "key-1",
        "key-99999999999999999999999", "key-18446744073709551616"};
    struct options o = options(2, 9);
    struct keys k;
    uint64_t number;
    (void)state;
    keys_init(&k, &o);
    for (size_t i = 0; i < N_OF(bad); i++)
        if (keys_read(&k, bytes_of(bad[i], strlen(bad[i])), &number))
            fail_msg("accepted \"%s\"", bad[i]);
    assert_true(keys_read(&k, BYTES("key-9"), &number));
}

/*
 * Draws N keys out of 100 and returns chi-square against the expected probability of each.  With 99 degrees of
 * freedom chi-square exceeds 149 once in a thousand runs; the seed is fixed, so the result is always the same.
 */
enum { N = 200000, N_KEYS = 100 };

static double
chi_square(char pattern, const double *probability, double exponent)
{
    struct options o = options(1000, 1000 + N_KEYS - 1);
    struct keys k;
    struct random r;
    uint64_t seen[N_KEYS] = {0};
    o.key_zipf_exp = exponent;
    keys_init(&k, &o);
    random_init(&r, 7, 0);
    for (int i = 0; i < N; i++) {
        uint64_t number = keys_next(&k, pattern, NULL, &r);
        assert_in_range(number, 1000, 1000 + N_KEYS - 1);
        seen[number - 1000]++;
    }
    double sum = 0;
    for (int i = 0; i < N_KEYS; i++) {
        double expected = probability[i] * N, off = (double)seen[i] - expected;
        assert_true(expected > 5);
        sum += off * off / expected;
    }
    return sum;
}

static void
scale(double *p)
{
    double sum = 0;
    for (int i = 0; i < N_KEYS; i++)
        sum += p[i];
    for (int i = 0; i < N_KEYS; i++)
        p[i] /= sum;
}

static void
uniform(void **state)
{
    double p[N_KEYS];
    (void)state;
    for (int i = 0; i < N_KEYS; i++)
        p[i] = 1;
    scale(p);
    assert_true(chi_square('R', p, 1) < 149);
}

static void
zipf(void **state)
{
    static const double exponents[] = {0.2, 0.99, 1, 1.3};
    (void)state;
    for (size_t e = 0; e < N_OF(exponents); e++) {
        double p[N_KEYS];
        for (int i = 0; i < N_KEYS; i++)
            p[i] = pow(i + 1, -exponents[e]);
        scale(p);
        assert_true(chi_square('Z', p, exponents[e]) < 149);
        if (e > 0) /* the test would detect another exponent */
            assert_true(chi_square('Z', p, exponents[e] + 0.05) > 300);
    }
}

static void
gaussian(void **state)
{
    double p[N_KEYS], middle = (N_KEYS - 1) / 2.0, deviation = N_KEYS / 6.0;
    (void)state;
    for (int i = 0; i < N_KEYS; i++)
        p[i] = erf((i + 0.5 - middle) / deviation / sqrt(2)) - erf((i - 0.5 - middle) / deviation / sqrt(2));
    scale(p);
    assert_true(chi_square('G', p, 1) < 149);
}

/* If the mean is far outside the range, drawing still ends. */
static void
gaussian_elsewhere(void **state)
{
    struct options o = options(10, 20);
    struct keys k;
    struct random r;
    (void)state;
    o.key_median = 1e6;
    o.key_stddev = 1;
    o.origin[OPTION_key_median] = o.origin[OPTION_key_stddev] = OPTION_FROM_COMMAND_LINE;
    keys_init(&k, &o);
    random_init(&r, 1, 0);
    assert_int_equal(keys_next(&k, 'G', NULL, &r), 20);
}

static void
sequences(void **state)
{
    struct options o = options(5, 14);
    struct keys k;
    unsigned seen[20] = {0};
    (void)state;
    keys_init(&k, &o);
    struct keys_place whole = keys_place(&k, 'S', 2, 3);
    for (unsigned i = 0; i < 25; i++)
        assert_int_equal(keys_next(&k, 'S', &whole, NULL), 5 + i % 10);
    for (unsigned me = 0; me < 3; me++) {
        struct keys_place part = keys_place(&k, 'P', me, 3);
        for (unsigned i = 0; i < part.n; i++)
            seen[keys_next(&k, 'P', &part, NULL)]++;
    }
    for (unsigned i = 0; i < 20; i++)
        assert_int_equal(seen[i], i >= 5 && i <= 14);
    struct keys_place lone = keys_place(&k, 'P', 7, 100); /* more clients than keys: each gets one key */
    assert_int_equal(lone.n, 1);
    assert_in_range(lone.first, 5, 14);
}

static void
listed_sizes(void **state)
{
    struct options o = options(0, 9);
    struct sizes s;
    struct random r;
    unsigned n[3] = {0};
    (void)state;
    o.data_size_list = TEXT("10:1,200:2,3000:7");
    assert_int_equal(sizes_init(&s, &o), SIZES_OK);
    assert_int_equal(s.min, 10);
    assert_int_equal(s.max, 3000);
    random_init(&r, 3, 0);
    for (int i = 0; i < 100000; i++) {
        size_t size = sizes_next(&s, 0, &r);
        assert_true(size == 10 || size == 200 || size == 3000);
        n[size == 10 ? 0 : size == 200 ? 1 : 2]++;
    }
    sizes_fini(&s);
    assert_in_range(n[0], 9600, 10400);
    assert_in_range(n[1], 19500, 20500);
}

static void
bad_lists(void **state)
{
    static const char *const bad[] = {"", "10", "10:", ":1", "10:0", "10:1,", "10:1,,20:1", "10:1;20:1",
        "-1:1", "1:-1", "1:1x", "99999999999:1", "1:99999999999"};
    (void)state;
    for (size_t i = 0; i < N_OF(bad); i++) {
        struct options o = options(0, 9);
        struct sizes s;
        o.data_size_list = TEXT(bad[i]);
        if (sizes_init(&s, &o) != SIZES_NO_LIST)
            fail_msg("accepted \"%s\"", bad[i]);
        sizes_fini(&s);
    }
}

static void
ranges_of_sizes(void **state)
{
    struct options o = options(100, 199);
    struct sizes s;
    struct random r;
    unsigned n[5] = {0};
    (void)state;
    o.data_size_range = (struct option_range){10, 14};
    o.origin[OPTION_data_size_range] = OPTION_FROM_COMMAND_LINE;
    random_init(&r, 3, 0);
    assert_int_equal(sizes_init(&s, &o), SIZES_OK);
    for (int i = 0; i < 50000; i++)
        n[sizes_next(&s, 100, &r) - 10]++;
    for (int i = 0; i < 5; i++)
        assert_in_range(n[i], 9600, 10400);
    o.data_size_pattern = TEXT("S"); /* now the size is a function of the key */
    assert_int_equal(sizes_init(&s, &o), SIZES_OK);
    for (uint64_t key = 100; key < 200; key++)
        assert_int_equal(sizes_next(&s, key, &r), 10 + (key - 100) / 20);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_parsed_back),
        cmocka_unit_test(keys_of_other_programs),
        cmocka_unit_test(uniform),
        cmocka_unit_test(zipf),
        cmocka_unit_test(gaussian),
        cmocka_unit_test(gaussian_elsewhere),
        cmocka_unit_test(sequences),
        cmocka_unit_test(listed_sizes),
        cmocka_unit_test(bad_lists),
        cmocka_unit_test(ranges_of_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
