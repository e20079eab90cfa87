/* text_parse: the lines of the classic commands: valid, unusual and invalid ones of each shape. */
#include "tests/unit/proto/parsing.h"

#define BAD         "CLIENT_ERROR bad command line format"
#define BAD_EXPTIME "CLIENT_ERROR invalid exptime argument"

/* The line is refused, noreply suppresses the error, and n_body bytes of a body are to be discarded. */
#define assert_refused_quietly(literal, n_body, want)    \
    do {                                                 \
        assert_int_equal(PARSE(literal), PARSE_BAD);     \
        assert_true(req.quiet);                          \
        assert_int_equal(out.used, sizeof(literal) - 1); \
        assert_int_equal(out.swallow, n_body);           \
        assert_bytes(out.complaint, want);               \
    } while (0)

static enum parse_result
parse_long_key(const char *before, size_t n, const char *after)
{
    return parse(text_with_run(before, 'x', n, after));
}

/* ---- get, gat ----------------------------------------------------------- */

static void
get(void **state)
{
    (void)state;
    assert_int_equal(PARSE("get key\r\n"), PARSE_DONE);
    assert_int_equal(req.kind, CMD_GET);
    assert_int_equal(req.dialect, DIALECT_TEXT);
    assert_false(req.quiet);
    assert_false(req.has_body);
    assert_false(req.key_is_binary);
    assert_bytes(req.key, "key");
    assert_bytes(req.args, "key");
    assert_int_equal(PARSE("gets   key  \r\n"), PARSE_DONE);
    assert_int_equal(req.kind, CMD_GETS);
    assert_bytes(req.key, "key");
}

static void
get_of_many(void **state)
{
    static const struct bytes keys[] = {
        BYTES("a"), BYTES("bc"), BYTES("noreply"), BYTES("\t"), BYTES("d\0e")};
    (void)state;
    assert_int_equal(PARSE("get a  bc noreply \t   d\0e \r\n"), PARSE_DONE);
    assert_false(req.quiet);
    assert_bytes(req.key, "a");
    for (size_t i = 0; i < N_OF(keys); i++)
        assert_true(bytes_equal(parse_next_key(&req.args), keys[i]));
    assert_int_equal(parse_next_key(&req.args).n, 0);
    assert_int_equal(parse_next_key(&req.args).n, 0);
}

static void
get_of_more_than_a_line_has_words(void **state)
{
    int n = 0;

    (void)state;
    assert_int_equal(
        PARSE("get 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26\r\n"), PARSE_DONE);
    while (parse_next_key(&req.args).n > 0)
        n++;
    assert_int_equal(n, 26);
}

static void
get_refused(void **state)
{
    (void)state;
    assert_refused("get\r\n", BAD);
    assert_refused("get \r\n", BAD);
    assert_refused("gets    \r\n", BAD);
    assert_int_equal(parse_long_key("get ", 250, "\r\n"), PARSE_DONE);
    assert_int_equal(parse_long_key("get ", 251, "\r\n"), PARSE_BAD);
    assert_bytes(out.complaint, BAD);
    assert_int_equal(parse_long_key("get a b ", 251, " c noreply\r\n"), PARSE_BAD);
    assert_false(req.quiet);
    assert_bytes(out.complaint, BAD);
}

static void
gat(void **state)
{
    (void)state;
    assert_int_equal(PARSE("gat 100 key k2\r\n"), PARSE_DONE);
    assert_int_equal(req.kind, CMD_GAT);
    assert_int_equal(req.exptime, 100);
    assert_bytes(req.key, "key");
    assert_bytes(req.args, "key k2");
    assert_int_equal(PARSE("gats -1 key\r\n"), PARSE_DONE);
    assert_int_equal(req.exptime, -1);
    assert_refused("gat\r\n", BAD);
    assert_refused("gat 10\r\n", BAD);
    assert_refused("gat x \r\n", BAD);
    assert_refused("gat x key\r\n", BAD_EXPTIME);
    assert_refused("gat 2147483648 key noreply\r\n", BAD_EXPTIME);
    assert_int_equal(parse_long_key("gat x ", 251, "\r\n"), PARSE_BAD);
    assert_bytes(out.complaint, BAD_EXPTIME);
    assert_int_equal(parse_long_key("gat 1 k ", 251, "\r\n"), PARSE_BAD);
    assert_bytes(out.complaint, BAD);
}

/* ---- set and similar ---------------------------------------------------- */

