/*
 * keyhash: the results that published descriptions and the clients in use give for a few strings;
 * tests/client/rings.py compares thousands.
 */
#include "tests/unit/unit.h"

#include "client/route/keyhash.h"

#include <openssl/evp.h>
#include <stdlib.h>

static const struct {
    enum keyhash_kind kind;
    const char *text;
    uint64_t wanted;
} vectors[] = {
    {KEYHASH_ONE_AT_A_TIME, "a", 0xca2e9442},
    {KEYHASH_ONE_AT_A_TIME, "hello world", 0x3e4a5a57},
    {KEYHASH_ONE_AT_A_TIME, "\xff\x80\x81", 0x97479a64},
    {KEYHASH_MD5, "", 0xd98c1dd4},
    {KEYHASH_MD5, "abc", 0x98500190},
    {KEYHASH_CRC16, "1", 0x2672},
    {KEYHASH_CRC32A, "123456789", 0xcbf43926},
    {KEYHASH_CRC32, "hello world", 0x0d4a},
    {KEYHASH_FNV1_64, "hello world", 0xb1910e6f},
    {KEYHASH_FNV1_64, "\xff\x80\x81", 0x93ed8021},
    {KEYHASH_FNV1A_64, "hello world", 0x023cd2e7},
    {KEYHASH_FNV1A_64, "\xff\x80\x81", 0x8dffbf51},
    {KEYHASH_FNV1_32, "hello world", 0x548da96f},
    {KEYHASH_FNV1_32, "\xff\x80\x81", 0xcf4cf2e1},
    {KEYHASH_FNV1A_32, "hello world", 0xd58b3fa7},
    {KEYHASH_FNV1A_32, "\xff\x80\x81", 0x63231291},
    {KEYHASH_MURMUR, "hello world", 0x5e19153b},
    {KEYHASH_MURMUR, "\xff\x80\x81", 0x69034d2b},
    {KEYHASH_MURMUR3, "hello world", 0xa292005d},
    {KEYHASH_MURMUR3, "\xff\x80\x81", 0x8015c49d},
    {KEYHASH_JENKINS, "", 0xdeadbefc},
    {KEYHASH_JENKINS, "0123456789abcdef", 0xe022e949},
    {KEYHASH_JENKINS, "\xff\x80\x81", 0xe7febc08},
    {KEYHASH_XXH3, "", 0x2d06800538d394c2},
};

static void
hashes_are_those_that_others_compute(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(vectors); i++) {
        uint64_t got = keyhash_of(vectors[i].kind)(vectors[i].text, strlen(vectors[i].text));
        if (got != vectors[i].wanted)
            fail_msg("%s of \"%s\" is %llx", keyhash_word(vectors[i].kind), vectors[i].text,
                (unsigned long long)got);
    }
}

static void
digests_are_openssl_s(void **state)
{
    (void)state;
    char text[300];
    for (size_t n = 0; n < sizeof text; n++) {
        for (size_t i = 0; i < n; i++)
            text[i] = (char)(i * 37 + n);
        unsigned char md5[16], sha1[20];
        uint32_t word[4];
        assert_true(EVP_Digest(text, n, md5, NULL, EVP_md5(), NULL));
        assert_true(EVP_Digest(text, n, sha1, NULL, EVP_sha1(), NULL));
        keyhash_md5_words(text, n, word);
        for (int i = 0; i < 16; i++)
            assert_int_equal(word[i / 4] >> (8 * (i % 4)) & 0xff, md5[i]);
        uint32_t first = keyhash_sha1_word(text, n);
        for (int i = 0; i < 4; i++)
            assert_int_equal(first >> (24 - 8 * i) & 0xff, sha1[i]);
    }
}

/* Each hash reads its key and not one byte after it, which the sanitizers check. */
static void
every_length_is_read_to_its_end(void **state)
{
    (void)state;
    for (int kind = KEYHASH_OWN + 1; kind < N_KEYHASHES; kind++)
        for (size_t n = 0; n < 100; n++) {
            keyhash_function hash = keyhash_of((enum keyhash_kind)kind);
            char longer[128], *exact = malloc(n == 0 ? 1 : n);
            assert_non_null(exact);
            memset(longer, 'x', sizeof longer);
            memset(exact, 'x', n);
            assert_true(hash(exact, n) == hash(longer, n));
            free(exact);
        }
}

static void
names_are_found(void **state)
{
    (void)state;
    for (int kind = KEYHASH_OWN; kind < N_KEYHASHES; kind++) {
        enum keyhash_kind found = N_KEYHASHES;
        assert_true(keyhash_named(keyhash_word((enum keyhash_kind)kind), &found));
        assert_int_equal(found, kind);
    }
    enum keyhash_kind found = N_KEYHASHES;
    assert_true(keyhash_named("one-at-a-time", &found));
    assert_int_equal(found, KEYHASH_ONE_AT_A_TIME);
    assert_false(keyhash_named("md", &found));
    assert_false(keyhash_named("md55", &found));
    assert_false(keyhash_named("", &found));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_are_those_that_others_compute),
        cmocka_unit_test(digests_are_openssl_s),
        cmocka_unit_test(every_length_is_read_to_its_end),
        cmocka_unit_test(names_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
