/* binary_parse: a packet of every opcode, its lengths, and the errors for invalid lengths. */
#include "proto/parse.h"

#include "proto/response.h"
#include "tests/unit/proto/packets.h"

#define STORAGE_EXTRAS BYTES("\x00\x00\x00\x05\x00\x00\x00\x64")
#define NUMBER_EXTRAS  BYTES("\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\x07\x00\x00\x00\x64")
#define TIME_EXTRAS    BYTES("\x00\x00\x00\x64")
#define TIME_MAX       BYTES("\xff\xff\xff\xff")

enum { BODY_MAX = 1 << 30, TOKEN_MAX = 16 << 10 };

static void
must_be(struct bytes in, enum cmd_kind kind, int line)
{
    enum parse_result result = parse(in);
    if (result != PARSE_DONE || out.used != in.n || req.kind != kind || req.dialect != DIALECT_BINARY)
        fail_msg("line %d: result %d, used %zu of %zu, kind %d", line, (int)result, out.used, in.n, req.kind);
}

#define MUST_BE(kind, ...) must_be(PACKET(__VA_ARGS__), kind, __LINE__)

/* ---- detection ---------------------------------------------------------- */

static void
first_byte_decides(void **state)
{
    struct parser parser = {0};

    (void)state;
    assert_int_equal(feed(&parser, "", 0), PARSE_MORE);
    assert_int_equal(parser.protocol, PROTOCOL_AUTO);
    assert_int_equal(feed(&parser, "\x80", 1), PARSE_MORE);
    assert_int_equal(parser.protocol, PROTOCOL_BINARY);
    parse_again(&parser);
    struct bytes text = BYTES("version\r\n and at least 24 bytes");
    assert_int_equal(feed(&parser, text.p, text.n), PARSE_CLOSE);

    parser = (struct parser){0};
    assert_int_equal(feed(&parser, "get k\r\n", 7), PARSE_DONE);
    assert_int_equal(parser.protocol, PROTOCOL_TEXT);
    assert_int_equal(feed(&parser, "\x80\n\n\n\n", 5), PARSE_BAD);
    assert_int_equal(req.dialect, DIALECT_TEXT);
}

static void
protocol_may_be_fixed(void **state)
{
    struct parser text = {.protocol = PROTOCOL_TEXT}, binary = {.protocol = PROTOCOL_BINARY};
    struct bytes noop = PACKET(.opcode = 0x0a);

    (void)state;
    /* the second byte, its opcode, is a line feed */
    assert_int_equal(feed(&text, noop.p, noop.n), PARSE_BAD);
    assert_int_equal(feed(&binary, noop.p, noop.n), PARSE_DONE);
    assert_int_equal(feed(&binary, "version\r\nversion\r\nversion\r\n", 27), PARSE_CLOSE);
}

static void
other_magic_hangs_up(void **state)
{
    struct parser parser = {.protocol = PROTOCOL_BINARY};
    struct bytes noop = PACKET(.opcode = 0x0a, .magic = BINARY_REPLY);

    (void)state;
    assert_int_equal(feed(&parser, noop.p, BINARY_HEAD - 1), PARSE_MORE);
    assert_int_equal(feed(&parser, noop.p, BINARY_HEAD), PARSE_CLOSE);
}

/* ---- opcodes ------------------------------------------------------------ */

/*
 * For every row of binary.def: a valid packet of the row's shape results in the row's command, quiet or
 * not as the row says.
 */