static void
set(void **state)
{
    (void)state;
    assert_int_equal(PARSE("set key 7 -3 2\r\nab\r\n"), PARSE_DONE);
    assert_int_equal(req.kind, CMD_SET);
    assert_int_equal(req.mode, PUT_SET);
    assert_true(req.has_body);
    assert_false(req.quiet);
    assert_bytes(req.key, "key");
    assert_int_equal(req.client_flags, 7);
    assert_int_equal(req.exptime, -3);
    assert_int_equal(req.n_value, 2);
    assert_bytes(req.value, "ab");
}

static void
modes(void **state)
{
    (void)state;
    PARSE("add k 0 0 0\r\n\r\n");
    assert_int_equal(req.mode, PUT_ADD);
    PARSE("replace k 0 0 0\r\n\r\n");
    assert_int_equal(req.mode, PUT_REPLACE);
    PARSE("append k 0 0 0\r\n\r\n");
    assert_int_equal(req.mode, PUT_APPEND);
    PARSE("prepend k 0 0 0\r\n\r\n");
    assert_int_equal(req.mode, PUT_PREPEND);
    assert_int_equal(PARSE("cas k 1 2 1 18446744073709551615\r\nx\r\n"), PARSE_DONE);
    assert_int_equal(req.mode, PUT_CAS);
    assert_true(req.cas == UINT64_MAX);
    assert_bytes(req.value, "x");
}

static void
set_noreply(void **state)
{
    (void)state;
    assert_int_equal(PARSE("set k 0 0 1 noreply\r\nx\r\n"), PARSE_DONE);
    assert_true(req.quiet);
    assert_int_equal(PARSE("set k 0 0 1 what ever  noreply \r\nx\r\n"), PARSE_DONE);
    assert_true(req.quiet);
    assert_int_equal(PARSE("set k 0 0 1 noreply x\r\nx\r\n"), PARSE_DONE);
    assert_false(req.quiet);
    assert_int_equal(PARSE("set k 0 0 1 noreplyx\r\nx\r\n"), PARSE_DONE);
    assert_false(req.quiet);
    assert_int_equal(PARSE("cas k 0 0 1 9 noreply\r\nx\r\n"), PARSE_DONE);
    assert_true(req.quiet);
    /* the 23rd word is the last that is looked at */
    assert_int_equal(
        PARSE("set k 0 0 1 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 noreply 24\r\nx\r\n"), PARSE_DONE);
    assert_true(req.quiet);
    assert_int_equal(
        PARSE("set k 0 0 1 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 noreply\r\nx\r\n"), PARSE_DONE);
    assert_false(req.quiet);
}

/* Without a valid length no body can be discarded, and noreply has no effect. */
static void
set_without_length(void **state)
{
    (void)state;
    assert_refused("set\r\n", BAD);
    assert_refused("set k 0 0\r\n", BAD);
    assert_refused("set k 0 0 noreply\r\n", BAD);
    assert_refused("set k 0 0 -1 noreply\r\n", BAD);
    assert_refused("set k 0 0 2147483646\r\n", BAD);
    assert_refused("set k 0 0 2147483648\r\n", BAD);
    assert_refused("set k 0 0 1x\r\n", BAD);
    assert_refused("cas k 0 0 x 5\r\n", BAD);
}

static void
set_refused_with_its_body(void **state)
{
    (void)state;
    assert_refused_body("set k x 0 5\r\n", 7, BAD);
    assert_refused_body("set k -1 0 5\r\n", 7, BAD);
    assert_refused_body("set k 18446744073709551616 0 5\r\n", 7, BAD);
    assert_refused_body("set k 0 x 5\r\n", 7, BAD);
    assert_refused_body("set k 0 - 5\r\n", 7, BAD);
    assert_refused_body("set k 0 1.5 5\r\n", 7, BAD);
    assert_refused_body("set k 0 9223372036854775808 5\r\n", 7, BAD);
    assert_refused_body("set k 0 -9223372036854775809 5\r\n", 7, BAD);
    assert_refused_body("set k 1x 0 0\r\n", 2, BAD);
    assert_refused_body("cas k 0 0 5\r\n", 7, BAD);
    assert_refused_body("cas k 0 0 5 x\r\n", 7, BAD);
    assert_refused_body("cas k 0 0 5 -1\r\n", 7, BAD);
    assert_refused_body("set k x 0 2147483645\r\n", UINT64_C(2147483647), BAD);
    assert_refused_quietly("set k x 0 5 noreply\r\n", 7, BAD);
    assert_refused_quietly("cas k 0 0 5 noreply\r\n", 7, BAD);
    assert_int_equal(parse_long_key("set ", 251, " 0 0 3\r\n"), PARSE_BAD);
    assert_int_equal(out.swallow, 5);
    assert_int_equal(parse_long_key("set ", 250, " 0 0 3\r\n"), PARSE_BODY);
}

