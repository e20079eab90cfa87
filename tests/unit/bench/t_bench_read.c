/* bench wire and conn_read: the request of each protocol, byte for byte, and replies cut at every byte. */
#include "bench/load/net/conn.h"

#include <stdlib.h>

#include "bench/load/options/options.h"
#include "bench/load/plan/values.h"
#include "tests/unit/unit.h"

/* A text of an option; it is not written to here. */
#define TEXT(literal) ((char *)(uintptr_t)(literal))

enum { PIPELINE = 4, KEYS_EACH = 3, N_REPLIES = 8 };

/* The replies that were reported to the connection's owner. */
static struct conn_reply replies[N_REPLIES];
static unsigned n_replies;

static void
on_replied(struct event_loop *h, struct conn *c, const struct conn_reply *r)
{
    (void)h;
    (void)c;
    assert_true(n_replies < N_REPLIES);
    replies[n_replies++] = *r;
}

static const char *const values[] = {"zero", "one", "", "three\r\n"}; /* of the keys k0 to k3 */

static bool
on_value(struct event_loop *h, struct conn *c, uint64_t number, size_t size, size_t offset, const char *p,
    size_t n)
{
    (void)h;
    (void)c;
    return number < N_OF(values) && size == strlen(values[number]) &&
           memcmp(values[number] + offset, p, n) == 0;
}

static const struct event_loop_owner owner = {.replied = on_replied, .value = on_value};

/* A request that was sent, for these keys. */
struct asked {
    enum ask ask;
    uint32_t n_keys;
    uint64_t numbers[KEYS_EACH];
};

static const struct options options = {.key_prefix = TEXT("k"), .key_maximum = 9, .key_zipf_exp = 1};

/* Feeds the reply in two parts, cut at `cut`, to conn_read and returns its result. */
static const char *
take(const struct wire *wire, const struct asked *asked, unsigned n_asked, struct bytes reply, size_t cut)
{
    struct keys keys;
    struct event_loop h = {.wire = wire, .owner = &owner};
    static struct conn c;
    keys_init(&keys, &options);
    n_replies = 0;
    assert_true(conn_init(&c, PIPELINE, KEYS_EACH));
    c.keys = &keys;
    c.stage = CONN_READY;
    for (unsigned i = 0; i < n_asked; i++) {
        memcpy(conn_numbers(&c), asked[i].numbers, sizeof asked[i].numbers);
        conn_asked(&c, (struct conn_flight){.ask = asked[i].ask, .n_keys = asked[i].n_keys});
    }
    const char *why = conn_read(&h, &c, reply.p, cut);
    if (why == NULL && cut < reply.n) { /* as conn_serve.c does: the bytes left over come first */
        size_t n = c.n_carry + reply.n - cut;
        char *rest = malloc(n); /* of the exact size, so that the sanitizer finds a read beyond its end */
        memcpy(rest, c.carry, c.n_carry);
        memcpy(rest + c.n_carry, reply.p + cut, reply.n - cut);
        c.n_carry = 0;
        why = conn_read(&h, &c, rest, n);
        free(rest);
    }
    if (why == NULL) {
        assert_int_equal(c.n_flights, n_asked - n_replies);
        assert_int_equal(c.n_carry, 0);
    }
    free(c.flights);
    free(c.numbers);
    return why;
}

struct expected {
    enum wire_outcome outcome;
    uint32_t n_hits, n_wrong;
};

static void
check(const struct wire *wire, const struct asked *asked, unsigned n, struct bytes reply,
    const struct expected *expected)
{
    for (size_t cut = 0; cut <= reply.n; cut++) {
        const char *why = take(wire, asked, n, reply, cut);
        if (why != NULL)
            fail_msg("%s: cut at %zu: %s", wire->name, cut, why);
        assert_int_equal(n_replies, n);
        for (unsigned i = 0; i < n; i++) {
            assert_int_equal(replies[i].outcome, expected[i].outcome);
            assert_int_equal(replies[i].n_hits, expected[i].n_hits);
            assert_int_equal(replies[i].n_wrong, expected[i].n_wrong);
        }
    }
}

static void
must_be_an_error(const struct wire *wire, const struct asked *asked, struct bytes reply)
{
    for (size_t cut = 0; cut <= reply.n; cut++)
        if (take(wire, asked, 1, reply, cut) == NULL)
            fail_msg("%s: accepted \"%.*s\"", wire->name, (int)reply.n, reply.p);
}