static void
every_opcode_is_known(void **state)
{
    static const struct row {
        uint8_t code, kind;
        bool quiet;
        char shape[12];
    } rows[] = {
#define LOUD                                          false
#define QUIET                                         true
#define OPCODE(code, name, kind, quiet, flags, shape) {code, CMD_##kind, quiet, #shape},
#include "proto/binary.def"
#undef OPCODE
    };
    static const struct good {
        char shape[12];
        struct packet packet;
    } goods[] = {
        {"NONE", {0}},
        {"KEY", {.key = {"k", 1}}},
        {"KEY_TIME", {.key = {"k", 1}, .extras = {"\0\0\0\1", 4}}},
        {"KEY_NUMBER", {.key = {"k", 1}, .extras = {"1234567890123456789", 20}}},
        {"STORAGE", {.key = {"k", 1}, .extras = {"1234567", 8}, .value = {"v", 1}}},
        {"EXTENSION", {.key = {"k", 1}, .value = {"v", 1}}},
        {"TIME", {.extras = {"\0\0\0\1", 4}}},
        {"WORDS", {.key = {"reset", 5}}},
        {"TOKEN", {.key = {"PLAIN", 5}, .value = {"v", 1}}},
    };
    bool known[256] = {false};

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        const struct good *good = goods;
        while (strcmp(good->shape, rows[i].shape) != 0)
            good++;
        struct packet p = good->packet;
        p.opcode = rows[i].code;
        p.opaque = 0xDEADBEEF;
        must_be(packet(p), rows[i].kind, __LINE__);
        assert_int_equal(req.quiet, rows[i].quiet);
        assert_int_equal(req.opcode, rows[i].code);
        assert_int_equal(req.opaque, 0xDEADBEEF);
        known[rows[i].code] = true;
    }
    for (int code = 0; code < 256; code++) {
        if (known[code])
            continue;
        assert_int_equal(parse(PACKET(.opcode = (uint8_t)code)), PARSE_BAD);
        assert_int_equal(out.failure, FAILURE_UNKNOWN);
    }
}

static void
gets(void **state)
{
    const uint64_t v = META_FLAG('v'), k = META_FLAG('k');

    (void)state;
    MUST_BE(CMD_GET_ONE, .opcode = 0x00, .key = BYTES("key"));
    assert_bytes(req.key, "key");
    assert_int_equal(req.flags, v);
    assert_false(req.quiet);
    assert_false(req.has_body);
    MUST_BE(CMD_GET_ONE, .opcode = 0x0d, .key = BYTES(" \0\n"));
    assert_bytes(req.key, " \0\n");
    assert_int_equal(req.flags, v | k);
    assert_true(req.quiet);
    MUST_BE(CMD_GAT_ONE, .opcode = 0x1c, .key = BYTES("k"), .extras = TIME_EXTRAS);
    assert_int_equal(req.flags, 0);
    assert_int_equal(req.exptime, 100);
    MUST_BE(CMD_GAT_ONE, .opcode = 0x24, .key = BYTES("k"), .extras = TIME_MAX);
    assert_int_equal(req.flags, v | k);
    assert_int_equal(req.exptime, UINT32_MAX);
}

static void
puts_(void **state)
{
    (void)state;
    MUST_BE(CMD_SET, .opcode = 0x01, .key = BYTES("k"), .extras = STORAGE_EXTRAS, .value = BYTES("v\r\n"));
    assert_true(req.has_body);
    assert_bytes(req.value, "v\r\n");
    assert_int_equal(req.n_value, 3);
    assert_int_equal(req.mode, PUT_SET);
    assert_int_equal(req.client_flags, 5);
    assert_int_equal(req.exptime, 100);
    assert_int_equal(req.cas, 0);
    MUST_BE(CMD_REPLACE, .opcode = 0x13, .key = BYTES("k"), .extras = STORAGE_EXTRAS, .cas = UINT64_MAX);
    assert_int_equal(req.mode, PUT_REPLACE);
    assert_int_equal(req.n_value, 0);
    assert_true(req.cas == UINT64_MAX && req.quiet);
    MUST_BE(CMD_APPEND, .opcode = 0x0e, .key = BYTES("k"), .value = BYTES("v"), .cas = 7);
    assert_int_equal(req.mode, PUT_APPEND);
    assert_int_equal(req.client_flags, 0);
    assert_int_equal(req.exptime, 0);
    assert_int_equal(req.cas, 7);
}

