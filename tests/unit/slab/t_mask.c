/*
 * mask: no string of a dictionary is of one value only, and what values have in common stays.
 */
#include "slab/codec/mask.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "tests/unit/unit.h"

enum { ROOM = 64 << 10, SAMPLES_MAX = 1024, SEED = 3 };

static char bytes[ROOM], contents[ROOM];
static size_t sizes[SAMPLES_MAX], n_bytes, n_samples;
static void *scratch;

static int
set_up(void **state)
{
    (void)state;
    n_bytes = n_samples = 0;
    scratch = malloc(mask_scratch(ROOM));
    return scratch == NULL;
}

static int
tear_down(void **state)
{
    (void)state;
    free(scratch);
    return 0;
}

static void
add_sample_n(const char *value, size_t n)
{
    assert_true(n_samples < SAMPLES_MAX && n_bytes + n <= ROOM);
    memcpy(bytes + n_bytes, value, n);
    n_bytes += n;
    sizes[n_samples++] = n;
}

static void
add_sample(const char *value)
{
    add_sample_n(value, strlen(value));
}

static size_t
run_mask(size_t n, bool cut)
{
    const struct mask_source source = {bytes, sizes, n_samples, SEED};
    return mask_unique(&source, contents, n, cut, scratch);
}

/* A text that two samples have, so that enough is left of the contents. */
static size_t
begin_with_common(void)
{
    char common[MASK_LEAST + 1];
    for (int i = 0; i < MASK_LEAST; i++)
        common[i] = (char)('A' + hash_key((const char *)&i, sizeof i) % 26);
    common[MASK_LEAST] = '\0';
    add_sample(common);
    add_sample(common);
    memcpy(contents, common, MASK_LEAST);
    return MASK_LEAST;
}

static size_t
append(size_t n, const char *text)
{
    memcpy(contents + n, text, strlen(text));
    return n + strlen(text);
}

static bool
has(size_t n, const char *text)
{
    return memmem(contents, n, text, strlen(text)) != NULL;
}

static unsigned
count_samples_with(const char *window)
{
    unsigned count = 0;
    const char *value = bytes;
    for (size_t i = 0; i < n_samples; i++) {
        count += memmem(value, sizes[i], window, MASK_WINDOW) != NULL;
        value += sizes[i];
    }
    return count;
}

/* The promise. */
static void
assert_nothing_unique(size_t n)
{
    static const char zeros[MASK_WINDOW];
    for (size_t at = 0; at + MASK_WINDOW <= n; at++)
        if (memcmp(contents + at, zeros, MASK_WINDOW) != 0)
            assert_int_not_equal(count_samples_with(contents + at), 1);
}

static void
test_a_secret_is_masked(void **state)
{
    (void)state;
    for (int cut = 0; cut <= 1; cut++) {
        n_bytes = n_samples = 0;
        size_t n = begin_with_common();
        const char *text = "{\"name\":\"Marie\",\"token\":\"5f0c91e2b75f0c91\",\"role\":\"user\"}";
        add_sample(text);
        add_sample("{\"name\":\"Marie\",\"token\":\"a8d36e4f1077b2c9\",\"role\":\"user\"}");
        n = append(n, text);
        size_t n_left = run_mask(n, cut);
        assert_int_equal(n_left == n, !cut);
        assert_true(has(n_left, "{\"name\":\"Marie\",\"token\":\""));
        assert_true(has(n_left, "\",\"role\":\"user\"}"));
        assert_false(has(n_left, "5f0c91e2"));
        assert_false(has(n_left, "5f0"));
        assert_nothing_unique(n_left);
    }
}

static void
test_a_secret_of_two_values_is_not(void **state)
{
    (void)state;
    size_t n = begin_with_common();
    add_sample("password=open sesame;user=1");
    add_sample("password=open sesame;user=2");
    n = append(n, "password=open sesame;user=1");
    assert_int_equal(run_mask(n, false), n);
    assert_true(has(n, "password=open sesame;user="));
}

static void
test_common_strings_do_not_meet_as_in_one_value(void **state)
{
    (void)state;
    size_t n = begin_with_common();
    add_sample("first=Marie-Louise;last=Montgomery;");
    add_sample("first=Marie-Louise;last=Rutherford;");
    add_sample("first=Christopher;last=Montgomery;");
    n = append(n, "first=Marie-Louise;last=Montgomery;");
    assert_int_equal(run_mask(n, false), n);
    assert_nothing_unique(n);
    assert_true(has(n, "first=Marie-Louise;"));
    assert_true(has(n, "=Montgomery;"));
    assert_false(has(n, "e;last=M"));
}

static void
test_the_promise_holds_for_any_samples(void **state)
{
    (void)state;
    for (uint64_t round = 0; round < 60; round++) {
        n_bytes = n_samples = 0;
        unsigned letters = 2 + round % 5, words = 3 + round % 7;
        for (uint64_t i = 0; i < 40; i++) {
            char value[120];
            for (size_t at = 0; at < sizeof value; at++) {
                uint64_t in = round << 32 | i << 16 | at, word = in / 6;
                word = hash_key((const char *)&word, sizeof word) % words << 8 | at % 6;
                uint64_t of = at % 60 > 40 ? in : word;
                /* Among the letters is the mask. */
                value[at] = (char)(hash_key((const char *)&of, sizeof of) % letters * 'a');
            }
            add_sample_n(value, sizeof value);
        }
        size_t n = n_bytes / 2;
        memcpy(contents, bytes + n_bytes / 4, n);
        n = run_mask(n, round % 2);
        assert_nothing_unique(n);
    }
}

static void
test_if_little_is_left_there_is_nothing(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 100; i++) {
        char value[200];
        for (size_t at = 0; at < sizeof value; at++) {
            uint64_t of = i << 16 | at;
            value[at] = (char)hash_key((const char *)&of, sizeof of);
        }
        add_sample_n(value, sizeof value);
    }
    memcpy(contents, bytes, 8000);
    assert_int_equal(run_mask(8000, false), 0);
    memcpy(contents, bytes, 8000);
    assert_int_equal(run_mask(8000, true), 0);
    assert_int_equal(run_mask(0, false), 0);
    assert_int_equal(run_mask(MASK_WINDOW - 1, true), 0);
}

static void
test_zeros_are_no_secret(void **state)
{
    (void)state;
    char zeros[400] = {0};
    size_t n = begin_with_common();
    add_sample_n(zeros, sizeof zeros);
    memset(contents + n, 0, sizeof zeros);
    n = run_mask(n + sizeof zeros, false);
    assert_int_equal(n, MASK_LEAST + sizeof zeros);
}

int
main(void)
{
#define WITH_SCRATCH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_SCRATCH(test_a_secret_is_masked),
        WITH_SCRATCH(test_a_secret_of_two_values_is_not),
        WITH_SCRATCH(test_common_strings_do_not_meet_as_in_one_value),
        WITH_SCRATCH(test_the_promise_holds_for_any_samples),
        WITH_SCRATCH(test_if_little_is_left_there_is_nothing),
        WITH_SCRATCH(test_zeros_are_no_secret),
    };
    return cmocka_run_group_tests_name("mask", tests, NULL, NULL);
}
