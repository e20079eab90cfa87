/* meta_compose: return codes, the returned flags and their order, and the replies that q suppresses. */
#include <stdio.h>

#include "base/text/base64.h"

#include "tests/unit/proto/composing.h"

#define HIT .kind = RSP_VALUE, .n_value = 5

static void
hits(void **state)
{
    (void)state;
    assert_reply("mg k\r\n", "HD\r\n", HIT);
    assert_false(value_follows);
    assert_reply("mg k v\r\n", "VA 5\r\n", HIT, .with_value = true);
    assert_true(value_follows);
    assert_reply("mg k s v t c f l h Oab k q\r\n", "VA 5 s5 t-1 c9 f7 l3 h1 Oab kk\r\n", HIT,
        .with_value = true, .ttl_before = -1, .cas = 9, .client_flags = 7, .last_access_s = 3,
        .fetched = true);
    assert_reply("mg k k O h l f c t s\r\n", "HD kk O h0 l0 f0 c0 t60 s5\r\n", HIT, .ttl_before = 60);
    assert_reply("mg k u x I E5 C9 F1 D1 J1 MS R3 Pp Ll\r\n", "HD\r\n", HIT);
}

static void
marks(void **state)
{
    (void)state;
    assert_reply("mg k t\r\n", "HD t0 W\r\n", HIT, .won = true);
    assert_reply("mg k\r\n", "HD Z\r\n", HIT, .token_sent = true);
    assert_reply("mg k c\r\n", "HD c0 Z X\r\n", HIT, .token_sent = true, .stale = true);
    assert_reply("mg k\r\n", "HD X W\r\n", HIT, .stale = true, .won = true);
    assert_reply("mg k\r\n", "HD Z X W\r\n", HIT, .token_sent = true, .stale = true, .won = true);
}

/* t shows the effect of the flags to its left. */
static void
time_to_live(void **state)
{
#define TTLS .ttl_before = 10, .ttl_after = 30
    (void)state;
    assert_reply("mg k t T30\r\n", "HD t10\r\n", HIT, TTLS);
    assert_reply("mg k T30 t\r\n", "HD t30\r\n", HIT, TTLS);
    assert_reply("mg k t N30\r\n", "HD t-1 W\r\n", HIT, .ttl_before = -1, .ttl_after = 30, .won = true);
    assert_reply("mg k N30 t\r\n", "HD t30 W\r\n", HIT, .ttl_before = -1, .ttl_after = 30, .won = true);
    assert_reply("mg k N9 t T30\r\n", "HD t10\r\n", HIT, TTLS);
    assert_reply("ma k t T30\r\n", "HD t10\r\n", .kind = RSP_NUMBER, TTLS);
    assert_reply("ma k T30 t\r\n", "HD t30\r\n", .kind = RSP_NUMBER, TTLS);
    assert_reply("ma k N30 t\r\n", "HD t-1\r\n", .kind = RSP_NUMBER, .ttl_before = 5, .ttl_after = -1);
}

static void
misses(void **state)
{
    (void)state;
    assert_reply("mg k v t c s f l h\r\n", "EN\r\n", .kind = RSP_MISS);
    assert_reply("mg k k O1\r\n", "EN kk O1\r\n", .kind = RSP_MISS);
    assert_reply("mg Zm9v O1 b k\r\n", "EN O1 kZm9v b\r\n", .kind = RSP_MISS);
    assert_reply("me k k O1\r\n", "EN\r\n", .kind = RSP_MISS);
}

static void
binary_keys(void **state)
{
    (void)state;
    /* the reply to a hit encodes the key as it was encoded when the item was stored */
    assert_reply("mg Zm9v b k t\r\n", "HD kZm9v b t0\r\n", HIT, .key = BYTES("foo"), .key_is_binary = true);
    assert_reply("mg foo k t\r\n", "HD kZm9v b t0\r\n", HIT, .key = BYTES("foo"), .key_is_binary = true);
    assert_reply("mg Zm9v b k\r\n", "HD kfoo\r\n", HIT, .key = BYTES("foo"));
    assert_reply("ms Zm8= 2 k b c\r\n", "HD kZm8= b c5\r\n", .kind = RSP_STORED, .cas = 5);
    assert_reply("md Zg== b k\r\n", "NF kZg== b\r\n", .kind = RSP_NOT_FOUND);
}

static void
set(void **state)
{
    (void)state;
    assert_reply("ms k 2\r\n", "HD\r\n", .kind = RSP_STORED);
    assert_reply(
        "ms k 2 O1 k c s t f T5\r\n", "HD O1 kk c9 s7\r\n", .kind = RSP_STORED, .cas = 9, .n_value = 7);
    assert_reply("ms k 2 c s ME\r\n", "NS c0 s2\r\n", .kind = RSP_NOT_STORED, .n_value = 2);
    assert_reply("ms k 2 c C1\r\n", "EX c0\r\n", .kind = RSP_EXISTS);
    assert_reply("ms k 2 c C1 Oz\r\n", "NF c0 Oz\r\n", .kind = RSP_NOT_FOUND);
}

