/* reply: servers' replies in every dialect: whole, cut at every byte, and invalid. */
#include "proto/reply.h"

#include <stdlib.h>

#include "proto/binary.h"
#include "tests/unit/unit.h"

static struct reply reply; /* of the last input; it points into `input` */
static char *input;

enum { VALUE_MAX = 1 << 20 };

static enum reply_result
feed(struct reply_reader *r, struct bytes text)
{
    free(input);
    input = malloc(text.n > 0 ? text.n : 1);
    assert_non_null(input);
    memcpy(input, text.p, text.n);
    memset(&reply, 0xA5, sizeof reply);
    return proto_reply(r, bytes_of(input, text.n), &reply);
}

static enum reply_result
read_once(enum dialect dialect, struct bytes text)
{
    struct reply_reader r = {.dialect = (uint8_t)dialect, .value_max = VALUE_MAX};
    return feed(&r, text);
}

static void
assert_same(struct bytes got, struct bytes want, int line)
{
    if (!bytes_equal(got, want))
        fail_msg("line %d: got \"%.*s\", not \"%.*s\"", line, (int)got.n, got.p, (int)want.n, want.p);
}

#define assert_text(got, literal) assert_same(got, BYTES(literal), __LINE__)

/*
 * `text` is one whole reply with this status, and no shorter part of it is whole.  Before the value begins the
 * result is REPLY_MORE, then REPLY_BODY, and `missing` is never more than the bytes that are missing.
 */
static void
assert_whole(enum dialect dialect, struct bytes text, size_t n_value, enum reply_status status, int line)
{
    struct reply_reader growing = {.dialect = (uint8_t)dialect, .value_max = VALUE_MAX};
    size_t end = dialect == DIALECT_BINARY ? 0 : 2;
    bool with_value = status == REPLY_VALUE;
    for (size_t n = 0; n < text.n; n++) {
        enum reply_result want = with_value && n >= text.n - n_value - end ? REPLY_BODY : REPLY_MORE;
        if (read_once(dialect, bytes_of(text.p, n)) != want)
            fail_msg("line %d: cut at %zu", line, n);
        assert_true(reply.missing > 0 && reply.missing <= text.n - n);
        if (want == REPLY_BODY) {
            assert_int_equal(reply.used, text.n - n_value - end);
            assert_int_equal(reply.n_value, n_value);
            assert_int_equal(reply.missing, text.n - n);
        }
        assert_int_equal(feed(&growing, bytes_of(text.p, n)), want);
    }
    assert_int_equal(feed(&growing, text), REPLY_WHOLE);
    if (read_once(dialect, text) != REPLY_WHOLE || reply.status != status || reply.used != text.n)
        fail_msg("line %d: status %d, used %zu", line, reply.status, reply.used);
    /* a byte after the reply is not consumed */
    char *more = malloc(text.n + 1);
    assert_non_null(more);
    memcpy(more, text.p, text.n);
    more[text.n] = 'x';
    assert_int_equal(read_once(dialect, bytes_of(more, text.n + 1)), REPLY_WHOLE);
    assert_int_equal(reply.used, text.n);
    free(more);
}

#define assert_reply(literal, n_value, status) \
    assert_whole(DIALECT_META, BYTES(literal), n_value, status, __LINE__)

#define assert_broken(literal) assert_int_equal(read_once(DIALECT_META, BYTES(literal)), REPLY_BROKEN)