static void
numbers(void **state)
{
    struct bytes no_vivify = BYTES("\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\x07\xff\xff\xff\xff");

    (void)state;
    MUST_BE(CMD_INCR, .opcode = 0x05, .key = BYTES("k"), .extras = NUMBER_EXTRAS, .cas = 9);
    assert_int_equal(req.delta, 2);
    assert_int_equal(req.initial, 7);
    assert_int_equal(req.vivify_exptime, 100);
    assert_int_equal(req.cas, 9);
    assert_false(req.arith_decr);
    assert_true(req.flags & META_FLAG('N'));
    MUST_BE(CMD_DECR, .opcode = 0x16, .key = BYTES("k"), .extras = no_vivify);
    assert_true(req.arith_decr);
    assert_false(req.flags & META_FLAG('N'));
}

static void
others(void **state)
{
    (void)state;
    MUST_BE(CMD_DELETE, .opcode = 0x04, .key = BYTES("k"), .cas = 3);
    assert_int_equal(req.cas, 3);
    MUST_BE(CMD_FLUSH_ALL, .opcode = 0x08);
    assert_int_equal(req.exptime, 0);
    MUST_BE(CMD_FLUSH_ALL, .opcode = 0x18, .extras = TIME_EXTRAS);
    assert_int_equal(req.exptime, 100);
    MUST_BE(CMD_STATS, .opcode = 0x10);
    assert_int_equal(req.args.n, 0);
    MUST_BE(CMD_STATS, .opcode = 0x10, .key = BYTES("detail on"));
    assert_bytes(req.args, "detail on");
    MUST_BE(CMD_SASL_AUTH, .opcode = 0x21, .key = BYTES("PLAIN"), .value = BYTES("\0a\0b"));
    assert_bytes(req.key, "PLAIN");
    assert_bytes(req.value, "\0a\0b");
}

/* ---- lengths ------------------------------------------------------------ */

static void
must_refuse(struct bytes in, enum failure failure, bool close, uint64_t swallow, int line)
{
    enum parse_result result = parse(in);
    if (result != PARSE_BAD || out.failure != failure || out.close != close || out.swallow != swallow ||
        req.dialect != DIALECT_BINARY || req.quiet)
        fail_msg("line %d: result %d, failure %d, close %d, swallow %zu", line, (int)result, out.failure,
            out.close, (size_t)out.swallow);
}

#define MUST_CLOSE(why, ...) must_refuse(PACKET(__VA_ARGS__), FAILURE_##why, true, 0, __LINE__)

static void
lengths_that_do_not_fit_their_opcode(void **state)
{
    struct bytes k = BYTES("k"), v = BYTES("v");

    (void)state;
    MUST_CLOSE(INVALID, .opcode = 0x0a, .key = k); /* noop */
    MUST_CLOSE(INVALID, .opcode = 0x0a, .extras = TIME_EXTRAS);
    MUST_CLOSE(INVALID, .opcode = 0x0b, .value = v); /* version */
    MUST_CLOSE(INVALID, .opcode = 0x17, .key = k);   /* quitq */
    MUST_CLOSE(INVALID, .opcode = 0x00);             /* get */
    MUST_CLOSE(INVALID, .opcode = 0x00, .key = k, .extras = TIME_EXTRAS);
    MUST_CLOSE(INVALID, .opcode = 0x09, .key = k, .value = v);
    MUST_CLOSE(INVALID, .opcode = 0x01, .key = k, .value = v); /* set */
    MUST_CLOSE(INVALID, .opcode = 0x01, .extras = STORAGE_EXTRAS, .value = v);
    MUST_CLOSE(INVALID, .opcode = 0x12, .key = k, .extras = TIME_EXTRAS, .value = v);
    MUST_CLOSE(INVALID, .opcode = 0x0e, .value = v); /* append */
    MUST_CLOSE(INVALID, .opcode = 0x0e, .key = k, .extras = STORAGE_EXTRAS, .value = v);
    MUST_CLOSE(INVALID, .opcode = 0x04); /* delete */
    MUST_CLOSE(INVALID, .opcode = 0x04, .key = k, .value = v);
    MUST_CLOSE(INVALID, .opcode = 0x05, .key = k, .extras = STORAGE_EXTRAS); /* incr */
    MUST_CLOSE(INVALID, .opcode = 0x05, .extras = NUMBER_EXTRAS);
    MUST_CLOSE(INVALID, .opcode = 0x05, .key = k, .extras = NUMBER_EXTRAS, .value = v);
    MUST_CLOSE(INVALID, .opcode = 0x1d, .key = k); /* gat */
    MUST_CLOSE(INVALID, .opcode = 0x1d, .extras = TIME_EXTRAS);
    MUST_CLOSE(INVALID, .opcode = 0x1d, .key = k, .extras = TIME_EXTRAS, .value = v);
    MUST_CLOSE(INVALID, .opcode = 0x08, .extras = STORAGE_EXTRAS); /* flush */
    MUST_CLOSE(INVALID, .opcode = 0x08, .key = k);
    MUST_CLOSE(INVALID, .opcode = 0x08, .value = v);
    MUST_CLOSE(INVALID, .opcode = 0x10, .extras = TIME_EXTRAS, .key = k); /* stat */
    MUST_CLOSE(INVALID, .opcode = 0x10, .key = k, .value = v);
    MUST_CLOSE(INVALID, .opcode = 0x21, .value = v); /* sasl_auth */
    MUST_CLOSE(INVALID, .opcode = 0x20, .key = k);   /* sasl_list */
}

