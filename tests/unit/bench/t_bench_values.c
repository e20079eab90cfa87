/*
 * bench values: key and size determine every byte of a value, and of each part of it; a wrong byte, key or
 * size is detected.
 */
#include "bench/load/plan/values.h"

#include <stdlib.h>

#include "tests/unit/unit.h"

static const size_t sizes[] = {0, 1, 7, 8, 9, 32, 1000, VALUES_POOL - 1, VALUES_POOL, 3 * VALUES_POOL + 5};

static void
in_parts(void **state)
{
    struct values v;
    (void)state;
    for (int is_random = 0; is_random < 2; is_random++) {
        assert_true(values_init(&v, is_random));
        for (size_t i = 0; i < N_OF(sizes); i++) {
            size_t n = sizes[i], step = n < 100 ? 1 : n / 37 + 1;
            char *value = malloc(n + 1);
            values_write(&v, value, 42, n);
            for (size_t at = 0; at < n; at += step)
                assert_true(values_match(&v, 42, n, at, value + at, n - at < step ? n - at : step));
            assert_true(values_match(&v, 42, n, 0, value, n));
            free(value);
        }
        values_fini(&v);
    }
}

static void
wrong_values_are_detected(void **state)
{
    struct values v;
    (void)state;
    assert_true(values_init(&v, false));
    for (size_t i = 2; i < N_OF(sizes); i++) {
        size_t n = sizes[i], step = n < 100 ? 1 : n / 37 + 1;
        char *value = malloc(n + 1), *other = malloc(n + 1);
        values_write(&v, value, 42, n);
        for (size_t at = 0; at < n; at += step) {
            value[at] ^= 1;
            assert_false(values_match(&v, 42, n, 0, value, n));
            assert_false(values_match(&v, 42, n, at, value + at, n - at));
            value[at] ^= 1;
        }
        values_write(&v, other, 43, n);
        assert_false(values_match(&v, 42, n, 0, other, n));
        values_write(&v, other, 42, n - 1);
        assert_false(values_match(&v, 42, n, 0, other, n - 1));
        free(value);
        free(other);
    }
    values_fini(&v);
}

/* Without -R a value is lines of text, printable on a terminal. */
static void
text(void **state)
{
    struct values v;
    char value[5000];
    (void)state;
    assert_true(values_init(&v, false));
    for (uint64_t key = 0; key < 100; key++) {
        values_write(&v, value, key, sizeof value);
        for (size_t i = 0; i < sizeof value; i++)
            assert_true((value[i] >= ' ' && value[i] <= '~') || value[i] == '\n');
    }
    values_fini(&v);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_parts),
        cmocka_unit_test(wrong_values_are_detected),
        cmocka_unit_test(text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