static void
words(void **state)
{
    (void)state;
    assert_reply("STORED\r\n", 0, REPLY_DONE);
    assert_reply("DELETED\r\n", 0, REPLY_DONE);
    assert_reply("TOUCHED\n", 0, REPLY_DONE);
    assert_reply("OK\r\n", 0, REPLY_DONE);
    assert_reply("RESET\r\n", 0, REPLY_DONE);
    assert_reply("END\r\n", 0, REPLY_END);
    assert_reply("NOT_FOUND\r\n", 0, REPLY_MISS);
    assert_reply("NOT_STORED\r\n", 0, REPLY_NOT_STORED);
    assert_reply("EXISTS\r\n", 0, REPLY_EXISTS);
    assert_reply("ERROR\r\n", 0, REPLY_UNKNOWN);
    assert_reply("SERVER_ERROR object too large for cache\r\n", 0, REPLY_TOO_LARGE);
    assert_reply("SERVER_ERROR out of memory storing object\r\n", 0, REPLY_NO_MEMORY);
    assert_reply("SERVER_ERROR what\r\n", 0, REPLY_TROUBLE);
    assert_text(reply.text, "SERVER_ERROR what");
    assert_reply("CLIENT_ERROR cannot increment or decrement non-numeric value\r\n", 0, REPLY_NOT_NUMBER);
    assert_reply("CLIENT_ERROR unauthenticated\r\n", 0, REPLY_DENIED);
    assert_reply("CLIENT_ERROR authentication failure\r\n", 0, REPLY_DENIED);
    assert_reply("CLIENT_ERROR permission denied\r\n", 0, REPLY_DENIED);
    assert_reply("CLIENT_ERROR flush_all not allowed\r\n", 0, REPLY_DENIED);
    assert_reply("CLIENT_ERROR config set not allowed\r\n", 0, REPLY_DENIED);
    assert_reply("CLIENT_ERROR bad command line format\r\n", 0, REPLY_INVALID);
    assert_true(reply_is_error(&reply));
    assert_reply("VERSION 1.6.45\r\n", 0, REPLY_VERSION);
    assert_text(reply.text, "1.6.45");
    assert_reply("VERSION 1.6.45 and more\r\n", 0, REPLY_VERSION);
    assert_text(reply.text, "1.6.45 and more");
    assert_reply("STAT curr_items 5\r\n", 0, REPLY_STAT);
    assert_text(reply.key, "curr_items");
    assert_text(reply.text, "5");
    assert_reply("STAT empty \r\n", 0, REPLY_STAT);
    assert_text(reply.text, "");
    assert_reply("STAT text a b\r\n", 0, REPLY_STAT);
    assert_text(reply.text, "a b");
    assert_reply("key=a exp=-1\r\n", 0, REPLY_LINE);
    assert_text(reply.text, "key=a exp=-1");
    assert_reply("ME k exp=-1\r\n", 0, REPLY_LINE);
    assert_reply("\r\n", 0, REPLY_LINE);
    assert_broken("STAT \r\n");
}

static void
values(void **state)
{
    (void)state;
    assert_reply("VALUE key 7 3\r\nabc\r\n", 3, REPLY_VALUE);
    assert_text(reply.key, "key");
    assert_text(reply.value, "abc");
    assert_int_equal(reply.client_flags, 7);
    assert_false(reply.flags & META_FLAG('c'));
    assert_reply("VALUE k 0 0 18446744073709551615\r\n\r\n", 0, REPLY_VALUE);
    assert_true(reply.cas == UINT64_MAX);
    assert_reply("CONFIG cluster 0 4\r\n1\na\n\r\n", 4, REPLY_VALUE);
    assert_text(reply.value, "1\na\n");
    assert_broken("VALUE k 0 3\r\nabcd\r\n");
    assert_broken("VALUE k 0 -1\r\n");
    assert_broken("VALUE k 0\r\n");
    assert_broken("VALUE k x 1\r\n");
    assert_broken("VALUE k 0 1 x\r\n");
    assert_broken("VALUE k 0 4294967296\r\n");
    assert_broken("VALUE k 0 1048577\r\n");
    assert_int_equal(read_once(DIALECT_TEXT, BYTES("VALUE k 0 1048576\r\n")), REPLY_BODY);
}

static void
numbers(void **state)
{
    (void)state;
    uint64_t n;
    assert_reply("18446744073709551615\r\n", 0, REPLY_NUMBER);
    assert_true(reply_number(&reply, &n) && n == UINT64_MAX);
    assert_reply("9  \r\n", 0, REPLY_NUMBER);
    assert_true(reply_number(&reply, &n) && n == 9);
    assert_reply("18446744073709551616\r\n", 0, REPLY_LINE);
    assert_false(reply_number(&reply, &n));
    assert_reply("VA 2\r\n42\r\n", 2, REPLY_VALUE);
    assert_true(reply_number(&reply, &n) && n == 42);
    assert_reply("VA 1\r\nx\r\n", 1, REPLY_VALUE);
    assert_false(reply_number(&reply, &n));
}

