/*
 * text_compose: classic replies byte for byte, the digits in them, and the replies that noreply
 * suppresses.
 */
#include <stdio.h>

#include "tests/unit/proto/composing.h"

static void
values(void **state)
{
    (void)state;
    assert_reply(
        "get k\r\n", "VALUE key 0 5\r\n", .kind = RSP_VALUE, .key = BYTES("key"), .n_value = 5, .cas = 9);
    assert_true(value_follows);
    assert_reply("gets k\r\n", "VALUE k 4294967295 0 18446744073709551615\r\n", .kind = RSP_VALUE,
        .key = BYTES("k"), .client_flags = UINT32_MAX, .with_cas = true, .cas = UINT64_MAX);
    assert_true(value_follows);
    assert_reply("get k\r\n", "", .kind = RSP_MISS);
    assert_false(value_follows);
    assert_reply("get k\r\n", "END\r\n", .kind = RSP_END);
}

static void
tails(void **state)
{
    char dst[COMPOSE_TAIL_MAX];

    (void)state;
    PARSE("get k\r\n");
    assert_ptr_equal(proto_compose_tail(dst, &req), dst + 2);
    assert_memory_equal(dst, "\r\n", 2);
    PARSE("mg k v\r\n");
    assert_ptr_equal(proto_compose_tail(dst, &req), dst + 2);
    assert_memory_equal(dst, "\r\n", 2);
}

static void
words(void **state)
{
    (void)state;
    assert_reply("set k 0 0 0\r\n", "STORED\r\n", .kind = RSP_STORED);
    assert_reply("set k 0 0 0\r\n", "NOT_STORED\r\n", .kind = RSP_NOT_STORED);
    assert_reply("set k 0 0 0\r\n", "EXISTS\r\n", .kind = RSP_EXISTS);
    assert_reply("set k 0 0 0\r\n", "NOT_FOUND\r\n", .kind = RSP_NOT_FOUND);
    assert_reply("delete k\r\n", "DELETED\r\n", .kind = RSP_DELETED);
    assert_reply("touch k 0\r\n", "TOUCHED\r\n", .kind = RSP_TOUCHED);
    assert_reply("flush_all\r\n", "OK\r\n", .kind = RSP_OK);
    assert_reply("incr k 1\r\n", "18446744073709551615\r\n", .kind = RSP_NUMBER, .number = UINT64_MAX);
    assert_reply("version\r\n", "VERSION 1\r\n", .kind = RSP_LINE, .text = BYTES("VERSION 1"));
    assert_reply("incr k 1\r\n", "SERVER_ERROR x\r\n", .kind = RSP_FAIL, .text = BYTES("SERVER_ERROR x"));
    assert_reply("quit\r\n", "", .kind = RSP_SILENT);
}

static void
noreply(void **state)
{
    (void)state;
    assert_reply("set k 0 0 0 noreply\r\n", "", .kind = RSP_STORED);
    assert_reply("delete k noreply\r\n", "", .kind = RSP_NOT_FOUND);
    assert_reply("incr k 1 noreply\r\n", "", .kind = RSP_NUMBER, .number = 5);
    assert_reply("incr k 1 noreply\r\n", "", .kind = RSP_FAIL, .text = BYTES("SERVER_ERROR x"));
    assert_reply("flush_all noreply\r\n", "", .kind = RSP_OK);
    assert_reply("get k noreply\r\n", "VALUE k 0 1\r\n", .kind = RSP_VALUE, .key = BYTES("k"), .n_value = 1);
    assert_reply("get k noreply\r\n", "END\r\n", .kind = RSP_END);
}

static void
digits(void **state)
{
    (void)state;
    for (uint64_t power = 1;; power *= 10) {
        const uint64_t around[] = {power - 1, power, power + 1, power + power / 2, power * 2 + 7};
        for (size_t i = 0; i < N_OF(around); i++) {
            char want[32], got[20];
            int n = snprintf(want, sizeof want, "%llu", (unsigned long long)around[i]);
            assert_ptr_equal(compose_u64(got, around[i]), got + n);
            assert_memory_equal(got, want, (size_t)n);
        }
        if (power > UINT64_MAX / 10)
            break;
    }
}

static void
longest(void **state)
{
    struct bytes key = text_with_run("", 'k', REQUEST_KEY_MAX, "");
    struct response rsp = {.kind = RSP_VALUE, .key = key, .n_value = UINT32_MAX, .with_cas = true};
    char want[512];

    (void)state;
    int n = snprintf(want, sizeof want, "VALUE %.*s 0 4294967295 0\r\n", (int)key.n, key.p);
    assert_reply_is(BYTES("gets k\r\n"), rsp, bytes_of(want, (size_t)n), __LINE__);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),
        cmocka_unit_test(tails),
        cmocka_unit_test(words),
        cmocka_unit_test(noreply),
        cmocka_unit_test(digits),
        cmocka_unit_test(longest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