static void delete (void **state)
{
    (void)state;
    assert_reply("md k k O1 t c s\r\n", "HD kk O1\r\n", .kind = RSP_DELETED);
    assert_reply("md k O1 C1\r\n", "EX O1\r\n", .kind = RSP_EXISTS);
    assert_reply("md k\r\n", "NF\r\n", .kind = RSP_NOT_FOUND);
}

static void
arith(void **state)
{
    (void)state;
    assert_reply("ma k\r\n", "HD\r\n", .kind = RSP_NUMBER, .number = 12);
    assert_reply("ma k v\r\n", "VA 2\r\n12\r\n", .kind = RSP_NUMBER, .number = 12, .with_value = true);
    assert_false(value_follows);
    assert_reply("ma k v t c O1 k s f\r\n", "VA 1 t-1 c9 O1 kk\r\n0\r\n", .kind = RSP_NUMBER,
        .with_value = true, .ttl_before = -1, .cas = 9);
    assert_reply("ma k v t c O1 k\r\n", "NF O1 kk\r\n", .kind = RSP_NOT_FOUND);
    assert_reply("ma k O1\r\n", "EX O1\r\n", .kind = RSP_EXISTS);
    assert_reply("ma k k\r\n", "NS kk\r\n", .kind = RSP_NOT_STORED);
}

static void
others(void **state)
{
    (void)state;
    assert_reply("mn\r\n", "MN\r\n", .kind = RSP_NOP);
    assert_reply("me k\r\n", "ME k a=b\r\n", .kind = RSP_LINE, .text = BYTES("ME k a=b"));
    assert_reply("mg k q\r\n", "SERVER_ERROR x\r\n", .kind = RSP_FAIL, .text = BYTES("SERVER_ERROR x"));
    assert_reply("mg k\r\n", "", .kind = RSP_SILENT);
}

static void
quiet(void **state)
{
    (void)state;
    assert_reply("mg k q k\r\n", "", .kind = RSP_MISS);
    assert_reply("mg k q\r\n", "HD\r\n", HIT);
    assert_reply("ms k 2 q c\r\n", "", .kind = RSP_STORED);
    assert_reply("ms k 2 q ME\r\n", "NS\r\n", .kind = RSP_NOT_STORED);
    assert_reply("ms k 2 q C1\r\n", "EX\r\n", .kind = RSP_EXISTS);
    assert_reply("ms k 2 q C1\r\n", "NF\r\n", .kind = RSP_NOT_FOUND);
    assert_reply("md k q\r\n", "", .kind = RSP_DELETED);
    assert_reply("md k q\r\n", "NF\r\n", .kind = RSP_NOT_FOUND);
    assert_reply("ma k q v\r\n", "", .kind = RSP_NUMBER, .with_value = true);
    assert_reply("ma k q\r\n", "NF\r\n", .kind = RSP_NOT_FOUND);
}

/* The longest reply fits: every field at its longest. */
static void
longest(void **state)
{
    struct response rsp = {HIT, .with_value = true, .ttl_before = INT64_MAX, .ttl_after = INT64_MAX,
        .cas = UINT64_MAX, .client_flags = UINT32_MAX, .last_access_s = UINT32_MAX, .won = true,
        .stale = true, .token_sent = true, .key_is_binary = true};
    char key[REQUEST_KEY_MAX], echo[BASE64_ENCODED(REQUEST_KEY_MAX)], want[2048];

    (void)state;
    memset(key, 'k', sizeof key);
    rsp.key = bytes_of(key, sizeof key);
    size_t n_echo = (size_t)(base64_encode(echo, rsp.key) - echo);
    int n = snprintf(want, sizeof want,
        "VA 5 Oxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx k%.*s b t9223372036854775807 c18446744073709551615 "
        "f4294967295 "
        "l4294967295 Z X W\r\n",
        (int)n_echo, echo);
    assert_reply_is(BYTES("mg k Oxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx k T1 t c f l\r\n"), rsp,
        bytes_of(want, (size_t)n), __LINE__);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hits),
        cmocka_unit_test(marks),
        cmocka_unit_test(time_to_live),
        cmocka_unit_test(misses),
        cmocka_unit_test(binary_keys),
        cmocka_unit_test(set),
        cmocka_unit_test(delete),
        cmocka_unit_test(arith),
        cmocka_unit_test(others),
        cmocka_unit_test(quiet),
        cmocka_unit_test(longest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