static const struct asked get0 = {ASK_GET, 1, {0}}, get1 = {ASK_GET, 1, {1}}, get2 = {ASK_GET, 1, {2}},
                          get013 = {ASK_GET, 3, {0, 1, 3}}, set = {ASK_SET, 1, {0}},
                          wait1 = {ASK_WAIT, 1, {0}};

static void
text(void **state)
{
    const struct asked asked[] = {get0, set, get1, get013};
    const struct expected expected[] = {{WIRE_OK, 1, 0}, {WIRE_OK, 0, 0}, {WIRE_OK, 0, 0}, {WIRE_OK, 2, 0}};
    (void)state;
    check(&wire_text, asked, 4,
        BYTES("VALUE k0 0 4\r\nzero\r\nEND\r\nSTORED\r\nEND\r\nVALUE k1 5 3\r\none\r\nVALUE k3 0 7 "
              "99\r\nthree\r\n\r\nEND\r\n"),
        expected);
    const struct asked more[] = {set, set, get0, get2};
    const struct expected worse[] = {{WIRE_ERROR, 0, 0}, {WIRE_NO, 0, 0}, {WIRE_OK, 1, 1}, {WIRE_OK, 1, 0}};
    check(&wire_text, more, 4,
        BYTES("SERVER_ERROR out of memory storing object\r\nNOT_STORED\r\nVALUE k0 0 4\r\nzerO\r\nEND\r\n"
              "VALUE k2 0 0\r\n\r\nEND\r\n"),
        worse);
    const struct expected other = {WIRE_OK, 1, 1};
    check(&wire_text, &get0, 1, BYTES("VALUE k1 0 3\r\none\r\nEND\r\n"), &other); /* another request's key */
    must_be_an_error(&wire_text, &get0, BYTES("VALUE k0 0 4\r\nzeros\r\nEND\r\n"));
    must_be_an_error(&wire_text, &get0, BYTES("VALUE k0 0 -4\r\nzero\r\nEND\r\n"));
    must_be_an_error(&wire_text, &get0, BYTES("VALUE k0 0 9999999999\r\n"));
    must_be_an_error(&wire_text, &get0, BYTES("VALUE \r\n"));
    must_be_an_error(&wire_text, &get0, BYTES("STORED\r\n"));
    must_be_an_error(&wire_text, &get0, BYTES("END\n"));
    must_be_an_error(&wire_text, &get0, BYTES("END\r\nEND\r\n")); /* more replies than requests */
    must_be_an_error(&wire_text, &get0, BYTES("VALUE k0 0 4\r\nzero\r\nVALUE k0 0 4\r\nzero\r\nEND\r\n"));
    must_be_an_error(&wire_text, &set, BYTES("END\r\n"));
}

static void
meta(void **state)
{
    const struct asked asked[] = {get0, set, get1, get013};
    const struct expected expected[] = {{WIRE_OK, 1, 0}, {WIRE_OK, 0, 0}, {WIRE_OK, 0, 0}, {WIRE_OK, 2, 0}};
    (void)state;
    check(&wire_meta, asked, 4,
        BYTES("VA 4\r\nzero\r\nHD\r\nEN\r\nVA 3 kk1\r\none\r\nVA 7 s9 kk3\r\nthree\r\n\r\nMN\r\n"), expected);
    const struct asked more[] = {set, set, get0, get2};
    const struct expected worse[] = {{WIRE_ERROR, 0, 0}, {WIRE_NO, 0, 0}, {WIRE_OK, 1, 1}, {WIRE_OK, 1, 0}};
    check(&wire_meta, more, 4, BYTES("CLIENT_ERROR bad data chunk\r\nNS\r\nVA 4\r\nzerO\r\nVA 0\r\n\r\n"),
        worse);
    must_be_an_error(&wire_meta, &get0, BYTES("VA 4\r\nzeros\r\n"));
    must_be_an_error(&wire_meta, &get0, BYTES("VA x\r\n"));
    must_be_an_error(&wire_meta, &get0, BYTES("HD\r\n"));
    must_be_an_error(&wire_meta, &get0, BYTES("MN\r\n"));
    must_be_an_error(&wire_meta, &set, BYTES("EN\r\n"));
}

