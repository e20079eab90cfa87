/*
 * parse: where requests begin and end, which word is which command, bodies, and the numbers that all lines
 * have in common.
 */
#include "proto/parse.h"

#include "tests/unit/proto/parsing.h"

#define BAD "CLIENT_ERROR bad command line format"

/* ---- numbers ------------------------------------------------------------ */

#define NUMBER(type, function, literal, ok, want)             \
    do {                                                      \
        type got = 0;                                         \
        assert_int_equal(function(BYTES(literal), &got), ok); \
        if (ok)                                               \
            assert_true(got == (want));                       \
    } while (0)

static void
unsigned_numbers(void **state)
{
    (void)state;
    NUMBER(uint32_t, request_u32, "0", true, 0);
    NUMBER(uint32_t, request_u32, "4294967295", true, UINT32_MAX);
    NUMBER(uint32_t, request_u32, "4294967296", false, 0);
    NUMBER(uint32_t, request_u32, "00000000007", true, 7);
    NUMBER(uint32_t, request_u32, "000000000007", false, 0); /* one digit too many, whatever its value */
    NUMBER(uint64_t, request_u64, "18446744073709551615", true, UINT64_MAX);
    NUMBER(uint64_t, request_u64, "18446744073709551616", false, 0);
    NUMBER(uint64_t, request_u64, "99999999999999999999", false, 0);
    NUMBER(uint64_t, request_u64, "0000000000000000000009", true, 9);
    NUMBER(uint64_t, request_u64, "00000000000000000000009", false, 0);
    NUMBER(uint64_t, request_u64, "", false, 0);
    NUMBER(uint64_t, request_u64, "-1", false, 0);
    NUMBER(uint64_t, request_u64, "+1", false, 0);
    NUMBER(uint64_t, request_u64, "1x", false, 0);
    NUMBER(uint64_t, request_u64, "1\t", false, 0);
    NUMBER(uint64_t, request_u64, "\xb1", false, 0);
}

static void
signed_numbers(void **state)
{
    (void)state;
    NUMBER(int32_t, request_i32, "-1", true, -1);
    NUMBER(int32_t, request_i32, "-0", true, 0);
    NUMBER(int32_t, request_i32, "2147483647", true, INT32_MAX);
    NUMBER(int32_t, request_i32, "2147483648", false, 0);
    NUMBER(int32_t, request_i32, "-2147483648", true, INT32_MIN);
    NUMBER(int32_t, request_i32, "-2147483649", false, 0);
    NUMBER(int32_t, request_i32, "", false, 0);
    NUMBER(int32_t, request_i32, "-", false, 0);
    NUMBER(int32_t, request_i32, "--1", false, 0);
    NUMBER(int32_t, request_i32, "+1", false, 0);
    NUMBER(int64_t, request_i64, "9223372036854775807", true, INT64_MAX);
    NUMBER(int64_t, request_i64, "9223372036854775808", false, 0);
    NUMBER(int64_t, request_i64, "-9223372036854775808", true, INT64_MIN);
    NUMBER(int64_t, request_i64, "-9223372036854775809", false, 0);
    NUMBER(int64_t, request_i64, "-00000000000000000000001", false, 0);
}

/* ---- words -------------------------------------------------------------- */

static void
every_word_is_known(void **state)
{
    (void)state;
    for (enum cmd_kind kind = CMD_NONE + 1; kind < CMD_N_KINDS; kind++) {
        const char *word = request_word_of(kind);
        assert_true(strlen(word) >= 2);
        if (strchr(word, ' ') != NULL)
            continue; /* a command of the binary protocol only */
        parse(text_with_run(word, ' ', 1, "1 2 3 4 5\r\n"));
        assert_int_equal(req.kind, kind);
        parse(text_with_run(word, 'x', 1, " 1 2 3 4 5\r\n"));
        assert_int_equal(req.kind, CMD_NONE);
        parse(text_with_run(word, '\n', 1, ""));
        assert_int_equal(req.kind, kind);
    }
    assert_string_equal(request_word_of(CMD_NONE), "");
}

