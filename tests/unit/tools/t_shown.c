/* shown: foreign text as it is printed on a terminal. */
#include "tools/text/shown.h"

#include "tests/unit/unit.h"

#include <stdlib.h>

static const struct {
    const char *text;
    size_t n;
    const char *line, *lines; /* printed as one line; printed as a text of several lines */
} cases[] = {
#define CASE(text, line, lines)             \
    {                                       \
        text, sizeof(text) - 1, line, lines \
    }
    CASE("", "", ""), CASE("plain \\x1b \"text\" ~", "plain \\x1b \"text\" ~", "plain \\x1b \"text\" ~"),
    CASE("a\tb", "a\tb", "a\tb"), CASE("a\nb\n", "a\\x0ab\\x0a", "a\nb\n"),
    CASE("a\r\nb", "a\\x0d\\x0ab", "a\\x0d\nb"),
    CASE("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m", "\\x1b[31mred\\x1b[0m"),
    CASE("\x1b]0;title\a", "\\x1b]0;title\\x07", "\\x1b]0;title\\x07"),
    CASE("\x7f\x08", "\\x7f\\x08", "\\x7f\\x08"),
    CASE("\xc3\xbc \xe2\x82\xac \xf0\x9f\x98\x80", "\xc3\xbc \xe2\x82\xac \xf0\x9f\x98\x80",
        "\xc3\xbc \xe2\x82\xac \xf0\x9f\x98\x80"),
    CASE("\xc2\x9b"
         "31m",
        "\\xc2\\x9b31m", "\\xc2\\x9b31m"), /* U+009B begins an escape sequence, too */
    CASE("\xc2\xa0", "\xc2\xa0", "\xc2\xa0"),
    CASE("\x9b"
         "31m",
        "\\x9b31m", "\\x9b31m"),
    CASE("\xff\xc3", "\\xff\\xc3", "\\xff\\xc3"),
    CASE("\xed\xa0\x80", "\\xed\\xa0\\x80",
        "\\xed\\xa0\\x80"), /* half of a surrogate pair is not a character */
#undef CASE
};

/* The text that one of these functions wrote to a file. */
static char written[8192];

static FILE *
begin(void)
{
    memset(written, 0, sizeof written);
    FILE *f = fmemopen(written, sizeof written, "w");
    assert_non_null(f);
    return f;
}

static void
test_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        FILE *f = begin();
        shown_put(f, bytes_of(cases[i].text, cases[i].n));
        fclose(f);
        assert_string_equal(written, cases[i].lines);
    }
    FILE *f = begin();
    shown_put(f, bytes_of("a\0b", 3));
    fclose(f);
    assert_string_equal(written, "a\\x00b");
}

static void
test_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        char wanted[256], room[256];
        FILE *f = begin();
        shown_line(f, "<%s|%d>", cases[i].text, 7);
        fclose(f);
        snprintf(wanted, sizeof wanted, "<%s|7>\n", cases[i].line);
        assert_string_equal(written, wanted);
        assert_string_equal(shown_text(cases[i].text, room, sizeof room), cases[i].line);
    }
}

/* Text of any length; in a buffer that is too short it is cut before a whole character or escape. */
static void
test_long(void **state)
{
    (void)state;
    static const size_t lengths[] = {1022, 1023, 1024, 1025, 5000};
    char text[6000];
    for (size_t i = 0; i < N_OF(lengths); i++) {
        memset(text, 'x', sizeof text);
        text[lengths[i]] = '\0';
        FILE *f = begin();
        shown_line(f, "%s", text);
        fclose(f);
        assert_int_equal(strlen(written), lengths[i] + 1);
        assert_int_equal(strspn(written, "x"), lengths[i]);
    }
    char room[8];
    assert_string_equal(shown_text("abcdefghi", room, sizeof room), "abcdefg");
    assert_string_equal(shown_text("abc\x1b", room, sizeof room), "abc\\x1b");
    assert_string_equal(shown_text("abcd\x1b", room, sizeof room), "abcd");
    assert_string_equal(shown_text("abcdef\xc3\xbc", room, sizeof room), "abcdef");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_line),
        cmocka_unit_test(test_long),
    };
    return cmocka_run_group_tests_name("shown", tests, NULL, NULL);
}
