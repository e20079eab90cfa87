/*
 * bench content: a value has exactly its size and is printable, JSON is well formed, no two keys have the same
 * value, and values compress as much as the manual page says: alone, and with a dictionary of other values.
 */
#include "bench/load/plan/content.h"

#include <ctype.h>
#include <stdlib.h>
#include <zlib.h>

#include "bench/load/plan/values.h"
#include "tests/unit/unit.h"

enum { MOST = 9000, DICTIONARY = 32 << 10 };

static const char *const names[] = {"json", "half", "text", "random"};
static const size_t sizes[] = {
    0, 1, 2, 15, 16, 17, 24, 25, 26, 27, 32, 60, 61, 100, 333, 500, 1023, 1024, 1025, 2048, 2049, 5000, MOST};

static struct values
of_content(const char *name)
{
    struct values v;
    assert_true(values_init(&v, VALUES_OF_CONTENT, content_of_name(name), 0));
    return v;
}

static void
exact_size(void **state)
{
    static char value[MOST + 100], again[MOST + 100];
    (void)state;
    for (size_t i = 0; i < N_OF(names); i++) {
        struct values v = of_content(names[i]);
        for (size_t j = 0; j < N_OF(sizes); j++) {
            for (uint64_t key = 0; key < 50; key++) {
                memset(value, '\a', sizeof value);
                memset(again, '\b', sizeof again);
                values_write(&v, value, key, sizes[j]);
                values_write(&v, again, key, sizes[j]);
                assert_memory_equal(value, again, sizes[j]);
                for (size_t at = sizes[j]; at < sizeof value; at++)
                    assert_int_equal(value[at], '\a');
                for (size_t at = 0; at < sizes[j] && v.content != &content_random; at++)
                    assert_true(isprint((unsigned char)value[at]) || value[at] == '\n');
            }
        }
        values_fini(&v);
    }
}

/* ---- JSON ---- */

static const char *json_value(const char *p, const char *end);

static const char *
spaces(const char *p, const char *end)
{
    while (p < end && *p == ' ')
        p++;
    return p;
}

static const char *
json_string(const char *p, const char *end)
{
    assert_true(p < end && *p == '"');
    for (p++; p < end && *p != '"'; p++)
        assert_true(*p != '\\' && isprint((unsigned char)*p));
    assert_true(p < end);
    return p + 1;
}

/* An object or an array, up to `close`. */
static const char *
json_members(const char *p, const char *end, char close)
{
    while (p < end && *p != close) {
        if (close == '}') {
            p = json_string(p, end);
            assert_true(p < end && *p == ':');
            p++;
        }
        p = spaces(json_value(p, end), end);
        if (p + 1 < end && *p == ',' && p[1] != close)
            p++;
        else
            assert_true(p < end && *p == close);
    }
    assert_true(p < end);
    return p + 1;
}

static const char *
json_value(const char *p, const char *end)
{
    static const char *const words[] = {"true", "false"};
    assert_true(p < end);
    if (*p == '{' || *p == '[')
        return json_members(p + 1, end, *p == '{' ? '}' : ']');
    if (*p == '"')
        return json_string(p, end);
    for (size_t i = 0; i < N_OF(words); i++)
        if ((size_t)(end - p) > strlen(words[i]) && memcmp(p, words[i], strlen(words[i])) == 0)
            return p + strlen(words[i]);
    assert_true(isdigit((unsigned char)*p));
    assert_true(*p != '0' || p + 1 == end || !isdigit((unsigned char)p[1]));
    while (p < end && (isdigit((unsigned char)*p) || *p == '.'))
        p++;
    return p;
}

/* Of every size up to several records, so that a record ends behind each of its fields. */
static void
json_is_well_formed(void **state)
{
    static char value[MOST];
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct values v = of_content(names[i]);
        for (size_t size = 1; size < 2500; size++) {
            for (uint64_t key = 0; key < 20; key++) {
                values_write(&v, value, key, size);
                assert_ptr_equal(json_value(value, value + size), value + size);
                assert_true(size < 16 || *value == (size > CONTENT_PART_MAX ? '[' : '{'));
            }
        }
        values_fini(&v);
    }
}

/* ---- distinct ---- */

static int
by_hash(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* The FNV-1a hash. */
static uint64_t
hash_of(const char *p, size_t n)
{
    uint64_t h = 0xcbf29ce484222325ull;
    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)p[i]) * 0x100000001b3ull;
    return h;
}

static void
values_are_distinct(void **state)
{
    enum { N = 50000 };
    static uint64_t hashes[N];
    (void)state;
    for (size_t i = 0; i < N_OF(names); i++) {
        struct values v = of_content(names[i]);
        char value[100];
        for (uint64_t key = 0; key < N; key++) {
            values_write(&v, value, key, sizeof value);
            hashes[key] = hash_of(value, sizeof value);
        }
        qsort(hashes, N, sizeof *hashes, by_hash);
        for (size_t j = 1; j < N; j++)
            assert_true(hashes[j] != hashes[j - 1]);
        values_fini(&v);
    }
}

/* ---- compression ---- */

/* Compresses values of `size` bytes one by one: their size, divided by the compressed size. */
static double
ratio_of(const struct values *v, size_t size, const char *dictionary, size_t n_dictionary)
{
    static unsigned char packed[2 * MOST];
    static char value[MOST];
    z_stream z = {0};
    uint64_t total = 0;
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY), Z_OK);
    for (uint64_t key = 1000; key < 1200; key++) {
        values_write(v, value, key, size);
        assert_int_equal(deflateReset(&z), Z_OK);
        if (n_dictionary > 0)
            assert_int_equal(
                deflateSetDictionary(&z, (const unsigned char *)dictionary, (unsigned)n_dictionary), Z_OK);
        z.next_in = (unsigned char *)value;
        z.avail_in = (unsigned)size;
        z.next_out = packed;
        z.avail_out = sizeof packed;
        assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
        total += z.total_out;
    }
    deflateEnd(&z);
    return (double)(200 * size) / (double)total;
}

static void
ratios(void **state)
{
    static const struct {
        const char *name;
        double alone_least, alone_most, least, most; /* least and most: with a dictionary */
    } wanted[] = {
        {"json", 1.1, 1.8, 2.5, 4},
        {"half", 1.0, 1.4, 1.5, 2.2},
        {"text", 1.3, 1.8, 1.6, 2.4},
        {"random", 0.9, 1.0, 0.9, 1.0},
    };
    static char dictionary[DICTIONARY];
    (void)state;
    for (size_t i = 0; i < N_OF(wanted); i++) {
        struct values v = of_content(wanted[i].name);
        for (size_t size = 300; size <= 1000; size += 350) {
            size_t n = 0;
            for (uint64_t key = 0; n + size <= sizeof dictionary; key++, n += size)
                values_write(&v, dictionary + n, key, size);
            double alone = ratio_of(&v, size, NULL, 0), with = ratio_of(&v, size, dictionary, n);
            print_message(
                "%s, %zu bytes: %.2f alone, %.2f with a dictionary\n", wanted[i].name, size, alone, with);
            assert_true(alone >= wanted[i].alone_least && alone <= wanted[i].alone_most);
            assert_true(with >= wanted[i].least && with <= wanted[i].most);
        }
        values_fini(&v);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_size),
        cmocka_unit_test(json_is_well_formed),
        cmocka_unit_test(values_are_distinct),
        cmocka_unit_test(ratios),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
