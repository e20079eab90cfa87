/*
 * packing: every packed value is unpacked to the same bytes.  Input that is not validly packed is refused,
 * also when cut at any byte or with any byte changed.
 */
#include "client/packing/deflate.h"
#include "client/packing/fastlz.h"
#include "client/larder.h"
#include "client/packing/packing.h"

#include <stdlib.h>

#include "tests/unit/unit.h"

enum { N_MOST = 300000 };

static uint32_t
next_random(uint32_t *seed)
{
    return *seed = *seed * 1664525 + 1013904223;
}

/* Fills with one of a few kinds of content: runs, repeated words, noise. */
static void
fill(char *p, size_t n, unsigned kind)
{
    uint32_t seed = kind;

    for (size_t i = 0; i < n; i++) {
        switch (kind % 4) {
        case 0: p[i] = 'x'; break;
        case 1: p[i] = (char)(i % (kind + 3)); break;
        case 2: p[i] = (char)(next_random(&seed) >> 24); break;
        default: p[i] = "the quick brown fox "[(next_random(&seed) >> 30) * 5 + i % 5]; break;
        }
    }
}

static void
fastlz_there_and_back(void **state)
{
    static const size_t sizes[] = {
        1, 2, 3, 4, 5, 31, 32, 33, 64, 65, 100, 264, 265, 266, 1000, 8191, 8192, 8193, 70000, N_MOST};
    char *value = malloc(N_MOST), *packed = malloc(2 * N_MOST), *back = malloc(N_MOST + 1);

    (void)state;
    assert_true(value != NULL && packed != NULL && back != NULL);
    for (unsigned kind = 0; kind < 12; kind++) {
        for (size_t i = 0; i < N_OF(sizes); i++) {
            fill(value, sizes[i], kind);
            size_t n = fastlz_pack(bytes_of(value, sizes[i]), packed, 2 * N_MOST);
            assert_true(n > 0);
            assert_int_equal((unsigned char)packed[0] >> 5, 0);
            assert_true(fastlz_unpack(bytes_of(packed, n), back, sizes[i]));
            assert_memory_equal(back, value, sizes[i]);
            assert_false(fastlz_unpack(bytes_of(packed, n), back, sizes[i] - 1));
            assert_false(fastlz_unpack(bytes_of(packed, n), back, sizes[i] + 1));
            assert_int_equal(fastlz_pack(bytes_of(value, sizes[i]), packed, n - 1), 0);
        }
    }
    free(value);
    free(packed);
    free(back);
}

/* Handwritten input: a long match in each level, and a distant match. */
static void
fastlz_instructions(void **state)
{
    char back[20000];

    (void)state;
    assert_true(fastlz_unpack(BYTES("\002abc\x20\x02"), back, 6));
    assert_memory_equal(back, "abcabc", 6);
    assert_true(fastlz_unpack(BYTES("\000a\xe0\xff\x00"), back, 1 + 9 + 255));
    assert_true(fastlz_unpack(BYTES("\x20"
                                    "a\xe0\xff\x01\x00"),
        back, 1 + 9 + 255 + 1));
    assert_false(fastlz_unpack(BYTES("\x20"
                                     "a\xe0\xff\xff"),
        back, 1 + 9 + 255 + 255));
    assert_false(fastlz_unpack(BYTES("\000a\x20\x01"), back, 4)); /* the match begins before the output */
    assert_false(fastlz_unpack(BYTES("\x40"
                                     "a"),
        back, 1)); /* an unknown level */
    assert_false(fastlz_unpack(BYTES(""), back, 0));
}

/* Random input: unpacking ends, and writes nothing outside its buffer, which the sanitizers check. */
static void
any_bytes(void **state)
{
    uint32_t seed = 1;
    char bytes[64], *back = malloc(128);
    size_t n_good = 0;

    (void)state;
    for (int i = 0; i < 200000; i++) {
        size_t n = next_random(&seed) >> 26;
        for (size_t k = 0; k < n; k++)
            bytes[k] = (char)(next_random(&seed) >> 24);
        n_good += fastlz_unpack(bytes_of(bytes, n), back, next_random(&seed) >> 25);
    }
    assert_true(n_good > 0);
    free(back);
}