static void
meta(void **state)
{
    (void)state;
    assert_reply("HD\r\n", 0, REPLY_DONE);
    assert_reply("EN\r\n", 0, REPLY_MISS);
    assert_reply("NF\r\n", 0, REPLY_MISS);
    assert_reply("NS O5\r\n", 0, REPLY_NOT_STORED);
    assert_int_equal(reply.opaque, 5);
    assert_reply("EX c9\r\n", 0, REPLY_EXISTS);
    assert_int_equal(reply.cas, 9);
    assert_reply("MN\r\n", 0, REPLY_NOP);
    assert_reply("VA 3 f7 c12 s3 t-1 h1 l60 kYWI= b W X Z\r\nabc\r\n", 3, REPLY_VALUE);
    assert_text(reply.value, "abc");
    assert_text(reply.key, "YWI=");
    assert_int_equal(reply.client_flags, 7);
    assert_int_equal(reply.cas, 12);
    assert_int_equal(reply.size, 3);
    assert_int_equal(reply.ttl, -1);
    assert_int_equal(reply.last_access_s, 60);
    assert_true(reply.fetched && reply.key_is_binary && reply.won && reply.stale && reply.token_sent);
    assert_true(reply.flags & META_FLAG('t'));
    assert_false(reply.flags & META_FLAG('O'));
    assert_reply("HD ?9 j\r\n", 0, REPLY_DONE);
    assert_broken("VA\r\n");
    assert_broken("VA x\r\n");
    assert_broken("VA 1 fx\r\na\r\n");
    assert_broken("VA 1\r\na\nx");
    assert_broken("HD k\r\n");
    assert_broken("HD h2\r\n");
    assert_broken("HD Oabc\r\n");
}

static void
long_lines(void **state)
{
    (void)state;
    char *line = malloc(REPLY_LINE_MAX + 1);
    assert_non_null(line);
    memset(line, 'x', REPLY_LINE_MAX + 1);
    assert_int_equal(read_once(DIALECT_META, bytes_of(line, REPLY_LINE_MAX - 1)), REPLY_MORE);
    assert_int_equal(read_once(DIALECT_META, bytes_of(line, REPLY_LINE_MAX)), REPLY_BROKEN);
    line[REPLY_LINE_MAX] = '\n';
    assert_int_equal(read_once(DIALECT_META, bytes_of(line, REPLY_LINE_MAX + 1)), REPLY_BROKEN);
    line[REPLY_LINE_MAX - 1] = '\n';
    assert_int_equal(read_once(DIALECT_META, bytes_of(line, REPLY_LINE_MAX)), REPLY_WHOLE);
    free(line);
}

/* ---- packets ------------------------------------------------------------ */

static char packet_room[512];

static struct bytes
packet(uint8_t opcode, uint16_t status, struct bytes extras, struct bytes key, struct bytes value)
{
    char *p = packet_room;
    memset(p, 0, BINARY_HEAD);
    p[0] = (char)BINARY_REPLY;
    p[1] = (char)opcode;
    binary_put16(p + 2, (uint16_t)key.n);
    p[4] = (char)extras.n;
    binary_put16(p + 6, status);
    binary_put32(p + 8, (uint32_t)(extras.n + key.n + value.n));
    binary_put32(p + 12, 0xAABBCCDD);
    binary_put64(p + 16, 77);
    p += BINARY_HEAD;
    memcpy(p, extras.p, extras.n);
    memcpy(p + extras.n, key.p, key.n);
    memcpy(p + extras.n + key.n, value.p, value.n);
    return bytes_of(packet_room, BINARY_HEAD + extras.n + key.n + value.n);
}

static void
assert_packet(struct bytes text, size_t n_value, enum reply_status status, int line)
{
    assert_whole(DIALECT_BINARY, text, n_value, status, line);
    assert_int_equal(reply.opaque, 0xAABBCCDD);
    assert_int_equal(reply.cas, 77);
}

#define NONE BYTES("")

