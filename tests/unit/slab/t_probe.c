/* probe: values like the dictionary's hit, random ones do not. */
#include "slab/codec/probe.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/slab/drawing.h"
#include "tests/unit/unit.h"

enum { DICTIONARY = 32 << 10, ROOM = 1024, N = 20000 };

static struct probe *p;

static size_t
fill_randomly(char *to, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (char)draw(256);
    return n;
}

/* A record as a cache holds it: fixed names, numbers, a few words, an id. */
static size_t
write_record(char to[ROOM])
{
    static const char *const names[] = {
        "Anna", "Boris", "Chen", "Dolores", "Emeka", "Fatima", "Goran", "Hilde"};
    static const char *const cities[] = {"Aachen", "Bogota", "Cairo", "Dakar", "Edinburgh", "Fukuoka"};
    return (size_t)snprintf(to, ROOM,
        "{\"id\":%u,\"name\":\"%s\",\"city\":\"%s\",\"token\":\"%08x%08x%08x%08x\",\"seen_at\":\"2025-%02u-%"
        "02uT%02u:"
        "%02u:00Z\",\"verified\":%s,\"settings\":{\"theme\":\"%s\",\"per_page\":%u}}",
        draw(1000000), names[draw(N_OF(names))], cities[draw(N_OF(cities))], draw(UINT32_MAX),
        draw(UINT32_MAX), draw(UINT32_MAX), draw(UINT32_MAX), 1 + draw(12), 1 + draw(28), draw(24), draw(60),
        draw(2) != 0 ? "true" : "false", draw(2) != 0 ? "dark" : "light", 10 * draw(10));
}

/* Half of it random, before or after a record. */
static size_t
write_half(char to[ROOM])
{
    char record[ROOM];
    size_t n = write_record(record), n_random = n < ROOM / 2 ? n : ROOM / 2, at = draw(2) * n_random;
    memcpy(to + at, record, n);
    fill_randomly(at > 0 ? to : to + n, n_random);
    return n + n_random;
}

static size_t
write_random(char to[ROOM])
{
    return fill_randomly(to, 48 + draw(ROOM - 48));
}

static size_t
write_base64(char to[ROOM])
{
    size_t n = 48 + draw(ROOM - 48);
    for (size_t i = 0; i < n; i++)
        to[i] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[draw(64)];
    return n;
}

/* One byte in 25 belongs to a letter with an accent, in UTF-8. */
static size_t
write_accents(char to[ROOM])
{
    size_t n = 0, most = 200 + draw(ROOM - 202);
    while (n < most) {
        bool accent = draw(50) == 0;
        if (accent)
            to[n++] = (char)0xC3;
        to[n++] = accent ? (char)(0xA0 + draw(32)) : "etaoin shrdlu"[draw(13)];
    }
    return n;
}

static int
begin(void **state)
{
    (void)state;
    static char dictionary[DICTIONARY];
    char record[ROOM];
    seed = 1;
    for (size_t at = 0; at < DICTIONARY;) {
        size_t n = write_record(record);
        if (n > DICTIONARY - at)
            n = DICTIONARY - at;
        memcpy(dictionary + at, record, n);
        at += n;
    }
    p = probe_new(bytes_of(dictionary, DICTIONARY));
    assert_non_null(p);
    return 0;
}

static int
end(void **state)
{
    (void)state;
    probe_free(&p);
    assert_null(p);
    return 0;
}

/* Of N values, how many have at least PROBE_HITS hits, and PROBE_HITS_TEXT; how many look like text. */
struct counts {
    unsigned hit, hit_often, text;
};

static struct counts
probe_many(size_t (*write)(char *))
{
    struct counts c = {0};
    for (unsigned i = 0; i < N; i++) {
        char value[ROOM];
        size_t n = write(value);
        char *exact = malloc(n); /* for the address sanitizer */
        memcpy(exact, value, n);
        struct probe_result r = probe_value(p, bytes_of(exact, n));
        free(exact);
        assert_true(r.hits <= PROBE_SAMPLES);
        c.hit += r.hits >= PROBE_HITS;
        c.hit_often += r.hits >= PROBE_HITS_TEXT;
        c.text += r.text;
    }
    return c;
}