static void
lengths_that_contradict_each_other(void **state)
{
    struct bytes k = BYTES("k");

    (void)state;
    MUST_CLOSE(UNKNOWN, .opcode = 0x00, .key = BYTES("key"), .n_body = 2);
    MUST_CLOSE(UNKNOWN, .opcode = 0x01, .key = k, .extras = STORAGE_EXTRAS, .n_body = 8);
    MUST_CLOSE(UNKNOWN, .opcode = 0xEE, .key = BYTES("key"), .n_body = 2);
    MUST_CLOSE(INVALID, .opcode = 0x01, .key = k, .extras = STORAGE_EXTRAS, .n_body = BODY_MAX + 1u);
    MUST_CLOSE(INVALID, .opcode = 0x01, .key = k, .extras = STORAGE_EXTRAS, .n_body = UINT32_MAX);
    MUST_CLOSE(INVALID, .opcode = 0xEE, .n_body = BODY_MAX + 1u);
    assert_int_equal(
        parse(PACKET(.opcode = 0x01, .key = k, .extras = STORAGE_EXTRAS, .n_body = BODY_MAX)), PARSE_BODY);
    assert_int_equal(req.n_value, BODY_MAX - 9);
}

static void
long_keys(void **state)
{
    static char key[UINT16_MAX];

    (void)state;
    memset(key, 'k', sizeof key);
    MUST_BE(CMD_GET_ONE, .opcode = 0x00, .key = bytes_of(key, REQUEST_KEY_MAX));
    MUST_CLOSE(INVALID, .opcode = 0x00, .key = bytes_of(key, REQUEST_KEY_MAX + 1));
    MUST_CLOSE(INVALID, .opcode = 0xEE, .key = bytes_of(key, REQUEST_KEY_MAX + 1));
    MUST_CLOSE(INVALID, .opcode = 0x00, .key = bytes_of(key, sizeof key));
}

/* If the header alone shows an error, the parser does not wait for the rest of the packet. */
static void
bad_headers_are_refused_at_once(void **state)
{
    struct bytes long_key = PACKET(.opcode = 0x00, .n_key = UINT16_MAX, .n_body = UINT16_MAX);

    (void)state;
    assert_int_equal(long_key.n, BINARY_HEAD);
    must_refuse(long_key, FAILURE_INVALID, true, 0, __LINE__);
    assert_int_equal(out.used, BINARY_HEAD);
    must_refuse(PACKET(.opcode = 0x00, .n_key = 100, .n_body = 99), FAILURE_UNKNOWN, true, 0, __LINE__);
    assert_int_equal(
        parse(PACKET(.opcode = 0x00, .n_key = REQUEST_KEY_MAX, .n_body = REQUEST_KEY_MAX)), PARSE_MORE);
}

