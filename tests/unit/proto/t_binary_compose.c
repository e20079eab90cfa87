/* binary_compose: reply packets byte for byte, and which of them a quiet request suppresses. */
#include "proto/compose.h"

#include "proto/response.h"
#include "tests/unit/proto/packets.h"

/* The header of a reply to a packet with opcode `op` and opaque "OPAQ". */
#define HEAD(op, n_key, n_extras, status, n_body, cas) "\x81" op n_key n_extras "\0" status n_body "OPAQ" cas
#define CAS_0                                          "\0\0\0\0\0\0\0\0"
#define CAS_9                                          "\0\0\0\0\0\0\0\x09"
#define GOOD                                           "\0\0"
#define NO_KEY                                         "\0\0"
#define EMPTY                                          "\0\0\0\0"

static struct bytes
request(uint8_t opcode)
{
    struct packet p = {.opcode = opcode, .key = BYTES("key")};
    memcpy(&p.opaque, "OPAQ", sizeof p.opaque);
    if (opcode == 0x01 || opcode == 0x02 || opcode == 0x03 || (opcode >= 0x11 && opcode <= 0x13))
        p.extras = BYTES("12345678");
    if (opcode == 0x05 || opcode == 0x15)
        p.extras = BYTES("12345678901234567890");
    if (opcode == 0x1c || opcode == 0x24)
        p.extras = BYTES("1234");
    if (opcode == 0x07 || opcode == 0x08 || opcode == 0x0a || opcode == 0x0b || opcode == 0x17 ||
        opcode == 0x18)
        p.key.n = 0;
    return packet(p);
}

static bool value_follows;

static void
must_reply(uint8_t opcode, struct response rsp, struct bytes want, int line)
{
    assert_int_equal(parse(request(opcode)), PARSE_DONE);
    char *dst = malloc(COMPOSE_MAX); /* exactly the size that the header promises */
    assert_non_null(dst);
    char *end = proto_compose(dst, &req, &rsp, &value_follows);
    if (!bytes_equal(bytes_of(dst, (size_t)(end - dst)), want)) {
        print_message("line %d:", line);
        for (char *p = dst; p < end; p++)
            print_message(" %02x", (unsigned char)*p);
        fail_msg("\nline %d: %zu bytes, not %zu", line, (size_t)(end - dst), want.n);
    }
    free(dst);
}

#define MUST_REPLY(opcode, want, ...) \
    must_reply(opcode, (struct response){__VA_ARGS__}, BYTES(want), __LINE__)

static void
found(void **state)
{
    const struct response hit = {.kind = RSP_VALUE,
        .with_value = true,
        .key = BYTES("key"),
        .n_value = 5,
        .client_flags = 0x01020304,
        .cas = 9};
    struct response touched = hit;
    char tail[COMPOSE_TAIL_MAX];

    (void)state;
    must_reply(0x00, hit, BYTES(HEAD("\x00", NO_KEY, "\x04", GOOD, "\0\0\0\x09", CAS_9) "\x01\x02\x03\x04"),
        __LINE__);
    assert_true(value_follows);
    assert_ptr_equal(proto_compose_tail(tail, &req), tail);
    must_reply(0x0d, hit,
        BYTES(HEAD("\x0d", "\0\x03", "\x04", GOOD, "\0\0\0\x0c", CAS_9) "\x01\x02\x03\x04"
                                                                        "key"),
        __LINE__);
    must_reply(0x24, hit,
        BYTES(HEAD("\x24", "\0\x03", "\x04", GOOD, "\0\0\0\x0c", CAS_9) "\x01\x02\x03\x04"
                                                                        "key"),
        __LINE__);
    touched.with_value = false;
    must_reply(0x1c, touched,
        BYTES(HEAD("\x1c", NO_KEY, "\x04", GOOD, "\0\0\0\x04", CAS_9) "\x01\x02\x03\x04"), __LINE__);
    assert_false(value_follows);
}

static void
misses(void **state)
{
    (void)state;
    MUST_REPLY(0x00, HEAD("\x00", NO_KEY, "\0", "\0\x01", "\0\0\0\x09", CAS_0) "Not found", .kind = RSP_MISS);
    MUST_REPLY(0x0c, HEAD("\x0c", "\0\x03", "\0", "\0\x01", "\0\0\0\x03", CAS_0) "key", .kind = RSP_MISS);
    MUST_REPLY(0x09, "", .kind = RSP_MISS);
    MUST_REPLY(0x0d, "", .kind = RSP_MISS);
}

static void
stored(void **state)
{
    (void)state;
    MUST_REPLY(0x01, HEAD("\x01", NO_KEY, "\0", GOOD, EMPTY, CAS_9), .kind = RSP_STORED, .cas = 9);
    MUST_REPLY(0x11, "", .kind = RSP_STORED, .cas = 9);
    MUST_REPLY(0x04, HEAD("\x04", NO_KEY, "\0", GOOD, EMPTY, CAS_0), .kind = RSP_DELETED, .cas = 9);
    MUST_REPLY(0x14, "", .kind = RSP_DELETED);
    MUST_REPLY(0x05, HEAD("\x05", NO_KEY, "\0", GOOD, "\0\0\0\x08", CAS_9) "\xff\xff\xff\xff\xff\xff\xff\xfe",
        .kind = RSP_NUMBER, .number = UINT64_MAX - 1, .cas = 9);
    MUST_REPLY(0x15, "", .kind = RSP_NUMBER, .number = 1);
}

