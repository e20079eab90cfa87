/* uri: the bytes that stand for themselves, and the text of all others. */
#include "base/text/uri.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"

static void
must_encode(struct bytes raw, const char *text)
{
    char room[64];
    assert_true(URI_ENCODED_MAX(raw.n) <= sizeof room);
    assert_ptr_equal(uri_encode(room, raw), room + strlen(text));
    assert_memory_equal(room, text, strlen(text));
}

static void
test_examples(void **state)
{
    (void)state;
    must_encode(BYTES(""), "");
    must_encode(BYTES("plain-key_1.a~"), "plain-key_1.a~");
    must_encode(BYTES("a b\r\n"), "a%20b%0D%0A");
    must_encode(BYTES("100%"), "100%25");
    must_encode(BYTES("\0\xff/:"), "%00%FF%2F%3A");
}

/* Each byte is itself or %XX, and 66 are themselves. */
static void
test_every_byte(void **state)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    (void)state;
    for (int i = 0; i < 256; i++) {
        char c = (char)i, text[4] = {c};
        if (memchr(plain, c, sizeof plain - 1) == NULL)
            snprintf(text, sizeof text, "%%%02X", (unsigned)i);
        must_encode(bytes_of(&c, 1), text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_every_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
