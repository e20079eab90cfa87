/* wire_redis: RESP, the protocol of Redis and Valkey: GET, MGET, SET, SETEX, WAIT, AUTH, SELECT. */
#include "bench/load/net/wire.h"

#include "bench/load/options/options.h"

static char *
put_size(char *at, char mark, uint64_t n)
{
    *at++ = mark;
    at = compose_u64(at, n);
    return wire_put(at, BYTES("\r\n"));
}

static char *
put_bulk(char *at, struct bytes b)
{
    at = put_size(at, '$', b.n);
    at = wire_put(at, b);
    return wire_put(at, BYTES("\r\n"));
}

static char *
put_number(char *at, uint64_t number)
{
    at = put_size(at, '$', keys_n_digits(number));
    at = compose_u64(at, number);
    return wire_put(at, BYTES("\r\n"));
}

static char *
put_key(char *at, const struct keys *keys, uint64_t number)
{
    at = put_size(at, '$', keys_size(keys, number));
    at = keys_write(keys, at, number);
    return wire_put(at, BYTES("\r\n"));
}

static char *
redis_get(char *at, const struct keys *keys, const uint64_t *numbers, uint32_t n)
{
    if (n == 1)
        at = wire_put(at, BYTES("*2\r\n$3\r\nGET\r\n"));
    else
        at = wire_put(put_size(at, '*', n + 1), BYTES("$4\r\nMGET\r\n"));
    for (uint32_t i = 0; i < n; i++)
        at = put_key(at, keys, numbers[i]);
    return at;
}

static char *
redis_set(char *at, const struct keys *keys, uint64_t number, uint64_t expiry_s, size_t n_value)
{
    if (expiry_s == 0) {
        at = put_key(wire_put(at, BYTES("*3\r\n$3\r\nSET\r\n")), keys, number);
    } else { /* of the commands with an expiry, only SETEX has its value last */
        at = put_key(wire_put(at, BYTES("*4\r\n$5\r\nSETEX\r\n")), keys, number);
        at = put_number(at, expiry_s);
    }
    return put_size(at, '$', n_value);
}

static char *
redis_wait(char *at, uint64_t n_replicas, uint64_t timeout_ms)
{
    at = wire_put(at, BYTES("*3\r\n$4\r\nWAIT\r\n"));
    return put_number(put_number(at, n_replicas), timeout_ms);
}

/* AUTH, then SELECT; both are optional. */
static char *
redis_login(char *at, const struct options *o, unsigned step, bool *fits)
{
    struct bytes user, password;
    *fits = true;
    if (o->authenticate == NULL)
        step++;
    if (step == 1 && o->select_db > 0)
        return put_number(wire_put(at, BYTES("*2\r\n$6\r\nSELECT\r\n")), o->select_db);
    if (step > 0)
        return NULL;
    wire_credentials(o, &user, &password);
    *fits = user.n + password.n <= WIRE_LOGIN_ROOM / 2;
    if (!*fits)
        return NULL;
    at = wire_put(put_size(at, '*', user.n > 0 ? 3 : 2), BYTES("$4\r\nAUTH\r\n"));
    if (user.n > 0)
        at = put_bulk(at, user);
    return put_bulk(at, password);
}

/* "$-1" and RESP3's "_" are misses; "$2" is followed by a value. */
static enum wire_result
bulk(const struct wire_asked *asked, const char *p, size_t n_line, struct wire_piece *piece)
{
    const char *at = p + 1, *end = p + n_line - 2;
    bool is_miss = (*p == '$' && end - at == 2 && memcmp(at, "-1", 2) == 0) || *p == '_';
    uint64_t n_value = 0;
    if (!is_miss && (*p != '$' || !wire_number(&at, end, WIRE_VALUE_MAX, &n_value) || at != end))
        return WIRE_BROKEN;
    *piece = (struct wire_piece){
        .outcome = is_miss ? WIRE_MISS : WIRE_HIT,
        .is_last = asked->n_left == 0,
        .n_tail = is_miss ? 0 : 2,
        .n_head = n_line,
        .n_value = n_value,
    };
    return WIRE_PIECE;
}

static enum wire_result
many(struct wire_asked *asked, const char *p, size_t n, size_t n_line, struct wire_piece *piece)
{
    if (asked->n_left == 0) { /* the head of the array and its first element are one piece */
        const char *at = p + 1, *end = p + n_line - 2;
        uint64_t n_elements;
        size_t n_first;
        if (*p != '*' || !wire_number(&at, end, asked->n_keys, &n_elements) || at != end ||
            n_elements != asked->n_keys)
            return WIRE_BROKEN;
        enum wire_result r = wire_line(p + n_line, n - n_line, &n_first);
        if (r != WIRE_PIECE)
            return r;
        asked->n_left = asked->n_keys - 1;
        r = bulk(asked, p + n_line, n_first, piece);
        piece->n_head += n_line;
        return r;
    }
    asked->n_left--;
    return bulk(asked, p, n_line, piece);
}

static enum wire_result
redis_next(struct wire_asked *asked, const char *p, size_t n, struct wire_piece *piece)
{
    size_t n_line;
    enum wire_result r = wire_line(p, n, &n_line);
    if (r != WIRE_PIECE)
        return r;
    if (*p == '-' && asked->n_left == 0)
        return wire_verdict(piece, WIRE_ERROR, p, n_line);
    if (asked->ask == ASK_GET)
        return asked->n_keys > 1 ? many(asked, p, n, n_line, piece) : bulk(asked, p, n_line, piece);
    bool is_ok = asked->ask == ASK_WAIT ? *p == ':' : bytes_equal(bytes_of(p, n_line - 2), BYTES("+OK"));
    return is_ok ? wire_verdict(piece, WIRE_OK, p, n_line) : WIRE_BROKEN;
}

const struct wire wire_redis = {
    .name = "redis",
    .set_end = "\r\n",
    .n_set_end = 2,
    .get = redis_get,
    .set = redis_set,
    .wait = redis_wait,
    .login = redis_login,
    .next = redis_next,
};
