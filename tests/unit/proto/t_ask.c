/*
 * ask: each dialect's request is parsed back by the server's parser; what a dialect cannot express is an
 * error.
 */
#include "proto/ask.h"

#include "tests/unit/proto/parsing.h"

/* Composes in memory of exactly the size that the header promises, and parses the result. */
static size_t n_asked;
static char asked[ASK_MAX + 64];

static void
ask_of(enum dialect dialect, const struct ask *ask, const char *value)
{
    char *dst = malloc(ASK_MAX);
    assert_non_null(dst);
    assert_int_equal(proto_ask_check(dialect, ask), ASK_GOOD);
    n_asked = (size_t)(proto_ask(dst, dialect, ask) - dst);
    assert_true(n_asked <= ASK_MAX);
    memcpy(asked, dst, n_asked);
    free(dst);
    memcpy(asked + n_asked, value, ask->n_value);
    n_asked = (size_t)(proto_ask_tail(asked + n_asked + ask->n_value, dialect, ask) - asked);
    struct parser parser = {.protocol = dialect == DIALECT_BINARY ? PROTOCOL_BINARY : PROTOCOL_TEXT};
    assert_int_equal(feed(&parser, asked, n_asked), PARSE_DONE);
    assert_int_equal(out.used, n_asked);
}

#define ASK(dialect, value, ...) ask_of(dialect, &(struct ask){__VA_ARGS__}, value)

/* Text and meta: compares the line byte for byte. */
#define assert_line(dialect, line, ...)                                    \
    do {                                                                   \
        ASK(dialect, "abcdef", __VA_ARGS__);                               \
        assert_bytes_are(bytes_of(asked, n_asked), BYTES(line), __LINE__); \
    } while (0)

#define F(letter) META_FLAG(letter)

static void
text_lines(void **state)
{
    (void)state;
    assert_line(DIALECT_TEXT, "get k\r\n", .kind = ASK_GET, .key = BYTES("k"), .flags = F('v'));
    assert_line(DIALECT_TEXT, "gets k\r\n", .kind = ASK_GET, .key = BYTES("k"), .flags = F('c'));
    assert_line(
        DIALECT_TEXT, "gat -1 k\r\n", .kind = ASK_GET, .key = BYTES("k"), .flags = F('T'), .exptime = -1);
    assert_line(DIALECT_TEXT, "gats 30 k\r\n", .kind = ASK_GET, .key = BYTES("k"), .flags = F('T') | F('c'),
        .exptime = 30);
    assert_line(DIALECT_TEXT, "set k 7 0 3\r\nabc\r\n", .kind = ASK_PUT, .key = BYTES("k"), .client_flags = 7,
        .n_value = 3);
    assert_line(DIALECT_TEXT, "add k 0 60 0 noreply\r\n\r\n", .kind = ASK_PUT, .mode = PUT_ADD,
        .key = BYTES("k"), .exptime = 60, .quiet = true);
    assert_line(DIALECT_TEXT, "replace k 0 0 1\r\na\r\n", .kind = ASK_PUT, .mode = PUT_REPLACE,
        .key = BYTES("k"), .n_value = 1);
    assert_line(DIALECT_TEXT, "append k 0 0 1\r\na\r\n", .kind = ASK_PUT, .mode = PUT_APPEND,
        .key = BYTES("k"), .n_value = 1);
    assert_line(DIALECT_TEXT, "prepend k 0 0 1\r\na\r\n", .kind = ASK_PUT, .mode = PUT_PREPEND,
        .key = BYTES("k"), .n_value = 1);
    assert_line(DIALECT_TEXT, "cas k 0 0 1 18446744073709551615\r\na\r\n", .kind = ASK_PUT, .key = BYTES("k"),
        .n_value = 1, .flags = F('C'), .cas = UINT64_MAX);
    assert_line(DIALECT_TEXT, "delete k noreply\r\n", .kind = ASK_DELETE, .key = BYTES("k"), .quiet = true);
    assert_line(DIALECT_TEXT, "incr k 5\r\n", .kind = ASK_ARITH, .key = BYTES("k"), .delta = 5);
    assert_line(DIALECT_TEXT, "decr k 5 noreply\r\n", .kind = ASK_ARITH, .key = BYTES("k"), .delta = 5,
        .decr = true, .quiet = true);
    assert_line(DIALECT_TEXT, "touch k 9\r\n", .kind = ASK_TOUCH, .key = BYTES("k"), .exptime = 9);
    assert_line(DIALECT_TEXT, "stats\r\n", .kind = ASK_STATS);
    assert_line(DIALECT_TEXT, "stats detail dump\r\n", .kind = ASK_STATS, .words = BYTES("detail dump"));
    assert_line(DIALECT_TEXT, "version\r\n", .kind = ASK_VERSION);
    assert_line(DIALECT_TEXT, "flush_all 5 noreply\r\n", .kind = ASK_FLUSH, .exptime = 5, .quiet = true);
    assert_line(DIALECT_TEXT, "quit\r\n", .kind = ASK_QUIT);
    assert_line(DIALECT_TEXT, "set login 0 0 6\r\nabcdef\r\n", .kind = ASK_LOGIN, .n_value = 6);
    assert_line(DIALECT_TEXT, "verbosity 1\r\n", .kind = ASK_LINE, .words = BYTES("verbosity 1"));
}

