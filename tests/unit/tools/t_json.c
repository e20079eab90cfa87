/* json, pairs: JSON output for programs, and names and values parsed from the lines of servers. */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "tools/json.h"
#include "tools/pairs.h"

/* The JSON that `f` wrote. */
static char written[4096];

static void
write_with(void (*f)(struct json *))
{
    FILE *out = fmemopen(written, sizeof written, "w");
    assert_non_null(out);
    struct json j;
    json_begin(&j, out);
    f(&j);
    json_end(&j);
    assert_int_equal(fclose(out), 0);
}

static void
of_each_kind(struct json *j)
{
    json_text(j, "text", "a\"b\\c\n\x7f\xc3\xbc");
    json_bytes(j, "raw", bytes_of("\xff\x00\x01", 3));
    json_text(j, "na\"m\x1b\xff", "\xc2\x9b");
    json_number(j, "least", INT64_MIN);
    json_unsigned(j, "most", UINT64_MAX);
    json_real(j, "real", 0.5);
    json_bool(j, "yes", true);
    json_bool(j, "no", false);
}

static void
nothing(struct json *j)
{
    (void)j;
}

static void
values_of_each_kind(void **state)
{
    (void)state;
    write_with(of_each_kind);
    assert_string_equal(written,
        "{\"text\": \"a\\\"b\\\\c\\u000a\\u007f\xc3\xbc\", \"raw_base64\": \"/wAB\", "
        "\"na\\\"m\\u001b\\u00ff\": \"\\u009b\", "
        "\"least\": -9223372036854775808, \"most\": 18446744073709551615, \"real\": 0.500, "
        "\"yes\": true, \"no\": false}\n");
    write_with(nothing);
    assert_string_equal(written, "{}\n");
}

static const char *word;

static void
one_word(struct json *j)
{
    json_word(j, "w", bytes_of(word, strlen(word)));
}

static void
words_are_numbers_only_as_json_has_them(void **state)
{
    (void)state;
    static const char *const numbers[] = {"0", "-1", "12", "0.25", "10.5", "12345678901234567890"};
    static const char *const texts[] = {"", "-", "01", "00", "1.", ".5", "1.2.3", "+1", "1e5", "0x1", "--1",
        "1-", "-.5", "-01", "123456789012345678901"};
    char wanted[64];
    for (size_t i = 0; i < N_OF(numbers); i++) {
        word = numbers[i];
        write_with(one_word);
        snprintf(wanted, sizeof wanted, "{\"w\": %s}\n", word);
        assert_string_equal(written, wanted);
    }
    for (size_t i = 0; i < N_OF(texts); i++) {
        word = texts[i];
        write_with(one_word);
        snprintf(wanted, sizeof wanted, "{\"w\": \"%s\"}\n", word);
        assert_string_equal(written, wanted);
    }
}

static void
utf8_is_told_from_bytes(void **state)
{
    (void)state;
    static const char *const good[] = {"", "a", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
        "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {"\x80", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2g", "\xe0\x9f\xbf",
        "\xed\xa0\x80", "\xef\xbf", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"};
    for (size_t i = 0; i < N_OF(good); i++)
        assert_true(json_is_utf8(bytes_of(good[i], strlen(good[i]))));
    for (size_t i = 0; i < N_OF(bad); i++)
        assert_false(json_is_utf8(bytes_of(bad[i], strlen(bad[i]))));
}

static void
pairs_are_taken_in_turn(void **state)
{
    (void)state;
    static const char line[] = " key=a%20b exp=-1  word x= \r\n";
    struct bytes rest = bytes_of(line, sizeof line - 1), name, value;
    assert_true(pairs_next(&rest, &name, &value));
    assert_true(bytes_equal(name, BYTES("key")) && bytes_equal(value, BYTES("a%20b")));
    assert_true(pairs_next(&rest, &name, &value));
    assert_true(bytes_equal(name, BYTES("exp")) && bytes_equal(value, BYTES("-1")));
    assert_true(pairs_next(&rest, &name, &value));
    assert_true(name.n == 0 && bytes_equal(value, BYTES("word")));
    assert_true(pairs_next(&rest, &name, &value));
    assert_true(bytes_equal(name, BYTES("x")) && value.n == 0);
    assert_false(pairs_next(&rest, &name, &value));
}

static void
keys_are_unescaped(void **state)
{
    (void)state;
    char out[16];
    assert_int_equal(pairs_unescape(BYTES("a%20B%2f%2F"), out), 5);
    assert_memory_equal(out, "a B//", 5);
    assert_int_equal(pairs_unescape(BYTES("%00"), out), 1);
    assert_int_equal(pairs_unescape(BYTES("%"), out), 0);
    assert_int_equal(pairs_unescape(BYTES("a%2"), out), 0);
    assert_int_equal(pairs_unescape(BYTES("a%2g"), out), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_each_kind),
        cmocka_unit_test(words_are_numbers_only_as_json_has_them),
        cmocka_unit_test(utf8_is_told_from_bytes),
        cmocka_unit_test(pairs_are_taken_in_turn),
        cmocka_unit_test(keys_are_unescaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
