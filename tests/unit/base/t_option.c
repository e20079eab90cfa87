/* option: values of every kind and back, the command line and files, what is said of mistakes, and rows of the help. */
#include "base/option/option.h"

#include "tests/unit/unit.h"

#include <stdlib.h>

/* ---- a program with a setting of each kind --------------------------------- */

struct fields {
    bool flag, on;
    char c;
    uint32_t repeat, number, octal, choice;
    int32_t port;
    uint64_t wide, scaled, ms, own;
    int64_t below;
    size_t kib, size;
    double factor;
    struct option_range range;
    struct option_ratio ratio;
    char *string, *text, *file, *list, *word;
};

enum id {
    FLAG,
    ON,
    CHAR,
    REPEAT,
    NUMBER,
    OCTAL,
    CHOICE,
    PORT,
    WIDE,
    SCALED,
    MS,
    OWN,
    BELOW,
    KIB,
    SIZE,
    FACTOR,
    RANGE,
    RATIO,
    STRING,
    TEXT,
    FILE_,
    LIST,
    WORD,
    N_IDS
};

static enum option_read
read_own(const struct option_row *row, void *field, const char *text)
{
    (void)row;
    if (strcmp(text, "all") != 0)
        return OPTION_MISREAD;
    *(uint64_t *)field = UINT64_MAX;
    return OPTION_READ;
}

static void
print_own(const struct option_row *row, const void *field, FILE *out)
{
    (void)row;
    fputs(*(const uint64_t *)field == UINT64_MAX ? "all" : "none", out);
}

static void
expect_own(const struct option_row *row, char *text, size_t n_text)
{
    (void)row;
    snprintf(text, n_text, "all");
}

static const struct option_own own = {sizeof(uint64_t), read_own, print_own, expect_own};

#define SETTING(id_, kind_, letter_, name_, field, argument_, ...)                                         \
    {                                                                                                      \
        .type = ROW_SETTING, .kind = KIND_##kind_, .id = (id_), .letter = (letter_), .name = name_,        \
        .at = offsetof(struct fields, field), .argument = argument_, .help = "help of " name_, __VA_ARGS__ \
    }

static const struct option_row rows[] = {
    {.type = ROW_GROUP, .help = "All kinds"},
    SETTING(FLAG, FLAG, 'f', "flag", flag, ""),
    SETTING(ON, SWITCH, 0, "on", on, "", .is_word = true),
    SETTING(CHAR, CHAR, 0, "char", c, "<char>"),
    SETTING(REPEAT, REPEAT, 'v', "repeat", repeat, "", .most = 3, .def = "0"),
    SETTING(
        NUMBER, NUMBER, 'n', "number", number, "<num>", .least = 1, .most = 10, .def = "4", .note = "a note"),
    SETTING(OCTAL, OCTAL, 0, "octal", octal, "<mode>", .most = 0777),
    SETTING(CHOICE, CHOICE, 0, "choice", choice, "one|two|three"),
    SETTING(PORT, PORT, 'p', "port", port, "[<port>]", .least = -1, .most = 65535, .def = "11211"),
    SETTING(WIDE, WIDE, 0, "wide", wide, "<num>"),
    SETTING(SCALED, SCALED, 0, "scaled", scaled, "<num>", .least = 1),
    SETTING(MS, MILLISECONDS, 0, "ms", ms, "<time>"),
    SETTING(OWN, OWN, 0, "own", own, "<own>"),
    SETTING(BELOW, SIGNED, 0, "below", below, "<num>"),
    SETTING(KIB, KIBIBYTES, 0, "kib", kib, "<KiB>", .most = 100),
    SETTING(SIZE, SIZE, 0, "size", size, "<size>", .least = 1024, .most = 1 << 30),
    SETTING(FACTOR, FACTOR, 0, "factor", factor, "<num>", .least = 1, .most = 2),
    SETTING(RANGE, RANGE, 0, "range", range, "<min-max>", .most = 100),
    SETTING(RATIO, RATIO, 0, "ratio", ratio, "<a:b>"),
    SETTING(STRING, STRING, 0, "string", string, "<any>"),
    SETTING(TEXT, TEXT, 't', "text", text, "<text>"),
    {.type = ROW_SYNONYM, .letter = 'T', .name = "words", .id = TEXT},
    SETTING(FILE_, FILE, 0, "file", file, "<file>"),
    SETTING(LIST, LIST, 'l', "list", list, "<list>", .def = "x"),
    SETTING(WORD, WORD, 0, "word", word, "red|green"),
    {.type = ROW_IGNORED,
        .kind = KIND_NUMBER,
        .letter = 'i',
        .name = "ignored",
        .argument = "<num>",
        .least = 1,
        .most = 5,
        .note = "it does nothing"},
    {.type = ROW_REFUSED, .is_word = true, .name = "ext_", .argument = "", .note = "there is none"},
    {.type = ROW_ACTION, .id = 7, .letter = 'h', .name = "help", .argument = "", .help = "print this"},
};