static void
meta_lines(void **state)
{
    (void)state;
    assert_line(DIALECT_META, "mg k\r\n", .kind = ASK_GET, .key = BYTES("k"));
    assert_line(DIALECT_META, "mg k f q v O7\r\n", .kind = ASK_GET, .key = BYTES("k"), .quiet = true,
        .opaque = 7, .flags = F('v') | F('f') | F('O'));
    assert_line(DIALECT_META, "mg k c h k l s t u v\r\n", .kind = ASK_GET, .key = BYTES("k"),
        .flags = F('c') | F('h') | F('k') | F('l') | F('s') | F('t') | F('u') | F('v'));
    assert_line(DIALECT_META, "mg k C1 E2 N3 R4 T-5\r\n", .kind = ASK_GET, .key = BYTES("k"), .cas = 1,
        .cas_new = 2, .vivify_exptime = 3, .recache_exptime = 4, .exptime = -5,
        .flags = F('C') | F('E') | F('N') | F('R') | F('T'));
    assert_line(DIALECT_META, "mg YSBi b v\r\n", .kind = ASK_GET, .key = BYTES("a b"), .flags = F('v'));
    assert_line(DIALECT_META, "ms k 3\r\nabc\r\n", .kind = ASK_PUT, .key = BYTES("k"), .n_value = 3);
    assert_line(DIALECT_META, "ms k 1 F9 T8 ME q\r\na\r\n", .kind = ASK_PUT, .key = BYTES("k"), .n_value = 1,
        .client_flags = 9, .exptime = 8, .mode = PUT_ADD, .quiet = true);
    assert_line(DIALECT_META, "ms k 1 MA N8\r\na\r\n", .kind = ASK_PUT, .key = BYTES("k"), .n_value = 1,
        .vivify_exptime = 8, .mode = PUT_APPEND, .flags = F('N'));
    assert_line(DIALECT_META, "ms k 0 I c C3 E4\r\n\r\n", .kind = ASK_PUT, .key = BYTES("k"), .cas = 3,
        .cas_new = 4, .flags = F('I') | F('c') | F('C') | F('E'));
    assert_line(DIALECT_META, "md k I x T3\r\n", .kind = ASK_DELETE, .key = BYTES("k"), .exptime = 3,
        .flags = F('I') | F('x') | F('T'));
    assert_line(
        DIALECT_META, "ma k D4 v\r\n", .kind = ASK_ARITH, .key = BYTES("k"), .delta = 4, .flags = F('v'));
    assert_line(DIALECT_META, "ma k MD D4 J7 N0\r\n", .kind = ASK_ARITH, .key = BYTES("k"), .delta = 4,
        .initial = 7, .decr = true, .flags = F('N'));
    assert_line(DIALECT_META, "mg k T30\r\n", .kind = ASK_TOUCH, .key = BYTES("k"), .exptime = 30);
    assert_line(DIALECT_META, "mn\r\n", .kind = ASK_NOP);
    assert_line(DIALECT_META, "stats items\r\n", .kind = ASK_STATS, .words = BYTES("items"));
}

static void
assert_packet(enum cmd_kind kind, bool quiet, uint64_t flags)
{
    assert_int_equal(req.kind, kind);
    assert_int_equal(req.quiet, quiet);
    assert_int_equal(req.opaque, 0x01020304);
    assert_int_equal(req.flags, flags);
}

#define PACKET(...) ASK(DIALECT_BINARY, "abcdef", .opaque = 0x04030201, __VA_ARGS__)