/* A failed request is answered with the text of its error, quiet or not. */
static void
not_stored(void **state)
{
    (void)state;
    MUST_REPLY(0x0e, HEAD("\x0e", NO_KEY, "\0", "\0\x05", "\0\0\0\x0b", CAS_0) "Not stored.",
        .kind = RSP_NOT_STORED);
    MUST_REPLY(0x12, HEAD("\x12", NO_KEY, "\0", "\0\x02", "\0\0\0\x14", CAS_0) "Data exists for key.",
        .kind = RSP_NOT_STORED);
    MUST_REPLY(
        0x13, HEAD("\x13", NO_KEY, "\0", "\0\x01", "\0\0\0\x09", CAS_0) "Not found", .kind = RSP_NOT_STORED);
    MUST_REPLY(0x11, HEAD("\x11", NO_KEY, "\0", "\0\x02", "\0\0\0\x14", CAS_0) "Data exists for key.",
        .kind = RSP_EXISTS);
    MUST_REPLY(
        0x14, HEAD("\x14", NO_KEY, "\0", "\0\x01", "\0\0\0\x09", CAS_0) "Not found", .kind = RSP_NOT_FOUND);
}

static void
failures(void **state)
{
    (void)state;
    MUST_REPLY(0x11, HEAD("\x11", NO_KEY, "\0", "\0\x03", "\0\0\0\x0a", CAS_0) "Too large.", .kind = RSP_FAIL,
        .failure = FAILURE_TOO_LARGE);
    MUST_REPLY(0x11,
        HEAD("\x11", NO_KEY, "\0", "\0\x82", "\0\0\0\x1d", CAS_0) "Out of memory allocating item",
        .kind = RSP_FAIL, .failure = FAILURE_NO_MEMORY);
    MUST_REPLY(0x15,
        HEAD("\x15", NO_KEY, "\0", "\0\x82", "\0\0\0\x20", CAS_0) "Out of memory incrementing value",
        .kind = RSP_FAIL, .failure = FAILURE_NO_MEMORY);
    MUST_REPLY(0x10,
        HEAD("\x10", NO_KEY, "\0", "\0\x82", "\0\0\0\x1e", CAS_0) "Out of memory generating stats",
        .kind = RSP_FAIL, .failure = FAILURE_NO_MEMORY);
    MUST_REPLY(0x04, HEAD("\x04", NO_KEY, "\0", "\0\x82", "\0\0\0\x0d", CAS_0) "Out of memory",
        .kind = RSP_FAIL, .failure = FAILURE_NO_MEMORY);
    MUST_REPLY(0x05,
        HEAD("\x05", NO_KEY, "\0", "\0\x06", "\0\0\0\x2e",
            CAS_0) "Non-numeric server-side value for incr or decr",
        .kind = RSP_FAIL, .failure = FAILURE_NOT_NUMBER);
    MUST_REPLY(0x18, HEAD("\x18", NO_KEY, "\0", "\0\x20", "\0\0\0\x0d", CAS_0) "Auth failure.",
        .kind = RSP_FAIL, .failure = FAILURE_FORBIDDEN);
    MUST_REPLY(0x21, HEAD("\x21", NO_KEY, "\0", "\0\x85", "\0\0\0\x04", CAS_0) "Busy", .kind = RSP_FAIL,
        .failure = FAILURE_BUSY);
    MUST_REPLY(0x10, HEAD("\x10", NO_KEY, "\0", "\0\x01", "\0\0\0\x09", CAS_0) "Not found", .kind = RSP_FAIL,
        .failure = FAILURE_NO_GROUP);
    MUST_REPLY(0x0a, HEAD("\x0a", NO_KEY, "\0", "\0\x04", "\0\0\0\x11", CAS_0) "Invalid arguments",
        .kind = RSP_FAIL, .failure = FAILURE_INVALID);
    MUST_REPLY(0x0a, HEAD("\x0a", NO_KEY, "\0", "\0\x81", "\0\0\0\x0f", CAS_0) "Unknown command",
        .kind = RSP_FAIL, .failure = FAILURE_UNKNOWN);
}

static void
others(void **state)
{
    char head[COMPOSE_HEAD];

    (void)state;
    MUST_REPLY(0x0a, HEAD("\x0a", NO_KEY, "\0", GOOD, EMPTY, CAS_0), .kind = RSP_NOP);
    MUST_REPLY(0x07, HEAD("\x07", NO_KEY, "\0", GOOD, EMPTY, CAS_0), .kind = RSP_BYE);
    MUST_REPLY(0x17, "", .kind = RSP_BYE);
    MUST_REPLY(0x08, HEAD("\x08", NO_KEY, "\0", GOOD, EMPTY, CAS_0), .kind = RSP_OK);
    MUST_REPLY(0x18, "", .kind = RSP_OK);
    MUST_REPLY(
        0x10, HEAD("\x10", NO_KEY, "\0", GOOD, EMPTY, CAS_0), .kind = RSP_LINE, .text = BYTES("RESET"));
    MUST_REPLY(0x0b, HEAD("\x0b", NO_KEY, "\0", GOOD, "\0\0\0\x03", CAS_0) "1.6", .kind = RSP_VERSION,
        .text = BYTES("1.6"));
    MUST_REPLY(0x00, "", .kind = RSP_SILENT);
    parse(request(0x10));
    assert_ptr_equal(compose_stat_head(head, &req, 3, 258), head + sizeof head);
    assert_memory_equal(head, HEAD("\x10", "\0\x03", "\0", GOOD, "\0\0\x01\x05", CAS_0), sizeof head);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(found),
        cmocka_unit_test(misses),
        cmocka_unit_test(stored),
        cmocka_unit_test(not_stored),
        cmocka_unit_test(failures),
        cmocka_unit_test(others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