static const struct option_table table = {rows, N_OF(rows), "prog", "prog --help", &own};

static const struct option_row *
row_named(const char *name)
{
    bool no;
    struct bytes b = bytes_of(name, strlen(name));
    const struct option_row *row = option_row_of_name(&table, b, false, &no);
    return row != NULL ? row : option_row_of_name(&table, b, true, &no);
}

/* ---- values ---------------------------------------------------------------- */

static void
test_values_and_back(void **state)
{
    (void)state;
    static const struct {
        const char *name, *written, *printed;
    } values[] = {{"flag", "yes", "yes"}, {"on", "no", "no"}, {"char", ":", ":"}, {"repeat", "2", "2"},
        {"number", " 7 ", "7"}, {"octal", "700", "700"}, {"choice", "two", "two"}, {"port", "-1", "-1"},
        {"wide", "18446744073709551615", "18446744073709551615"}, {"scaled", "2k", "2000"},
        {"scaled", "3g", "3000000000"}, {"ms", "5", "5000ms"}, {"ms", "1.5s", "1500ms"}, {"ms", "0", "0ms"},
        {"ms", "0.5", "500ms"}, {"ms", "200ms", "200ms"}, {"ms", "2s", "2000ms"}, {"own", "all", "all"},
        {"below", "-9223372036854775808", "-9223372036854775808"}, {"kib", "3", "3"}, {"size", "2048", "2k"},
        {"size", "3M", "3m"}, {"size", "1025", "1025"}, {"factor", "1.25", "1.25"}, {"factor", "2", "2"},
        {"range", "8-20", "8-20"}, {"range", "9", "9-9"}, {"ratio", "1:10", "1:10"}, {"string", "", ""},
        {"text", "a b", "a b"}, {"file", "a", "/dir/a"}, {"file", "/a", "/a"}, {"list", "a, b;a,c", "a,b,c"},
        {"word", "green", "green"}};
    for (size_t i = 0; i < N_OF(values); i++) {
        struct fields f = {0}, again = {0};
        const struct option_row *row = row_named(values[i].name);
        if (option_read(&table, row, option_field(row, &f), values[i].written, "/dir") != OPTION_READ)
            fail_msg("%s: \"%s\" is refused", row->name, values[i].written);
        char *text = option_text(&table, row, option_field(row, &f));
        assert_string_equal(text, values[i].printed);
        assert_int_equal(option_read(&table, row, option_field(row, &again), text, NULL), OPTION_READ);
        assert_true(option_equal(&table, row, option_field(row, &f), option_field(row, &again)));
        free(text);
        option_clear_all(&table, &f);
        option_clear_all(&table, &again);
    }
}

static void
test_what_is_no_value(void **state)
{
    (void)state;
    static const struct {
        const char *name, *written;
    } values[] = {{"flag", "maybe"}, {"on", ""}, {"char", ""}, {"char", "ab"}, {"number", "0"},
        {"number", "11"}, {"number", "1x"}, {"number", ""}, {"number", "1k"},
        {"number", "99999999999999999999"}, {"octal", "8"}, {"octal", "1000"}, {"choice", "four"},
        {"choice", "tw"}, {"choice", ""}, {"port", "65536"}, {"wide", "-1"}, {"wide", " 1"},
        {"wide", "18446744073709551616"}, {"scaled", "0"}, {"scaled", "1K2"},
        {"scaled", "9223372036854775807g"}, {"ms", ""}, {"ms", "s"}, {"ms", "1h"}, {"ms", "-1"},
        {"ms", "nan"}, {"ms", "1e13"}, {"own", "some"}, {"below", "x"}, {"kib", "101"}, {"size", "1023"},
        {"size", "2g"}, {"size", "9223372036854775807m"}, {"factor", "1"}, {"factor", "2.1"},
        {"factor", "nan"}, {"factor", "1.5x"}, {"range", "20-8"}, {"range", "8-101"}, {"range", "-"},
        {"range", "8-"}, {"ratio", "1"}, {"ratio", "1:"}, {"ratio", "1:2:3"}, {"text", ""}, {"file", ""},
        {"list", ""}, {"list", ",;"}, {"word", "blue"}, {"word", ""}};
    for (size_t i = 0; i < N_OF(values); i++) {
        struct fields f = {0}, untouched = {0};
        const struct option_row *row = row_named(values[i].name);
        char expected[96];
        if (option_read(&table, row, option_field(row, &f), values[i].written, NULL) != OPTION_MISREAD)
            fail_msg("%s takes \"%s\"", row->name, values[i].written);
        assert_true(option_equal(&table, row, option_field(row, &f), option_field(row, &untouched)));
        option_expects(&table, row, expected, sizeof expected);
        assert_true(strlen(expected) > 2);
    }
}