static void
unknown_words(void **state)
{
    (void)state;
    assert_refused("ab\r\n", "ERROR");
    assert_refused("GET k\r\n", "ERROR");
    assert_refused("getss k\r\n", "ERROR");
    assert_refused("get\tk\r\n", "ERROR");
    assert_refused("mx k\r\n", "ERROR");
    assert_refused("flush_al\r\n", "ERROR");
    assert_refused("flush_all_\r\n", "ERROR");
    assert_refused("     \r\n", "ERROR");
    assert_refused("\0\0\0\0\r\n", "ERROR");
    assert_refused("a long line of words, none of which is a command\r\n", "ERROR");
    assert_int_equal(req.kind, CMD_NONE);
}

static void
noreply_silences_unknown_words(void **state)
{
    static const struct bytes quiet[] = {BYTES("what noreply\r\n"), BYTES("noreply\r\n"),
        BYTES(" get k noreply \r\n"),
        BYTES("x 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 noreply 24\r\n")};
    (void)state;
    for (size_t i = 0; i < N_OF(quiet); i++) {
        assert_int_equal(parse(quiet[i]), PARSE_BAD);
        assert_true(req.quiet);
        assert_bytes(out.complaint, "ERROR");
    }
    assert_refused("what noreply then\r\n", "ERROR");
    assert_refused("x 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 noreply\r\n", "ERROR");
}

/* Only before admin commands may there be spaces. */
static void
leading_spaces(void **state)
{
    (void)state;
    assert_refused(" get k\r\n", "ERROR");
    assert_refused(" version\r\n", "ERROR");
    assert_refused(" mn\r\n", "ERROR");
    assert_int_equal(PARSE("  verbosity 1\r\n"), PARSE_DONE);
    assert_int_equal(req.kind, CMD_VERBOSITY);
    assert_bytes(req.args, "1");
    assert_int_equal(PARSE(" slabs  automove 1 \r\n"), PARSE_DONE);
    assert_int_equal(req.kind, CMD_SLABS);
    assert_bytes(req.args, "automove 1");
}

static void
http_is_hung_up_on(void **state)
{
    (void)state;
    assert_int_equal(PARSE("GET / HTTP/1.1\r\n"), PARSE_CLOSE);
    assert_int_equal(PARSE("POST  /x  HTTP/1.0 \r\n"), PARSE_CLOSE);
    assert_int_equal(PARSE("x HTTP/\n"), PARSE_CLOSE);
    assert_refused("HTTP/1.1\r\n", "ERROR");
    assert_refused("GET / HTTP/1.1 x\r\n", "ERROR");
    assert_refused("GET / HTTP\r\n", "ERROR");
    assert_int_equal(PARSE("get HTTP/1.1\r\n"), PARSE_DONE);
}

/* ---- lines -------------------------------------------------------------- */

static void
line_ends(void **state)
{
    (void)state;
    assert_int_equal(PARSE("get k\n"), PARSE_DONE);
    assert_int_equal(out.used, 6);
    assert_bytes(req.key, "k");
    assert_int_equal(PARSE("get k\r\nget l\r\n"), PARSE_DONE);
    assert_int_equal(out.used, 7);
    assert_bytes(req.key, "k");
    assert_int_equal(PARSE("get a\rb\r\r\n"), PARSE_DONE);
    assert_bytes(req.key, "a\rb\r");
}

static void
short_lines(void **state)
{
    (void)state;
    assert_refused("\n", BAD);
    assert_refused("\r\n", BAD);
    assert_refused(" \r\n", BAD);
    assert_refused(" \n", BAD);
    assert_refused("ab\n", BAD);
    assert_refused("mg\n", BAD);
    assert_refused("a\r\n", BAD);
    assert_refused("abc\n", "ERROR");
    assert_int_equal(PARSE("mn\n"), PARSE_DONE);
    assert_int_equal(req.kind, CMD_META_NOP);
    assert_int_equal(out.used, 3);
}

static void
nothing_at_all(void **state)
{
    struct parser parser = {0};

    (void)state;
    assert_int_equal(proto_parse(&parser, bytes_of(NULL, 0), &req, &out), PARSE_MORE);
    assert_int_equal(out.used, 0);
}

/* Bytes are scanned once: the second call finds a line end only among the new bytes. */
static void
bytes_are_scanned_once(void **state)
{
    struct parser parser = {0};

    (void)state;
    assert_int_equal(feed(&parser, "get k", 5), PARSE_MORE);
    assert_int_equal(parser.scanned, 5);
    assert_int_equal(feed(&parser, "get k", 5), PARSE_MORE);
    assert_int_equal(feed(&parser, "get key", 7), PARSE_MORE);
    assert_int_equal(parser.scanned, 7);
    assert_int_equal(feed(&parser, "get key\r\nget", 12), PARSE_DONE);
    assert_int_equal(parser.scanned, 0);
    assert_int_equal(out.used, 9);
}

