/* json: what is written is JSON, whatever is in it, and brackets that do not fit abort. */
#include "base/text/json.h"

#include "tests/unit/unit.h"

#include <math.h>

/* The JSON that `f` wrote. */
static char written[4096];

static void
write_as(enum json_style style, void (*f)(struct json *))
{
    FILE *out = fmemopen(written, sizeof written, "w");
    assert_non_null(out);
    struct json j;
    json_begin(&j, out, style);
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
    json_signed(j, "least", INT64_MIN);
    json_unsigned(j, "most", UINT64_MAX);
    json_real(j, "real", 0.5, 3);
    json_real(j, "none", NAN, 1);
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
    write_as(JSON_LINE, of_each_kind);
    assert_string_equal(written,
        "{\"text\": \"a\\\"b\\\\c\\u000a\\u007f\xc3\xbc\", \"raw_base64\": \"/wAB\", "
        "\"na\\\"m\\u001b\\u00ff\": \"\\u009b\", "
        "\"least\": -9223372036854775808, \"most\": 18446744073709551615, \"real\": 0.500, \"none\": 0.0, "
        "\"yes\": true, \"no\": false}\n");
    write_as(JSON_LINE, nothing);
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
        write_as(JSON_LINE, one_word);
        snprintf(wanted, sizeof wanted, "{\"w\": %s}\n", word);
        assert_string_equal(written, wanted);
    }
    for (size_t i = 0; i < N_OF(texts); i++) {
        word = texts[i];
        write_as(JSON_LINE, one_word);
        snprintf(wanted, sizeof wanted, "{\"w\": \"%s\"}\n", word);
        assert_string_equal(written, wanted);
    }
}

static void
nested(struct json *j)
{
    json_open(j, "o", '{');
    json_unsigned(j, "a", 1);
    json_open(j, "b", '[');
    json_unsigned(j, NULL, 2);
    json_text(j, NULL, "x");
    json_open(j, NULL, '{');
    json_close(j, '}');
    json_close(j, ']');
    json_close(j, '}');
    json_bool(j, "c", true);
}

static void
brackets_nest(void **state)
{
    (void)state;
    write_as(JSON_LINE, nested);
    assert_string_equal(written, "{\"o\": {\"a\": 1, \"b\": [2, \"x\", {}]}, \"c\": true}\n");
    write_as(JSON_INDENT, nested);
    assert_string_equal(written, "{\n  \"o\": {\n    \"a\": 1,\n    \"b\": [\n      2,\n      \"x\",\n      "
                                 "{}\n    ]\n  },\n  \"c\": true\n}\n");
    write_as(JSON_INDENT, nothing);
    assert_string_equal(written, "{}\n");
}

/* Each of these makes a mistake. */

static struct json
begun(void)
{
    struct json j;
    json_begin(&j, stderr, JSON_LINE);
    return j;
}

static void
close_with_another_bracket(void)
{
    struct json j = begun();
    json_open(&j, "o", '{');
    json_close(&j, ']');
}

static void
close_the_outermost(void)
{
    struct json j = begun();
    json_close(&j, '}');
}

static void
end_with_one_open(void)
{
    struct json j = begun();
    json_open(&j, "o", '{');
    json_end(&j);
}

static void
leave_a_name_out(void)
{
    struct json j = begun();
    json_bool(&j, NULL, true);
}

static void
name_an_element(void)
{
    struct json j = begun();
    json_open(&j, "o", '[');
    json_bool(&j, "a", true);
}

static void
nest_too_deep(void)
{
    struct json j = begun();
    for (int i = 0; i < JSON_DEPTH_MAX; i++)
        json_open(&j, i == 0 ? "o" : NULL, '[');
}

static void
mistakes_abort(void **state)
{
    (void)state;
    unit_must_die(close_with_another_bracket, "json.c");
    unit_must_die(close_the_outermost, "json.c");
    unit_must_die(end_with_one_open, "json.c");
    unit_must_die(leave_a_name_out, "json.c");
    unit_must_die(name_an_element, "json.c");
    unit_must_die(nest_too_deep, "json.c");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_each_kind),
        cmocka_unit_test(words_are_numbers_only_as_json_has_them),
        cmocka_unit_test(brackets_nest),
        cmocka_unit_test(mistakes_abort),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