static void
must_come_back(const struct packing *packing, struct bytes value, uint32_t flags)
{
    struct unpacked *unpacked = NULL;
    char *packed;
    uint32_t n, with = flags;

    packing_pack(packing, value, &packed, &n, &with);
    if (packed == NULL) {
        assert_int_equal(with, flags);
        return;
    }
    assert_true(n < value.n && with != flags && (with & ~packing_flags(packing)) == flags);
    uint32_t packed_flags = with;
    struct bytes back = bytes_of(packed, n);
    assert_int_equal(packing_unpack(packing, &back, &with, value.n, &unpacked), LARDER_OK);
    assert_true(bytes_equal(back, value));
    assert_int_equal(with, flags);

    for (uint32_t cut = 0; cut < n && cut < 300; cut++) {
        char *some = malloc(cut); /* of the exact size, so that the sanitizer finds a read beyond its end */
        assert_true(some != NULL || cut == 0);
        memcpy(some, packed, cut);
        back = bytes_of(some, cut);
        with = packed_flags;
        if (packing_unpack(packing, &back, &with, value.n, &unpacked) == LARDER_OK)
            fail_msg("cut at %u of %u", cut, n);
        assert_int_equal(back.n, 0);
        free(some);
    }
    free(packed);
    packing_forget(&unpacked);
    assert_null(unpacked);
}

static void
conventions(void **state)
{
    static const char *const names[] = {"pylibmc", "php-zlib", "php-fastlz"};
    static const size_t sizes[] = {0, 1, 4, 5, 6, 100, 5000, 200000};
    const struct packing *packing;
    char *value = malloc(N_MOST);

    (void)state;
    assert_true(packing_named("none", &packing));
    assert_null(packing);
    assert_false(packing_named("zip", &packing));
    if (!deflate_available())
        skip();
    for (size_t i = 0; i < N_OF(names); i++) {
        assert_true(packing_named(names[i], &packing) && packing_works(packing));
        for (unsigned kind = 0; kind < 4; kind++)
            for (size_t k = 0; k < N_OF(sizes); k++) {
                fill(value, sizes[k], kind);
                must_come_back(packing, bytes_of(value, sizes[k]), 0xffff0002);
            }
    }
    free(value);
}

static void
refused(void **state)
{
    static const struct {
        const char *name;
        struct bytes value;
        uint32_t flags;
        size_t max;
        int code;
    } rows[] = {
        {"pylibmc", BYTES("not zlib's"), 8, 100, LARDER_BAD_VALUE},
        {"php-zlib", BYTES("\5\0\0\0not zlib's"), 0x30, 100, LARDER_BAD_VALUE},
        {"php-zlib", BYTES("\3\0\0\0\2abc"), 0x10, 100, LARDER_BAD_VALUE}, /* the flags name no algorithm */
        {"php-zlib", BYTES("\3\0\0\0\2abc"), 0x90, 100,
            LARDER_BAD_VALUE}, /* an algorithm that the library does not have */
        {"php-zlib", BYTES("\3\0\0"), 0x50, 100, LARDER_BAD_VALUE},
        {"php-zlib", BYTES("\377\377\377\377\2abc"), 0x50, 100, LARDER_TOO_LARGE},
        {"php-zlib", BYTES("\4\0\0\0\2abc"), 0x50, 100, LARDER_BAD_VALUE},
        {"php-zlib", BYTES("\3\0\0\0\2abc"), 0x50, 100, LARDER_OK},
        {"php-fastlz", BYTES("as it is"), 0x20, 100,
            LARDER_OK}, /* lacks the flag that all packed values have */
    };
    struct unpacked *unpacked = NULL;
    const struct packing *packing;

    (void)state;
    if (!deflate_available())
        skip();
    for (size_t i = 0; i < N_OF(rows); i++) {
        uint32_t flags = rows[i].flags;
        struct bytes value = rows[i].value;
        assert_true(packing_named(rows[i].name, &packing));
        assert_int_equal(packing_unpack(packing, &value, &flags, rows[i].max, &unpacked), rows[i].code);
    }
    packing_forget(&unpacked);
}

static void
bombs(void **state)
{
    struct unpacked *unpacked = NULL;
    const struct packing *packing;
    char *value = calloc(1, N_MOST), *packed;
    uint32_t n, flags = 0;

    (void)state;
    if (!deflate_available())
        skip();
    assert_true(packing_named("pylibmc", &packing));
    packing_pack(packing, bytes_of(value, N_MOST), &packed, &n, &flags);
    assert_true(packed != NULL && n < 1000);
    struct bytes back = bytes_of(packed, n);
    assert_int_equal(packing_unpack(packing, &back, &flags, N_MOST - 1, &unpacked), LARDER_TOO_LARGE);
    back = bytes_of(packed, n);
    assert_int_equal(packing_unpack(packing, &back, &flags, N_MOST, &unpacked), LARDER_OK);
    assert_int_equal(back.n, N_MOST);
    packing_forget(&unpacked);
    free(packed);
    free(value);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fastlz_there_and_back),
        cmocka_unit_test(fastlz_instructions),
        cmocka_unit_test(any_bytes),
        cmocka_unit_test(conventions),
        cmocka_unit_test(refused),
        cmocka_unit_test(bombs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