static void
redis(void **state)
{
    const struct asked asked[] = {get0, set, get1, get013};
    const struct expected expected[] = {{WIRE_OK, 1, 0}, {WIRE_OK, 0, 0}, {WIRE_OK, 0, 0}, {WIRE_OK, 2, 0}};
    (void)state;
    check(&wire_redis, asked, 4,
        BYTES("$4\r\nzero\r\n+OK\r\n$-1\r\n*3\r\n$-1\r\n$3\r\none\r\n$7\r\nthree\r\n\r\n"), expected);
    const struct asked more[] = {set, wait1, get013, get0};
    const struct expected worse[] = {
        {WIRE_ERROR, 0, 0}, {WIRE_OK, 0, 0}, {WIRE_ERROR, 0, 0}, {WIRE_OK, 0, 0}};
    check(&wire_redis, more, 4, BYTES("-OOM command not allowed\r\n:1\r\n-LOADING\r\n_\r\n"), worse);
    const struct expected swapped = {WIRE_OK, 3, 2};
    check(&wire_redis, &get013, 1, BYTES("*3\r\n$3\r\none\r\n$4\r\nzero\r\n$7\r\nthree\r\n\r\n"), &swapped);
    must_be_an_error(&wire_redis, &get013, BYTES("*2\r\n$-1\r\n$-1\r\n"));
    must_be_an_error(&wire_redis, &get0, BYTES("*1\r\n$-1\r\n"));
    must_be_an_error(&wire_redis, &get0, BYTES("$4\r\nzeros\r\n"));
    must_be_an_error(&wire_redis, &get0, BYTES("$-2\r\n"));
    must_be_an_error(&wire_redis, &set, BYTES(":1\r\n"));
}

/* Composes a response packet: opcode, status, extras, key, value. */
static size_t
packet(char *at, unsigned op, unsigned status, size_t n_extras, const char *key, const char *value)
{
    size_t n_key = strlen(key), n_value = strlen(value), n_body = n_extras + n_key + n_value;
    memset(at, 0, 24 + n_extras);
    at[0] = (char)0x81;
    at[1] = (char)op;
    at[3] = (char)n_key;
    at[4] = (char)n_extras;
    at[7] = (char)status;
    at[11] = (char)n_body;
    memcpy(at + 24 + n_extras, key, n_key);
    memcpy(at + 24 + n_extras + n_key, value, n_value);
    return 24 + n_body;
}

static void
binary(void **state)
{
    char reply[1024];
    size_t n = packet(reply, 0, 0, 4, "", "zero");
    const struct asked asked[] = {get0, set, get1, get013};
    const struct expected expected[] = {{WIRE_OK, 1, 0}, {WIRE_OK, 0, 0}, {WIRE_OK, 0, 0}, {WIRE_OK, 2, 0}};
    (void)state;
    n += packet(reply + n, 1, 0, 0, "", "");
    n += packet(reply + n, 0, 1, 0, "", "Not found");
    n += packet(reply + n, 0x0d, 0, 4, "k0", "zero");
    n += packet(reply + n, 0x0d, 0, 4, "k3", "three\r\n");
    n += packet(reply + n, 0x0a, 0, 0, "", "");
    check(&wire_binary, asked, 4, bytes_of(reply, n), expected);
    const struct asked more[] = {set, set, get2, get0};
    const struct expected worse[] = {{WIRE_ERROR, 0, 0}, {WIRE_NO, 0, 0}, {WIRE_OK, 1, 0}, {WIRE_OK, 1, 1}};
    n = packet(reply, 1, 0x82, 0, "", "Out of memory");
    n += packet(reply + n, 1, 5, 0, "", "");
    n += packet(reply + n, 0, 0, 4, "", "");
    n += packet(reply + n, 0, 0, 4, "", "zer0");
    check(&wire_binary, more, 4, bytes_of(reply, n), worse);
    const struct asked many[] = {get013, get2};
    const struct expected keyless[] = {{WIRE_OK, 2, 2}, {WIRE_OK, 1, 0}};
    n = packet(reply, 0x0d, 0, 4, "k9", "zero"); /* a key that was not asked for: no key remains */
    n += packet(reply + n, 0x0d, 0, 4, "", "");  /* none is read beyond them, where k2 has this value */
    n += packet(reply + n, 0x0a, 0, 0, "", "");
    n += packet(reply + n, 0, 0, 4, "", "");
    check(&wire_binary, many, 2, bytes_of(reply, n), keyless);
    n = packet(reply, 1, 0, 4, "", "zero");
    must_be_an_error(&wire_binary, &get0, bytes_of(reply, n)); /* another opcode */
    n = packet(reply, 0, 0, 4, "", "zero");
    reply[4] = 100; /* the extras are longer than the body */
    must_be_an_error(&wire_binary, &get0, bytes_of(reply, n));
    n = packet(reply, 0, 0, 4, "", "zero");
    reply[0] = 'V';
    must_be_an_error(&wire_binary, &get0, bytes_of(reply, n));
}