static void
test_bounds_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *name, *expected;
    } values[] = {{"number", "a number from 1 to 10"}, {"port", "a number from -1 to 65535"},
        {"wide", "a number"}, {"below", "a whole number"}, {"scaled", "a number from 1"},
        {"size", "bytes from 1k to 1024m, plain or with the suffix k or m"},
        {"factor", "a number over 1 and up to 2"}, {"octal", "an octal number up to 777"},
        {"range", "a number from 0 to 100, or <min-max>"}, {"word", "one of red|green"}, {"own", "all"}};
    for (size_t i = 0; i < N_OF(values); i++) {
        char expected[96];
        option_expects(&table, row_named(values[i].name), expected, sizeof expected);
        assert_string_equal(expected, values[i].expected);
    }
}

static void
read_without_bound(void)
{
    static const struct option_row row = {.kind = KIND_NUMBER, .name = "boundless"};
    uint32_t field;
    assert_int_equal(option_read(&table, &row, &field, "4294967297", NULL), OPTION_READ);
}

/* Without one the field would become 1. */
static void
test_a_narrow_field_needs_a_bound(void **state)
{
    (void)state;
    unit_must_die(read_without_bound, "row->most > 0");
}

/* ---- sources --------------------------------------------------------------- */

/* What became of a command line. */
struct parsed {
    struct fields f;
    uint32_t origin[N_IDS];
    int action, next;
    char said[1024];
};

static bool
parse(struct parsed *p, const char *line)
{
    static char copy[256];
    static char *argv[32];
    int argc = 1;
    argv[0] = copy;
    snprintf(copy, sizeof copy, "prog %s", line);
    (void)strtok(copy, " ");
    for (char *w = strtok(NULL, " "); w != NULL; w = strtok(NULL, " "))
        argv[argc++] = w;
    memset(p, 0, sizeof *p);
    FILE *err = fmemopen(p->said, sizeof p->said, "w");
    struct option_source s = {.table = &table, .fields = &p->f, .origin = p->origin, .err = err};
    struct option_line l;
    const struct option_row *row;
    const char *value;
    enum option_line_result r;
    assert_true(option_fields_set_defaults(&table, &p->f));
    option_line_begin(&l, &s, argc, argv);
    bool ok = true;
    while (ok && (r = option_line_next(&l, &row, &value)) != OPTION_LINE_END) {
        if (r == OPTION_LINE_ROW && row->type == ROW_ACTION)
            p->action = row->id;
        else
            ok = r == OPTION_LINE_ROW && option_set(&s, row, value, false);
    }
    p->next = argc - l.next;
    fclose(err);
    return ok;
}

static void
must_say(const char *line, const char *want)
{
    struct parsed p;
    assert_false(parse(&p, line));
    assert_string_equal(p.said, want);
    option_clear_all(&table, &p.f);
}

static void
test_command_line(void **state)
{
    (void)state;
    struct parsed p;
    assert_true(parse(&p, ""));
    assert_true(p.f.number == 4 && p.f.port == 11211 && p.origin[NUMBER] == 0);
    assert_string_equal(p.f.list, "x");
    option_clear_all(&table, &p.f);

    assert_true(parse(&p, "-fn5 --port word --scaled=2m -v -v -l a -l b -T me -h -- -x"));
    assert_true(p.f.flag && p.f.number == 5 && p.f.port == 11211 && p.f.scaled == 2000000 && p.f.repeat == 2);
    assert_string_equal(p.f.list, "a,b"); /* a default is not added to */
    assert_string_equal(p.f.text, "me");  /* by the synonym */
    assert_true(p.origin[NUMBER] == OPTION_FROM_COMMAND_LINE && p.origin[WIDE] == 0);
    assert_int_equal(p.action, 7);
    assert_int_equal(p.next, 2);
    assert_string_equal(p.said, "prog: -n (--number): warning: a note\n");
    option_clear_all(&table, &p.f);

    assert_true(parse(&p, "--flag=no --number 4 -i 3"));
    assert_false(p.f.flag);
    assert_string_equal(
        p.said, "prog: -i (--ignored): warning: it does nothing\n"); /* and none for a default */
    option_clear_all(&table, &p.f);
}