static void
packets(void **state)
{
    (void)state;
    /* the parser leaves the opaque in network byte order */
    for (unsigned bits = 0; bits < 8; bits++) {
        bool quiet = bits & 1, key = bits & 2, touch = bits & 4;
        PACKET(.kind = ASK_GET, .key = BYTES("k y"), .quiet = quiet, .exptime = 77,
            .flags = F('v') | (key ? F('k') : 0) | (touch ? F('T') : 0));
        assert_packet(touch ? CMD_GAT_ONE : CMD_GET_ONE, quiet, F('v') | (key ? F('k') : 0));
        assert_bytes(req.key, "k y");
        assert_true(!touch || req.exptime == 77);
    }
    static const enum cmd_kind puts[] = {CMD_SET, CMD_ADD, CMD_REPLACE, CMD_APPEND, CMD_PREPEND};
    for (unsigned mode = PUT_SET; mode <= PUT_PREPEND; mode++)
        for (unsigned quiet = 0; quiet < 2; quiet++) {
            PACKET(.kind = ASK_PUT, .key = BYTES("k"), .mode = (uint8_t)mode, .quiet = quiet,
                .client_flags = 5, .exptime = -1, .n_value = 6, .cas = 99, .flags = F('C'));
            assert_packet(puts[mode], quiet, F('C'));
            assert_bytes(req.value, "abcdef");
            assert_int_equal(req.cas, 99);
            assert_true(
                mode >= PUT_APPEND || (req.client_flags == 5 && req.exptime == 60 * 60 * 24 * 30 + 1));
        }
    PACKET(.kind = ASK_DELETE, .key = BYTES("k"), .quiet = true, .cas = 4, .flags = F('C'));
    assert_packet(CMD_DELETE, true, 0);
    assert_int_equal(req.cas, 4);
    for (unsigned bits = 0; bits < 8; bits++) {
        PACKET(.kind = ASK_ARITH, .key = BYTES("k"), .delta = 3, .initial = 9, .vivify_exptime = 60,
            .decr = bits & 1, .quiet = bits & 2, .flags = bits & 4 ? F('N') : 0);
        assert_packet(bits & 1 ? CMD_DECR : CMD_INCR, bits & 2, F('C') | (bits & 4 ? F('N') | F('J') : 0));
        assert_int_equal(req.delta, 3);
        assert_int_equal(req.initial, 9);
        assert_true(!(bits & 4) || req.vivify_exptime == 60);
    }
    PACKET(.kind = ASK_TOUCH, .key = BYTES("k"), .exptime = 5);
    assert_packet(CMD_GAT_ONE, false, 0);
    assert_int_equal(req.exptime, 5);
    PACKET(.kind = ASK_NOP);
    assert_packet(CMD_META_NOP, false, 0);
    PACKET(.kind = ASK_STATS, .words = BYTES("items"));
    assert_packet(CMD_STATS, false, 0);
    PACKET(.kind = ASK_VERSION);
    assert_packet(CMD_VERSION, false, 0);
    PACKET(.kind = ASK_FLUSH, .exptime = 9, .quiet = true, .key = BYTES("ignored"));
    assert_packet(CMD_FLUSH_ALL, true, 0);
    PACKET(.kind = ASK_QUIT, .quiet = true);
    assert_packet(CMD_QUIT, true, 0);
    PACKET(.kind = ASK_LOGIN, .key = BYTES("PLAIN"), .n_value = 6);
    assert_packet(CMD_SASL_AUTH, false, 0);
    assert_bytes(req.key, "PLAIN");
    assert_bytes(req.value, "abcdef");
}

#define assert_fault(dialect, fault, ...) \
    assert_int_equal(proto_ask_check(dialect, &(struct ask){__VA_ARGS__}), fault)

