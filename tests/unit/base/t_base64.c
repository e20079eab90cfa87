/* base64: RFC 4648's examples, all byte values encoded and decoded, and text that is not base64. */
#include "base/text/base64.h"

#include <stdlib.h>

#include "tests/unit/unit.h"

static void
check_pair(const char *raw, const char *text)
{
    struct bytes from = bytes_of(raw, strlen(raw));
    char room[64];
    size_t n;

    assert_int_equal(BASE64_ENCODED(from.n), strlen(text));
    assert_ptr_equal(base64_encode(room, from), room + strlen(text));
    assert_memory_equal(room, text, strlen(text));
    if (from.n == 0)
        return;
    assert_true(base64_decode(bytes_of(text, strlen(text)), room, &n));
    assert_int_equal(n, from.n);
    assert_memory_equal(room, raw, n);
}

static void
rfc_examples(void **state)
{
    (void)state;
    check_pair("", "");
    check_pair("f", "Zg==");
    check_pair("fo", "Zm8=");
    check_pair("foo", "Zm9v");
    check_pair("foob", "Zm9vYg==");
    check_pair("fooba", "Zm9vYmE=");
    check_pair("foobar", "Zm9vYmFy");
    check_pair("\xfb\xff\xbf", "+/+/");
}

/* Decodes into memory of exactly the size that the header promises. */
static void
encoded_and_decoded(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 300; n++) {
        char *raw = malloc(n), *text = malloc(BASE64_ENCODED(n));
        char *back = malloc(BASE64_DECODED_MAX(BASE64_ENCODED(n)));
        size_t n_back;
        for (size_t i = 0; i < n; i++)
            raw[i] = (char)(i * 37 + n);
        assert_ptr_equal(base64_encode(text, bytes_of(raw, n)), text + BASE64_ENCODED(n));
        assert_true(base64_decode(bytes_of(text, BASE64_ENCODED(n)), back, &n_back));
        assert_int_equal(n_back, n);
        assert_memory_equal(back, raw, n);
        free(raw);
        free(text);
        free(back);
    }
}

static void
no_base64(void **state)
{
    static const char *const bad[] = {"", "Z", "Zg", "Zg=", "Zm9vZ", "====", "Z===", "=g==", "Zg=a",
        "Zm9v====", "Zg==Zg==", "Zm=v", "Zm9-", "Zm9_", "Zm9 ", " Zm9", "Zm9\n", "Zm9\x80", "Zm9v Zm9"};
    (void)state;
    for (size_t i = 0; i < N_OF(bad); i++) {
        char room[16];
        size_t n;
        if (base64_decode(bytes_of(bad[i], strlen(bad[i])), room, &n))
            fail_msg("accepted \"%s\"", bad[i]);
    }
}

/* The last letter before the padding may have bits that belong to no byte. */
static void
unused_bits_before_padding(void **state)
{
    char room[3];
    size_t n;

    (void)state;
    assert_true(base64_decode(BYTES("Zm9="), room, &n));
    assert_int_equal(n, 2);
    assert_memory_equal(room, "fo", 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc_examples),
        cmocka_unit_test(encoded_and_decoded),
        cmocka_unit_test(no_base64),
        cmocka_unit_test(unused_bits_before_padding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