static void
packets(void **state)
{
    (void)state;
    assert_packet(packet(0x0c, 0, BYTES("\0\0\0\7"), BYTES("key"), BYTES("abc")), 3, REPLY_VALUE, __LINE__);
    assert_text(reply.key, "key");
    assert_text(reply.value, "abc");
    assert_int_equal(reply.client_flags, 7);
    assert_packet(packet(0x1c, 0, BYTES("\0\0\0\7"), NONE, NONE), 0, REPLY_VALUE, __LINE__);
    assert_packet(packet(0x01, 0, NONE, NONE, NONE), 0, REPLY_DONE, __LINE__);
    assert_packet(packet(0x05, 0, NONE, NONE, BYTES("\0\0\0\0\0\0\1\2")), 8, REPLY_NUMBER, __LINE__);
    assert_int_equal(reply.number, 258);
    assert_packet(packet(0x0a, 0, NONE, NONE, NONE), 0, REPLY_NOP, __LINE__);
    assert_packet(packet(0x0b, 0, NONE, NONE, BYTES("1.6.45")), 6, REPLY_VERSION, __LINE__);
    assert_text(reply.text, "1.6.45");
    assert_packet(packet(0x10, 0, NONE, BYTES("pid"), BYTES("1")), 1, REPLY_STAT, __LINE__);
    assert_text(reply.key, "pid");
    assert_text(reply.text, "1");
    assert_packet(packet(0x10, 0, NONE, NONE, NONE), 0, REPLY_END, __LINE__);
    assert_packet(packet(0x21, 0, NONE, NONE, BYTES("Authenticated")), 13, REPLY_DONE, __LINE__);
}

static void
packet_errors(void **state)
{
    (void)state;
    static const struct {
        uint16_t wire;
        enum reply_status status;
    } all[] = {
        {0x01, REPLY_MISS},
        {0x02, REPLY_EXISTS},
        {0x03, REPLY_TOO_LARGE},
        {0x04, REPLY_INVALID},
        {0x05, REPLY_NOT_STORED},
        {0x06, REPLY_NOT_NUMBER},
        {0x20, REPLY_DENIED},
        {0x21, REPLY_LOGIN_MORE},
        {0x81, REPLY_UNKNOWN},
        {0x82, REPLY_NO_MEMORY},
        {0x86, REPLY_TROUBLE},
    };
    for (size_t i = 0; i < N_OF(all); i++) {
        assert_packet(packet(0x00, all[i].wire, NONE, NONE, BYTES("words")), 5, all[i].status, __LINE__);
        assert_text(reply.text, "words");
    }
}

static void
broken_packets(void **state)
{
    (void)state;
    struct bytes p = packet(0x00, 0, BYTES("\0\0\0\7"), NONE, BYTES("abc"));
    packet_room[0] = (char)BINARY_REQUEST;
    assert_int_equal(read_once(DIALECT_BINARY, bytes_of(p.p, 1)), REPLY_BROKEN);
    packet(0x00, 0, BYTES("\0\0\0\7"), NONE, BYTES("abc"));
    binary_put16(packet_room + 2, 8); /* the key is longer than the body */
    assert_int_equal(read_once(DIALECT_BINARY, p), REPLY_BROKEN);
    packet(0x00, 0, BYTES("\0\0\0\7"), NONE, BYTES("abc"));
    binary_put32(packet_room + 8, VALUE_MAX + 5);
    assert_int_equal(read_once(DIALECT_BINARY, p), REPLY_BROKEN);
    binary_put32(packet_room + 8, VALUE_MAX + 4);
    assert_int_equal(read_once(DIALECT_BINARY, p), REPLY_BODY);
    p = packet(0x0b, 0, NONE, NONE, BYTES("v"));
    binary_put32(packet_room + 8, REPLY_WORDS_MAX + 1);
    assert_int_equal(read_once(DIALECT_BINARY, p), REPLY_BROKEN);
    assert_int_equal(read_once(DIALECT_BINARY, packet(0x05, 0, NONE, NONE, BYTES("1234567"))), REPLY_BROKEN);
    assert_int_equal(read_once(DIALECT_BINARY, packet(0x00, 0, BYTES("\0\0"), NONE, NONE)), REPLY_BROKEN);
    assert_int_equal(read_once(DIALECT_BINARY, packet(0x00, 0, NONE, NONE, BYTES("abc"))), REPLY_BROKEN);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words),
        cmocka_unit_test(values),
        cmocka_unit_test(numbers),
        cmocka_unit_test(meta),
        cmocka_unit_test(long_lines),
        cmocka_unit_test(packets),
        cmocka_unit_test(packet_errors),
        cmocka_unit_test(broken_packets),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(input);
    return failed;
}