/* An overlong line without an end is an error; the connection does not wait for its end. */
static void
lines_without_an_end(void **state)
{
    static const struct wire *const all[] = {&wire_text, &wire_meta, &wire_redis};
    static char line[2 * WIRE_HEAD_MAX];
    (void)state;
    memset(line, '$', sizeof line);
    for (size_t i = 0; i < N_OF(all); i++)
        must_be_an_error(all[i], &get0, bytes_of(line, sizeof line));
}

static void
requests(void **state)
{
    static const uint64_t numbers[] = {0, 7};
    struct keys keys;
    char room[512];
    (void)state;
    keys_init(&keys, &options);
#define ASKS(end, wanted)                        \
    do {                                         \
        size_t n = (size_t)((end)-room);         \
        assert_int_equal(n, sizeof(wanted) - 1); \
        assert_memory_equal(room, (wanted), n);  \
    } while (0)
    ASKS(wire_text.get(room, &keys, numbers, 2), "get k0 k7\r\n");
    ASKS(wire_text.set(room, &keys, 7, 60, 10), "set k7 0 60 10\r\n");
    ASKS(wire_meta.get(room, &keys, numbers, 1), "mg k0 v\r\n");
    ASKS(wire_meta.get(room, &keys, numbers, 2), "mg k0 v k q\r\nmg k7 v k q\r\nmn\r\n");
    ASKS(wire_meta.set(room, &keys, 7, 0, 10), "ms k7 10\r\n");
    ASKS(wire_meta.set(room, &keys, 7, 60, 10), "ms k7 10 T60\r\n");
    ASKS(wire_redis.get(room, &keys, numbers, 1), "*2\r\n$3\r\nGET\r\n$2\r\nk0\r\n");
    ASKS(wire_redis.get(room, &keys, numbers, 2), "*3\r\n$4\r\nMGET\r\n$2\r\nk0\r\n$2\r\nk7\r\n");
    ASKS(wire_redis.set(room, &keys, 7, 0, 10), "*3\r\n$3\r\nSET\r\n$2\r\nk7\r\n$10\r\n");
    ASKS(wire_redis.set(room, &keys, 7, 60, 10), "*4\r\n$5\r\nSETEX\r\n$2\r\nk7\r\n$2\r\n60\r\n$10\r\n");
    ASKS(wire_redis.wait(room, 1, 100), "*3\r\n$4\r\nWAIT\r\n$1\r\n1\r\n$3\r\n100\r\n");
    ASKS(wire_binary.get(room, &keys, numbers, 1),
        "\x80\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00k0");
    ASKS(wire_binary.set(room, &keys, 7, 60, 10),
        "\x80\x01\x00\x02\x08\x00\x00\x00\x00\x00\x00\x14\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
        "\x00\x00\x00\x00\x00\x00\x00\x3ck7");
#undef ASKS
}

static void
logins(void **state)
{
    struct options o = options;
    char room[WIRE_LOGIN_ROOM], *end;
    bool fits;
    (void)state;
    assert_null(wire_text.login(room, &o, 0, &fits));
    o.authenticate = TEXT("me:se:cret");
    end = wire_text.login(room, &o, 0, &fits);
    *end = '\0';
    assert_string_equal(room, "set login 0 0 10\r\nme se:cret\r\n");
    assert_null(wire_text.login(room, &o, 1, &fits));
    o.select_db = 3;
    end = wire_redis.login(room, &o, 0, &fits);
    *end = '\0';
    assert_string_equal(room, "*3\r\n$4\r\nAUTH\r\n$2\r\nme\r\n$7\r\nse:cret\r\n");
    end = wire_redis.login(room, &o, 1, &fits);
    *end = '\0';
    assert_string_equal(room, "*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n");
    assert_null(wire_redis.login(room, &o, 2, &fits));
    o.authenticate = TEXT("secret");
    end = wire_redis.login(room, &o, 0, &fits);
    *end = '\0';
    assert_string_equal(room, "*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n");
    end = wire_binary.login(room, &o, 0, &fits);
    assert_memory_equal(end - 13, "PLAIN\0\0secret", 13);
    static char longest[2 * WIRE_LOGIN_ROOM];
    memset(longest, 'x', sizeof longest - 1);
    o.authenticate = longest;
    static const struct wire *const all[] = {&wire_text, &wire_meta, &wire_binary, &wire_redis};
    for (size_t i = 0; i < N_OF(all); i++) {
        assert_null(all[i]->login(room, &o, 0, &fits));
        assert_false(fits);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text),
        cmocka_unit_test(meta),
        cmocka_unit_test(redis),
        cmocka_unit_test(binary),
        cmocka_unit_test(lines_without_an_end),
        cmocka_unit_test(requests),
        cmocka_unit_test(logins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