static void
unknown_opcodes_are_swallowed(void **state)
{
    (void)state;
    must_refuse(PACKET(.opcode = 0x1b), FAILURE_UNKNOWN, false, 0, __LINE__);
    must_refuse(PACKET(.opcode = 0xEE, .n_body = 1000), FAILURE_UNKNOWN, false, 1000, __LINE__);
    assert_int_equal(out.used, BINARY_HEAD);
    must_refuse(PACKET(.opcode = 0xEE, .extras = TIME_EXTRAS, .key = BYTES("k"), .value = BYTES("123")),
        FAILURE_UNKNOWN, false, 3, __LINE__);
    assert_int_equal(out.used, BINARY_HEAD + 5);
}

static void
long_tokens_are_refused(void **state)
{
    (void)state;
    must_refuse(PACKET(.opcode = 0x21, .key = BYTES("PLAIN"), .n_body = TOKEN_MAX + 6), FAILURE_NO_MEMORY,
        false, TOKEN_MAX + 1, __LINE__);
    assert_int_equal(
        parse(PACKET(.opcode = 0x21, .key = BYTES("PLAIN"), .n_body = TOKEN_MAX + 5)), PARSE_MORE);
}

/* ---- pieces ------------------------------------------------------------- */

/*
 * Until header, extras and key are complete the parser asks for more; then it returns PARSE_BODY, or waits
 * for the value, too.
 */
static void
must_cut(struct bytes in, size_t n_front, enum parse_result without_value)
{
    struct parser parser = {0};
    for (size_t n = 0; n < in.n; n++) {
        enum parse_result want = n < n_front ? PARSE_MORE : without_value;
        assert_int_equal(feed(&parser, in.p, n), want);
        assert_int_equal(out.used, want == PARSE_BODY ? n_front : 0);
        if (want == PARSE_BODY) {
            assert_null(req.value.p);
            assert_int_equal(req.n_value, in.n - n_front);
        }
    }
    assert_int_equal(feed(&parser, in.p, in.n), PARSE_DONE);
    assert_int_equal(out.used, in.n);
}

static void
every_cut(void **state)
{
    (void)state;
    must_cut(PACKET(.opcode = 0x0a), BINARY_HEAD, PARSE_MORE);
    must_cut(PACKET(.opcode = 0x00, .key = BYTES("key")), BINARY_HEAD + 3, PARSE_MORE);
    must_cut(PACKET(.opcode = 0x01, .extras = STORAGE_EXTRAS, .key = BYTES("key"), .value = BYTES("value")),
        BINARY_HEAD + 11, PARSE_BODY);
    must_cut(
        PACKET(.opcode = 0x0e, .key = BYTES("key"), .value = BYTES("value")), BINARY_HEAD + 3, PARSE_BODY);
    must_cut(
        PACKET(.opcode = 0x21, .key = BYTES("PLAIN"), .value = BYTES("token")), BINARY_HEAD + 5, PARSE_MORE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_byte_decides),
        cmocka_unit_test(protocol_may_be_fixed),
        cmocka_unit_test(other_magic_hangs_up),
        cmocka_unit_test(every_opcode_is_known),
        cmocka_unit_test(gets),
        cmocka_unit_test(puts_),
        cmocka_unit_test(numbers),
        cmocka_unit_test(others),
        cmocka_unit_test(lengths_that_do_not_fit_their_opcode),
        cmocka_unit_test(lengths_that_contradict_each_other),
        cmocka_unit_test(long_keys),
        cmocka_unit_test(bad_headers_are_refused_at_once),
        cmocka_unit_test(unknown_opcodes_are_swallowed),
        cmocka_unit_test(long_tokens_are_refused),
        cmocka_unit_test(every_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