/* Flags and exptime are parsed as by strtoul and strtol, and cut to 32 bits. */
static void
loose_numbers(void **state)
{
    (void)state;
    PARSE("set k 4294967295 2147483647 0\r\n\r\n");
    assert_int_equal(req.client_flags, UINT32_MAX);
    assert_int_equal(req.exptime, INT32_MAX);
    assert_int_equal(PARSE("set k 4294967301 4294967297 0\r\n\r\n"), PARSE_DONE);
    assert_int_equal(req.client_flags, 5);
    assert_int_equal(req.exptime, 1);
    assert_int_equal(PARSE("set k +5 2147483648 0\r\n\r\n"), PARSE_DONE);
    assert_int_equal(req.client_flags, 5);
    assert_int_equal(req.exptime, INT32_MIN);
    assert_int_equal(PARSE("set k 5\tx -9223372036854775808 0\r\n\r\n"), PARSE_DONE);
    assert_int_equal(req.client_flags, 5);
    assert_int_equal(req.exptime, 0);
    assert_int_equal(PARSE("set k \v-0 \t+000000000000000000000000000012\0z 0\r\n\r\n"), PARSE_DONE);
    assert_int_equal(req.client_flags, 0);
    assert_int_equal(req.exptime, 12);
}

/* ---- delete, incr, touch ------------------------------------------------ */

static void delete (void **state)
{
    (void)state;
    assert_int_equal(PARSE("delete key\r\n"), PARSE_DONE);
    assert_int_equal(req.kind, CMD_DELETE);
    assert_bytes(req.key, "key");
    assert_false(req.quiet);
    assert_int_equal(PARSE("delete key 0 noreply\r\n"), PARSE_DONE);
    assert_true(req.quiet);
    assert_int_equal(PARSE("delete key noreply 0\r\n"), PARSE_DONE);
    assert_false(req.quiet);
    assert_int_equal(PARSE("delete noreply\r\n"), PARSE_DONE);
    assert_bytes(req.key, "noreply");
    assert_true(req.quiet);
    assert_refused("delete \r\n", BAD);
    assert_int_equal(parse_long_key("delete ", 251, " noreply\r\n"), PARSE_BAD);
    assert_true(req.quiet);
    assert_bytes(out.complaint, BAD);
}

static void
incr_and_decr(void **state)
{
    (void)state;
    assert_int_equal(PARSE("incr key 18446744073709551615\r\n"), PARSE_DONE);
    assert_false(req.arith_decr);
    assert_true(req.delta == UINT64_MAX);
    assert_bytes(req.key, "key");
    assert_int_equal(PARSE("decr key 5 noreply\r\n"), PARSE_DONE);
    assert_true(req.arith_decr);
    assert_true(req.quiet);
    assert_true(req.delta == 5);
    assert_refused("incr key\r\n", BAD);
    assert_refused("decr\r\n", BAD);
    assert_refused("incr key -1\r\n", "CLIENT_ERROR invalid numeric delta argument");
    assert_refused("incr key 18446744073709551616\r\n", "CLIENT_ERROR invalid numeric delta argument");
    assert_refused_quietly("incr key noreply\r\n", 0, "CLIENT_ERROR invalid numeric delta argument");
    assert_int_equal(parse_long_key("incr ", 251, " x\r\n"), PARSE_BAD);
    assert_bytes(out.complaint, BAD);
}

static void
touch(void **state)
{
    (void)state;
    assert_int_equal(PARSE("touch key -5\r\n"), PARSE_DONE);
    assert_int_equal(req.exptime, -5);
    assert_bytes(req.key, "key");
    assert_int_equal(PARSE("touch key 0 noreply\r\n"), PARSE_DONE);
    assert_true(req.quiet);
    assert_refused("touch key\r\n", BAD);
    assert_refused("touch key 1s\r\n", BAD_EXPTIME);
    assert_refused("touch key -\r\n", BAD_EXPTIME);
    assert_refused_quietly("touch key x noreply\r\n", 0, BAD_EXPTIME);
}

/* ---- words -------------------------------------------------------------- */