static void
keys(void **state)
{
    (void)state;
    char room[REQUEST_KEY_MAX + 1];
    memset(room, 'k', sizeof room);
    /* one byte that needs base64, at every place in keys of 1 to 40 bytes */
    for (size_t n = 1; n <= 40; n++)
        for (size_t at = 0; at < n; at++)
            for (int c = 0; c < 256; c++) {
                room[at] = (char)c;
                assert_int_equal(request_is_plain(bytes_of(room, n)), c > ' ' && c != 0x7f);
                room[at] = 'k';
            }
    for (enum dialect d = DIALECT_TEXT; d <= DIALECT_BINARY; d++) {
        assert_fault(d, ASK_BAD_KEY, .kind = ASK_GET);
        assert_fault(d, ASK_GOOD, .kind = ASK_GET, .key = bytes_of(room, REQUEST_KEY_MAX));
        assert_fault(d, ASK_BAD_KEY, .kind = ASK_GET, .key = bytes_of(room, REQUEST_KEY_MAX + 1));
    }
    /* ASK_LOGIN passes the mechanism as the key, which only packets have */
    assert_fault(DIALECT_BINARY, ASK_BAD_KEY, .kind = ASK_LOGIN);
    assert_fault(DIALECT_BINARY, ASK_BAD_KEY, .kind = ASK_LOGIN, .key = bytes_of(room, REQUEST_KEY_MAX + 1));
    assert_fault(DIALECT_TEXT, ASK_GOOD, .kind = ASK_LOGIN);
    room[0] = ' ';
    assert_fault(DIALECT_TEXT, ASK_BAD_KEY, .kind = ASK_GET, .key = bytes_of(room, 2));
    assert_fault(DIALECT_META, ASK_GOOD, .kind = ASK_GET, .key = bytes_of(room, 186));
    assert_fault(DIALECT_META, ASK_BAD_KEY, .kind = ASK_GET, .key = bytes_of(room, 187));
    assert_fault(DIALECT_BINARY, ASK_GOOD, .kind = ASK_GET, .key = bytes_of(room, 250));
    /* the longest request fits */
    ASK(DIALECT_META, "", .kind = ASK_GET, .key = bytes_of(room, 186), .cas = UINT64_MAX,
        .cas_new = UINT64_MAX, .exptime = INT32_MIN, .vivify_exptime = INT32_MIN,
        .recache_exptime = INT32_MIN, .opaque = UINT32_MAX, .quiet = true,
        .flags = F('v') | F('c') | F('f') | F('h') | F('l') | F('s') | F('t') | F('u') | F('C') | F('E') |
                 F('N') | F('R') | F('k') | F('O'));
}

static void
requests_a_dialect_cannot_express(void **state)
{
    (void)state;
    struct bytes k = BYTES("k");
    assert_fault(DIALECT_TEXT, ASK_NOT_SUPPORTED, .kind = ASK_GET, .key = k, .flags = F('t'));
    assert_fault(DIALECT_TEXT, ASK_NOT_SUPPORTED, .kind = ASK_GET, .key = k, .quiet = true);
    assert_fault(DIALECT_TEXT, ASK_NOT_SUPPORTED, .kind = ASK_NOP);
    assert_fault(DIALECT_TEXT, ASK_NOT_SUPPORTED, .kind = ASK_ARITH, .key = k, .flags = F('N'));
    assert_fault(
        DIALECT_TEXT, ASK_NOT_SUPPORTED, .kind = ASK_PUT, .mode = PUT_ADD, .key = k, .flags = F('C'));
    assert_fault(DIALECT_BINARY, ASK_NOT_SUPPORTED, .kind = ASK_GET, .key = k, .flags = F('R'));
    assert_fault(DIALECT_BINARY, ASK_NOT_SUPPORTED, .kind = ASK_LINE, .words = BYTES("x"));
    for (enum dialect d = DIALECT_TEXT; d <= DIALECT_BINARY; d++) {
        assert_fault(d, ASK_NOT_SUPPORTED, .kind = ASK_PUT, .mode = PUT_CAS, .key = k);
        assert_fault(d, ASK_NOT_SUPPORTED, .kind = ASK_N_KINDS);
        assert_fault(d, ASK_BAD_NUMBER, .kind = ASK_TOUCH, .key = k, .exptime = INT64_C(1) << 31);
        assert_fault(d, ASK_BAD_NUMBER, .kind = ASK_PUT, .key = k, .n_value = INT32_MAX);
        assert_fault(d, ASK_BAD_WORDS, .kind = ASK_STATS, .words = BYTES("a\r\nflush_all"));
        assert_fault(
            d, ASK_BAD_WORDS, .kind = ASK_STATS, .words = text_with_run("", 'w', ASK_WORDS_MAX + 1, ""));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_lines),
        cmocka_unit_test(meta_lines),
        cmocka_unit_test(packets),
        cmocka_unit_test(keys),
        cmocka_unit_test(requests_a_dialect_cannot_express),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(input);
    return failed;
}