static void
lines_without_an_end(void **state)
{
    (void)state;
    assert_int_equal(parse(text_with_run("set ", 'x', PARSE_LINE_MAX - 4, "")), PARSE_MORE);
    assert_int_equal(parse(text_with_run("set ", 'x', PARSE_LINE_MAX - 3, "")), PARSE_CLOSE);
    assert_int_equal(parse(text_with_run("", ' ', PARSE_LINE_MAX + 1, "")), PARSE_CLOSE);
    assert_int_equal(parse(text_with_run("get", 'x', PARSE_LINE_MAX, "")), PARSE_CLOSE);
    assert_int_equal(parse(text_with_run("mg ", 'x', PARSE_LINE_MAX, "")), PARSE_CLOSE);
    /* a line whose end has arrived may be longer */
    assert_int_equal(parse(text_with_run("mg k L", 'x', PARSE_LINE_MAX, "\r\n")), PARSE_DONE);
}

static void
gets_may_be_long(void **state)
{
    static const char *const words[] = {"get k ", "gets k ", "gat 0 k ", "gats 0 k "};
    char get[PARSE_LINE_MAX + 1] = "get ";
    memset(get + 4, 'x', PARSE_LINE_MAX - 4);

    (void)state;
    for (size_t i = 0; i < N_OF(words); i++)
        assert_int_equal(parse(text_with_run(words[i], ' ', PARSE_LINE_MAX, "")), PARSE_KEYS);
    assert_int_equal(parse(text_with_run("", ' ', 100, get)), PARSE_BAD);
    assert_int_equal(parse(text_with_run("", ' ', 101, get)), PARSE_CLOSE);
}

/* ---- bodies ------------------------------------------------------------- */

static void
bodies(void **state)
{
    (void)state;
    assert_int_equal(PARSE("set k 0 0 5\r\nhello\r\nget k\r\n"), PARSE_DONE);
    assert_int_equal(out.used, 20);
    assert_bytes(req.value, "hello");
    assert_int_equal(PARSE("set k 0 0 0\r\n\r\n"), PARSE_DONE);
    assert_int_equal(req.value.n, 0);
    assert_non_null(req.value.p);
    assert_int_equal(PARSE("ms k 4\n\r\n\r\n\r\n"), PARSE_DONE);
    assert_bytes(req.value, "\r\n\r\n");
    assert_int_equal(PARSE("set k 0 0 2147483645\r\nh"), PARSE_BODY);
    assert_int_equal(req.n_value, 2147483645);
    assert_int_equal(out.used, 22);
}

static void
bodies_without_line_end(void **state)
{
    (void)state;
    assert_refused("set k 0 0 5\r\nhello\n\n", "CLIENT_ERROR bad data chunk");
    assert_refused("set k 0 0 5\r\nhellooo", "CLIENT_ERROR bad data chunk");
    assert_refused("set k 0 0 5\r\nhello\rx", "CLIENT_ERROR bad data chunk");
    assert_refused_at(
        BYTES("set k 0 0 0\r\nhello\r\n"), 5, 0, BYTES("CLIENT_ERROR bad data chunk"), __LINE__);
    assert_int_equal(PARSE("set k 0 0 1 noreply\r\nhello\r\n"), PARSE_BAD);
    assert_true(req.quiet);
    assert_refused("ms k 1 q\r\nhel", "CLIENT_ERROR bad data chunk"); /* q does not suppress an error */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unsigned_numbers),
        cmocka_unit_test(signed_numbers),
        cmocka_unit_test(every_word_is_known),
        cmocka_unit_test(unknown_words),
        cmocka_unit_test(noreply_silences_unknown_words),
        cmocka_unit_test(leading_spaces),
        cmocka_unit_test(http_is_hung_up_on),
        cmocka_unit_test(line_ends),
        cmocka_unit_test(short_lines),
        cmocka_unit_test(nothing_at_all),
        cmocka_unit_test(bytes_are_scanned_once),
        cmocka_unit_test(lines_without_an_end),
        cmocka_unit_test(gets_may_be_long),
        cmocka_unit_test(bodies),
        cmocka_unit_test(bodies_without_line_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
