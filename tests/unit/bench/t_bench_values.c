/*
 * bench values: key and size determine every byte of a value, and of each part of it; a wrong byte, key or
 * size is detected; duplicates are as many and as equal as asked for.
 */
#include "bench/load/plan/values.h"

#include <stdlib.h>

#include "tests/unit/unit.h"

static const size_t sizes[] = {
    0, 1, 7, 8, 9, 32, 1000, 1025, 5000, VALUES_POOL - 1, VALUES_POOL, 3 * VALUES_POOL + 5};

/* Every kind of values. */
static const struct {
    enum values_kind kind;
    const struct content *content;
} kinds[] = {
    {VALUES_POOL_OF_TEXT, NULL},
    {VALUES_POOL_RANDOM, NULL},
    {VALUES_OF_CONTENT, &content_json},
    {VALUES_OF_CONTENT, &content_half},
    {VALUES_OF_CONTENT, &content_text},
    {VALUES_OF_CONTENT, &content_random},
};

static struct values
values_of(size_t kind, unsigned duplicates_pct)
{
    struct values v;
    assert_true(values_init(&v, kinds[kind].kind, kinds[kind].content, duplicates_pct));
    return v;
}

static void
in_parts(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < N_OF(kinds); kind++) {
        struct values v = values_of(kind, 0);
        for (size_t i = 0; i < N_OF(sizes); i++) {
            size_t n = sizes[i], step = n < 100 ? 1 : n / 37 + 1;
            char *value = malloc(n + 1);
            values_write(&v, value, 42, n);
            for (size_t at = 0; at < n; at += step)
                assert_true(values_match(&v, 42, n, at, value + at, n - at < step ? n - at : step));
            assert_true(values_match(&v, 42, n, 0, value, n));
            assert_true(values_match(&v, 42, n, n, value + n, 0));
            free(value);
        }
        values_fini(&v);
    }
}

/* At each offset, also at the borders of the parts of a value. */
static void
from_every_byte(void **state)
{
    char value[3077];
    (void)state;
    for (size_t kind = 0; kind < N_OF(kinds); kind++) {
        struct values v = values_of(kind, 0);
        values_write(&v, value, 7, sizeof value);
        for (size_t at = 0; at < sizeof value; at++) {
            assert_true(values_match(&v, 7, sizeof value, at, value + at, 1));
            assert_true(values_match(&v, 7, sizeof value, at, value + at, sizeof value - at));
        }
        values_fini(&v);
    }
}

static void
detected(const struct values *v, size_t n)
{
    size_t step = n < 100 ? 1 : n / 37 + 1;
    char *value = malloc(n + 1), *other = malloc(n + 1);
    values_write(v, value, 42, n);
    for (size_t at = 0; at < n; at += step) {
        value[at] ^= 1;
        assert_false(values_match(v, 42, n, 0, value, n));
        assert_false(values_match(v, 42, n, at, value + at, n - at));
        value[at] ^= 1;
    }
    values_write(v, other, 43, n);
    assert_false(values_match(v, 42, n, 0, other, n));
    values_write(v, other, 42, n - 1);
    assert_false(values_match(v, 42, n, 0, other, n - 1));
    free(value);
    free(other);
}

static void
wrong_values_are_detected(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < N_OF(kinds); kind++) {
        struct values v = values_of(kind, 0);
        for (size_t i = 2; i < N_OF(sizes); i++)
            detected(&v, sizes[i]);
        values_fini(&v);
    }
}

/* The values without --values: a run verifies what an older larder-bench stored. */
static void
by_default_as_ever(void **state)
{
    struct values v = values_of(0, 0);
    char value[40];
    (void)state;
    values_write(&v, value, 42, sizeof value);
    assert_memory_equal(value, "EECNDFEN-ebony\",\"visits\":308,\"active\":fa", sizeof value);
    values_fini(&v);
}

/* Without -R a value is lines of text, printable on a terminal. */
static void
text(void **state)
{
    struct values v = values_of(0, 0);
    char value[5000];
    (void)state;
    for (uint64_t key = 0; key < 100; key++) {
        values_write(&v, value, key, sizeof value);
        for (size_t i = 0; i < sizeof value; i++)
            assert_true((value[i] >= ' ' && value[i] <= '~') || value[i] == '\n');
    }
    values_fini(&v);
}

/* So many percent of the keys have common values, which are equal if their sizes are; the other keys have their own. */
static void
duplicates(void **state)
{
    enum { N = 100000 };
    static const unsigned percents[] = {0, 1, 50, 100};
    (void)state;
    for (size_t i = 0; i < N_OF(percents); i++) {
        struct values v = values_of(i, percents[i]), none = values_of(i, 0);
        char value[2][60], common_values[VALUES_COMMON][60];
        bool is_known[VALUES_COMMON] = {false};
        uint64_t n = 0, common;
        for (uint64_t key = 0; key < N; key++) {
            values_write(&v, value[0], key, 60);
            values_write(&none, value[1], key, 60);
            assert_true(values_match(&v, key, 60, 0, value[0], 60));
            if (!values_is_duplicate(&v, key, &common)) {
                assert_memory_equal(value[0], value[1], 60);
                continue;
            }
            n++;
            assert_true(common < VALUES_COMMON);
            if (is_known[common])
                assert_memory_equal(value[0], common_values[common], 60);
            memcpy(common_values[common], value[0], 60);
            is_known[common] = true;
            assert_memory_not_equal(value[0], value[1], 60);
        }
        assert_in_range(n * 100, (uint64_t)N * percents[i] * 9 / 10, (uint64_t)N * percents[i] * 11 / 10);
        values_fini(&v);
        values_fini(&none);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_parts),
        cmocka_unit_test(from_every_byte),
        cmocka_unit_test(wrong_values_are_detected),
        cmocka_unit_test(by_default_as_ever),
        cmocka_unit_test(text),
        cmocka_unit_test(duplicates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