static void
test_like_values_hit(void **state)
{
    (void)state;
    struct counts records = probe_many(write_record), halves = probe_many(write_half);
    assert_int_equal(records.hit, N);
    assert_int_equal(records.hit_often, N);
    assert_int_equal(records.text, N);
    assert_in_range(halves.hit, N - N / 100, N);
    assert_in_range(halves.text, 0, N / 100);
}

static void
test_random_values_do_not(void **state)
{
    (void)state;
    struct counts random = probe_many(write_random), base64 = probe_many(write_base64);
    assert_in_range(random.hit, 0, N / 250);
    assert_int_equal(random.text, 0);
    assert_in_range(base64.hit, 0, N / 250);
    assert_int_equal(base64.text, N);
}

static void
test_text_may_have_accents(void **state)
{
    (void)state;
    struct counts accents = probe_many(write_accents);
    assert_in_range(accents.text, N - N / 20, N);
    assert_int_equal(accents.hit_often, 0);
}

static void
test_samples_are_spread_over_the_value(void **state)
{
    (void)state;
    enum { RUN = 100 };
    char value[16 * RUN], dictionary[64];
    memset(dictionary, 'x', sizeof dictionary);
    struct probe *x = probe_new(bytes_of(dictionary, sizeof dictionary));
    assert_non_null(x);
    /* A run of x in one sixteenth is one hit. */
    for (unsigned i = 0; i < 16; i++) {
        fill_randomly(value, sizeof value);
        memset(value + i * RUN, 'x', RUN);
        assert_in_range(probe_value(x, bytes_of(value, sizeof value)).hits, 1, 2);
    }
    /* Records of any fixed length, of which a quarter is x: some are hit, not all or none. */
    for (size_t period = 16; period <= 256; period += 8) {
        fill_randomly(value, sizeof value);
        for (size_t at = 0; at + period <= sizeof value; at += period)
            memset(value + at, 'x', period / 4 + 3);
        assert_in_range(probe_value(x, bytes_of(value, sizeof value)).hits, 1, PROBE_SAMPLES - 1);
    }
    probe_free(&x);
}

static void
test_short_values(void **state)
{
    (void)state;
    assert_int_equal(probe_value(p, bytes_of("abc", 3)).hits, 0);
    assert_false(probe_value(p, bytes_of("abc", 3)).text);
    assert_int_equal(probe_value(p, bytes_of(NULL, 0)).hits, 0);
    assert_int_equal(probe_value(p, BYTES("true")).hits, PROBE_SAMPLES);
    char *exact = malloc(5);
    memcpy(exact, "false", 5);
    assert_int_equal(probe_value(p, bytes_of(exact, 5)).hits, PROBE_SAMPLES);
    free(exact);
}

static void
test_a_table_has_half_of_the_dictionary(void **state)
{
    (void)state;
    static const size_t rows[][2] = {{0, 256}, {100, 256}, {512, 256}, {513, 512}, {4096, 2048},
        {16 << 10, 8 << 10}, {32 << 10, 16 << 10}, {64 << 10, 16 << 10}};
    static char zeros[64 << 10];
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct probe *small = probe_new(bytes_of(zeros, rows[i][0]));
        assert_non_null(small);
        assert_in_range(probe_memory(small), rows[i][1], rows[i][1] + 16);
        assert_int_equal(probe_value(small, bytes_of(zeros, 64)).hits, rows[i][0] >= 4 ? PROBE_SAMPLES : 0);
        probe_free(&small);
    }
}

int
main(void)
{
#define WITH_PROBE(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        WITH_PROBE(test_like_values_hit),
        WITH_PROBE(test_random_values_do_not),
        WITH_PROBE(test_text_may_have_accents),
        WITH_PROBE(test_samples_are_spread_over_the_value),
        WITH_PROBE(test_short_values),
        cmocka_unit_test(test_a_table_has_half_of_the_dictionary),
    };
    return cmocka_run_group_tests_name("probe", tests, NULL, NULL);
}