static void
test_mistakes_are_named(void **state)
{
    (void)state;
    must_say("-Q", "prog: unknown option -Q; prog --help lists all\n");
    must_say("--nonsense=5", "prog: unknown option --nonsense=5; prog --help lists all\n");
    must_say("-n", "prog: -n (--number) needs <num>: help of number\n");
    must_say("--help=5", "prog: -h (--help) takes no value\n");
    must_say(
        "-n x", "prog: -n (--number) cannot be \"x\": expected a number from 1 to 10 (help of number)\n");
    must_say("--wide=", "prog: --wide cannot be \"\": expected a number (help of wide)\n");
    must_say("--words=", "prog: -t (--text) cannot be \"\": expected <text> (help of text)\n");
    must_say("-i 9",
        "prog: -i (--ignored): warning: it does nothing\n"
        "prog: -i (--ignored) cannot be \"9\": expected a number from 1 to 5 (it does nothing)\n");
}

static void
test_files_and_words(void **state)
{
    (void)state;
    struct fields f = {0};
    uint32_t origin[N_IDS] = {[NUMBER] = OPTION_FROM_COMMAND_LINE};
    char said[1024] = "";
    bool no;
    FILE *err = fmemopen(said, sizeof said, "w");
    struct option_source s = {
        .table = &table, .fields = &f, .origin = origin, .err = err, .file = "f", .line = 3, .cwd = "/"};
    assert_true(option_set(&s, row_named("file"), "a", false));
    assert_string_equal(f.file, "/a");
    assert_int_equal(origin[FILE_], 3);
    assert_true(option_set(&s, row_named("number"), "9", false)); /* the command line has said it */
    assert_int_equal(f.number, 0);
    assert_false(option_set(&s, row_named("number"), "99", false)); /* wrong is wrong all the same */
    assert_false(option_set(&s, row_named("wide"), NULL, false));
    const struct option_row *on = option_row_of_name(&table, BYTES("no_on"), true, &no);
    assert_true(on == row_named("on") && no);
    f.on = true;
    assert_true(option_set(&s, on, NULL, no) && !f.on);
    assert_false(option_set(&s, on, "yes", no));
    assert_true(option_row_of_name(&table, BYTES("ext_path"), true, &no)->type == ROW_REFUSED);
    assert_null(option_row_of_name(&table, BYTES("on"), false, &no));
    fclose(err);
    assert_string_equal(said,
        "prog: f:3: number cannot be \"99\": expected a number from 1 to 10 (help of number)\n"
        "prog: f:3: wide needs a value: expected a number (help of wide)\n"
        "prog: f:3: on: no_on takes no value\n");
    option_clear_all(&table, &f);
}

static void
test_copies_own_their_texts(void **state)
{
    (void)state;
    struct parsed p;
    assert_true(parse(&p, "-t a"));
    struct fields copy = p.f;
    assert_true(option_copy_texts(&table, &copy, &p.f));
    option_clear_all(&table, &p.f);
    assert_string_equal(copy.text, "a");
    assert_null(copy.word);
    assert_null(p.f.text);
    option_clear_all(&table, &copy);
}

/* ---- help ------------------------------------------------------------------ */

static void
test_help(void **state)
{
    (void)state;
    static const struct option_layout wide = {.column = 24, .room = 20, .equals = '='},
                                      flat = {.column = 18, .equals = ' ', .names_words = true};
    char text[1024] = "";
    FILE *out = fmemopen(text, sizeof text, "w");
    option_help_row(out, row_named("number"), NULL, &wide);
    option_help_row(out, row_named("port"), "5", &wide);
    option_help_row(out, row_named("on"), NULL, &wide);
    option_help_row(out, row_named("word"), NULL, &flat);
    option_help_row(out, row_named("flag"), NULL, &flat);
    option_help_wrap(out, "one two threefour five", 7, "# ");
    fclose(out);
    assert_string_equal(text, "  -n, --number=<num>    help of number\n"
                              "                        (default: 4)\n"
                              "  -p, --port[=<port>]   help of port\n"
                              "                        (default: 5)\n"
                              "     [no_]on            help of on\n"
                              "      --word WORD help of word: red|green\n"
                              "  -f, --flag      help of flag\n"
                              "one two\n# threefo\n# ur five\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_and_back),
        cmocka_unit_test(test_what_is_no_value),
        cmocka_unit_test(test_bounds_are_told),
        cmocka_unit_test(test_a_narrow_field_needs_a_bound),
        cmocka_unit_test(test_command_line),
        cmocka_unit_test(test_mistakes_are_named),
        cmocka_unit_test(test_files_and_words),
        cmocka_unit_test(test_copies_own_their_texts),
        cmocka_unit_test(test_help),
    };
    return cmocka_run_group_tests_name("option", tests, NULL, NULL);
}