static void
words(void **state)
{
    (void)state;
    assert_int_equal(PARSE("stats\r\n"), PARSE_DONE);
    assert_int_equal(req.args.n, 0);
    assert_int_equal(PARSE("stats   detail  on noreply  \r\n"), PARSE_DONE);
    assert_bytes(req.args, "detail  on noreply");
    assert_false(req.quiet);
    assert_int_equal(PARSE("version x\r\n"), PARSE_DONE);
    assert_int_equal(req.kind, CMD_VERSION);
    assert_int_equal(PARSE("quit\r\n"), PARSE_DONE);
    assert_int_equal(req.kind, CMD_QUIT);
}

static void
admin(void **state)
{
    (void)state;
    assert_int_equal(PARSE("flush_all\r\n"), PARSE_DONE);
    assert_int_equal(req.kind, CMD_FLUSH_ALL);
    assert_int_equal(req.args.n, 0);
    assert_false(req.quiet);
    assert_int_equal(PARSE("flush_all 10  noreply \r\n"), PARSE_DONE);
    assert_bytes(req.args, "10");
    assert_true(req.quiet);
    assert_int_equal(PARSE("flush_all noreply\r\n"), PARSE_DONE);
    assert_int_equal(req.args.n, 0);
    assert_true(req.quiet);
    assert_int_equal(PARSE("verbosity noreply 1\r\n"), PARSE_DONE);
    assert_bytes(req.args, "noreply 1");
    assert_false(req.quiet);
    assert_int_equal(PARSE("slabs reassign 1  2 \r\n"), PARSE_DONE);
    assert_bytes(req.args, "reassign 1  2");
}

static void
cuts(void **state)
{
    static const struct bytes lines[] = {BYTES("get k\r\n"), BYTES("get a b c\n"), BYTES("gat 10 k l\r\n"),
        BYTES("delete k noreply\r\n"), BYTES("incr k 10\r\n"), BYTES("touch k 10\n"),
        BYTES("stats slabs\r\n"), BYTES("  flush_all 1 noreply\r\n"), BYTES("quit\n")};
    (void)state;
    for (size_t i = 0; i < N_OF(lines); i++)
        assert_every_cut(lines[i], lines[i].n);
    assert_every_cut(BYTES("set k 1 2 5\r\nhello\r\n"), 13);
    assert_every_cut(BYTES("append k 1 2 0 noreply\n\r\n"), 23);
    assert_every_cut(BYTES("cas k 1 2 3 4\r\n\r\n\n\r\n"), 15);
}

static void
config(void **state)
{
    (void)state;
    assert_int_equal(PARSE("config get cluster\r\n"), PARSE_DONE);
    assert_int_equal(req.kind, CMD_CONFIG);
    assert_false(req.has_body);
    assert_bytes(req.args, "get cluster");
    assert_int_equal(PARSE("config delete cluster noreply\r\n"), PARSE_DONE);
    assert_true(req.quiet);
    assert_bytes(req.args, "delete cluster");
    assert_int_equal(PARSE("config set cluster 5 3 noreply\r\nabc\r\n"), PARSE_DONE);
    assert_true(req.quiet);
    assert_int_equal(req.client_flags, 5);
    assert_bytes(req.value, "abc");
    assert_int_equal(PARSE("config set cluster 0 3\r\nab"), PARSE_BODY);
    assert_int_equal(PARSE("config set cluster 0 32768\r\n"), PARSE_BODY);
    assert_int_equal(PARSE("config set cluster 0\r\n"), PARSE_BAD);
    assert_int_equal(out.swallow, 0);
    assert_int_equal(PARSE("config set cluster 0 -1\r\n"), PARSE_BAD);
    assert_refused_quietly("config set cluster x 3 noreply\r\n", 5, BAD);
    assert_refused_quietly(
        "config set cluster 0 32769 noreply\r\n", 32771, "SERVER_ERROR object too large for cache");
    assert_every_cut(BYTES("config set cluster 1 5\r\nhello\r\n"), 24);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(get),
        cmocka_unit_test(get_of_many),
        cmocka_unit_test(get_of_more_than_a_line_has_words),
        cmocka_unit_test(get_refused),
        cmocka_unit_test(gat),
        cmocka_unit_test(set),
        cmocka_unit_test(modes),
        cmocka_unit_test(set_noreply),
        cmocka_unit_test(set_without_length),
        cmocka_unit_test(set_refused_with_its_body),
        cmocka_unit_test(loose_numbers),
        cmocka_unit_test(delete),
        cmocka_unit_test(incr_and_decr),
        cmocka_unit_test(touch),
        cmocka_unit_test(words),
        cmocka_unit_test(admin),
        cmocka_unit_test(config),
        cmocka_unit_test(cuts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
