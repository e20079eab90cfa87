/* utf8: what is a character, which, and how long; overlong forms, surrogates and broken ones are none. */
#include "base/text/utf8.h"

#include "tests/unit/unit.h"

static void
utf8_is_told_from_bytes(void **state)
{
    (void)state;
    static const char *const good[] = {"", "a", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
        "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {"\x80", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2g", "\xe0\x9f\xbf",
        "\xed\xa0\x80", "\xef\xbf", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"};
    for (size_t i = 0; i < N_OF(good); i++)
        assert_true(utf8_is_valid(bytes_of(good[i], strlen(good[i]))));
    for (size_t i = 0; i < N_OF(bad); i++)
        assert_false(utf8_is_valid(bytes_of(bad[i], strlen(bad[i]))));
}

static void
characters_have_a_length_and_a_number(void **state)
{
    (void)state;
    uint32_t code;
    assert_int_equal(utf8_character("a\xc3\xbc", 3, &code), 1);
    assert_int_equal(code, 'a');
    assert_int_equal(utf8_character("\xc3\xbc"
                                    "a",
                         3, &code),
        2);
    assert_int_equal(code, 0xfc);
    assert_int_equal(utf8_character("\xf0\x9f\x98\x80", 4, &code), 4);
    assert_int_equal(code, 0x1f600);
    assert_int_equal(utf8_character("\xc3\xbc", 1, &code), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_is_told_from_bytes),
        cmocka_unit_test(characters_have_a_length_and_a_number),
    };
    return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
