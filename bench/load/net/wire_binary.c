/* wire_binary: memcached's binary protocol: get, set, getkq and a final noop for many keys, SASL PLAIN. */
#include "bench/load/net/wire.h"

#include <endian.h>

#include "bench/load/options/options.h"

enum {
    HEADER = 24,
    MAGIC_REQUEST = 0x80,
    MAGIC_RESPONSE = 0x81,
    OP_GET = 0x00,
    OP_SET = 0x01,
    OP_NOOP = 0x0a,
    OP_GETKQ = 0x0d,
    OP_SASL_AUTH = 0x21,
};

enum { STATUS_OK = 0, STATUS_NOT_FOUND = 1, STATUS_EXISTS = 2, STATUS_NOT_STORED = 5 };

static char *
put_header(char *at, unsigned op, size_t n_key, size_t n_extras, size_t n_value)
{
    uint32_t n_body = htobe32((uint32_t)(n_key + n_extras + n_value));
    memset(at, 0, HEADER);
    at[0] = (char)MAGIC_REQUEST;
    at[1] = (char)op;
    at[2] = (char)(n_key >> 8);
    at[3] = (char)n_key;
    at[4] = (char)n_extras;
    memcpy(at + 8, &n_body, 4);
    return at + HEADER;
}

static char *
binary_get(char *at, const struct keys *keys, const uint64_t *numbers, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        at = put_header(at, n == 1 ? OP_GET : OP_GETKQ, keys_size(keys, numbers[i]), 0, 0);
        at = keys_write(keys, at, numbers[i]);
    }
    return n == 1 ? at : put_header(at, OP_NOOP, 0, 0, 0);
}

static char *
binary_set(char *at, const struct keys *keys, uint64_t number, uint64_t expiry_s, size_t n_value)
{
    uint32_t extras[2] = {0, htobe32((uint32_t)expiry_s)}; /* flags, expiry */
    at = put_header(at, OP_SET, keys_size(keys, number), sizeof extras, n_value);
    memcpy(at, extras, sizeof extras);
    return keys_write(keys, at + sizeof extras, number);
}

static char *
binary_login(char *at, const struct options *o, unsigned step, bool *fits)
{
    struct bytes user, password;
    *fits = true;
    if (step > 0 || o->authenticate == NULL)
        return NULL;
    wire_credentials(o, &user, &password);
    *fits = user.n + password.n <= WIRE_LOGIN_ROOM / 2;
    if (!*fits)
        return NULL;
    at = put_header(at, OP_SASL_AUTH, 5, 0, 2 + user.n + password.n);
    at = wire_put(at, BYTES("PLAIN"));
    *at++ = '\0';
    at = wire_put(at, user);
    *at++ = '\0';
    return wire_put(at, password);
}

/* The outcome of a response without a requested value; its body may hold a message. */
static enum wire_outcome
outcome_of(unsigned status, enum ask ask)
{
    switch (status) {
    case STATUS_OK: return WIRE_OK;
    case STATUS_NOT_FOUND: return ask == ASK_GET ? WIRE_MISS : WIRE_NO;
    case STATUS_EXISTS:
    case STATUS_NOT_STORED: return WIRE_NO;
    default: return WIRE_ERROR;
    }
}

/* An error message in the body becomes part of the head, if it is short enough. */
static enum wire_result
verdict(struct wire_piece *piece, enum wire_outcome outcome, const char *p, size_t n, size_t n_body)
{
    if (n_body > WIRE_HEAD_MAX - HEADER)
        return WIRE_BROKEN;
    if (n < HEADER + n_body)
        return WIRE_MORE;
    *piece = (struct wire_piece){
        .outcome = outcome, .is_last = true, .n_head = HEADER + n_body, .text = bytes_of(p + HEADER, n_body)};
    return WIRE_PIECE;
}

static enum wire_result
binary_next(struct wire_asked *asked, const char *p, size_t n, struct wire_piece *piece)
{
    if (n < HEADER)
        return n > 0 && (unsigned char)p[0] != MAGIC_RESPONSE ? WIRE_BROKEN : WIRE_MORE;
    const unsigned char *h = (const unsigned char *)p;
    unsigned op = h[1], n_key = (unsigned)h[2] << 8 | h[3], n_extras = h[4],
             status = (unsigned)h[6] << 8 | h[7];
    uint32_t n_body;
    memcpy(&n_body, p + 8, 4);
    n_body = be32toh(n_body);
    if (h[0] != MAGIC_RESPONSE || n_key + n_extras > n_body || n_body > WIRE_VALUE_MAX)
        return WIRE_BROKEN;
    bool is_many = asked->n_keys > 1;
    unsigned wanted = asked->ask == ASK_SET     ? OP_SET
                      : asked->ask == ASK_LOGIN ? OP_SASL_AUTH
                      : !is_many                ? OP_GET
                      : op == OP_GETKQ          ? OP_GETKQ
                                                : OP_NOOP;
    if (op != wanted)
        return WIRE_BROKEN;
    if (asked->ask != ASK_GET || status != STATUS_OK || op == OP_NOOP) {
        enum wire_result r = verdict(piece, outcome_of(status, asked->ask), p, n, n_body);
        piece->is_last = op != OP_GETKQ; /* a get of many keys ends with the noop */
        return r;
    }
    size_t n_head = HEADER + n_extras + n_key;
    if (n_head > WIRE_HEAD_MAX)
        return WIRE_BROKEN;
    if (n < n_head)
        return WIRE_MORE;
    *piece = (struct wire_piece){
        .outcome = WIRE_HIT,
        .is_last = !is_many,
        .is_key_known = n_key > 0,
        .n_head = n_head,
        .n_value = n_body - n_extras - n_key,
        .text = bytes_of(p + HEADER + n_extras, n_key),
    };
    return WIRE_PIECE;
}

const struct wire wire_binary = {
    .name = "memcache_binary",
    .set_end = "",
    .get = binary_get,
    .set = binary_set,
    .login = binary_login,
    .next = binary_next,
};
