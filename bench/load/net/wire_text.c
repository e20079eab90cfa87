/* wire_text: memcached's classic protocol: get, set, and the login, which is a set. */
#include "bench/load/net/wire.h"

#include <stdio.h>

#include "bench/load/options/options.h"

static char *
text_get(char *at, const struct keys *keys, const uint64_t *numbers, uint32_t n)
{
    memcpy(at, "get", 3);
    at += 3;
    for (uint32_t i = 0; i < n; i++) {
        *at++ = ' ';
        at = keys_write(keys, at, numbers[i]);
    }
    memcpy(at, "\r\n", 2);
    return at + 2;
}

static char *
text_set(char *at, const struct keys *keys, uint64_t number, uint64_t expiry_s, size_t n_value)
{
    at = wire_put(at, BYTES("set "));
    at = keys_write(keys, at, number);
    at = wire_put(at, BYTES(" 0 "));
    at = compose_u64(at, expiry_s);
    *at++ = ' ';
    at = compose_u64(at, n_value);
    return wire_put(at, BYTES("\r\n"));
}

char *
wire_text_login(char *at, const struct options *o, unsigned step, bool *fits)
{
    struct bytes user, password;
    *fits = true;
    if (step > 0 || o->authenticate == NULL)
        return NULL;
    wire_credentials(o, &user, &password);
    size_t n = user.n + 1 + password.n;
    *fits = n <= WIRE_LOGIN_ROOM / 2;
    if (!*fits)
        return NULL;
    at += sprintf(at, "set login 0 0 %zu\r\n", n);
    at = wire_put(at, user);
    *at++ = ' ';
    at = wire_put(at, password);
    return wire_put(at, BYTES("\r\n"));
}

/* "VALUE key flags bytes[ cas]\r\n" */
static enum wire_result
value_head(const char *p, size_t n_line, struct wire_piece *piece)
{
    const char *key = p + 6, *end = p + n_line - 2, *at = memchr(key, ' ', (size_t)(end - key));
    uint64_t flags, n_value;
    if (at == NULL)
        return WIRE_BROKEN;
    size_t n_key = (size_t)(at++ - key);
    if (!wire_number(&at, end, UINT32_MAX, &flags) || at == end || *at++ != ' ' ||
        !wire_number(&at, end, WIRE_VALUE_MAX, &n_value) || (at != end && *at != ' '))
        return WIRE_BROKEN;
    *piece = (struct wire_piece){
        .outcome = WIRE_HIT,
        .is_key_known = true,
        .n_tail = 2,
        .n_head = n_line,
        .n_value = n_value,
        .text = bytes_of(key, n_key),
    };
    return WIRE_PIECE;
}

static enum wire_result
text_next(struct wire_asked *asked, const char *p, size_t n, struct wire_piece *piece)
{
    size_t n_line;
    enum wire_result r = wire_line(p, n, &n_line);
    if (r != WIRE_PIECE)
        return r;
    struct bytes line = bytes_of(p, n_line - 2);
    if (asked->ask == ASK_GET) {
        if (bytes_begin_with(line, BYTES("VALUE ")))
            return value_head(p, n_line, piece);
        if (bytes_equal(line, BYTES("END")))
            return wire_verdict(piece, WIRE_OK, p, n_line);
    } else {
        if (bytes_equal(line, BYTES("STORED")))
            return wire_verdict(piece, WIRE_OK, p, n_line);
        if (bytes_equal(line, BYTES("NOT_STORED")))
            return wire_verdict(piece, WIRE_NO, p, n_line);
    }
    return wire_is_error(line) ? wire_verdict(piece, WIRE_ERROR, p, n_line) : WIRE_BROKEN;
}

const struct wire wire_text = {
    .name = "memcache_text",
    .set_end = "\r\n",
    .n_set_end = 2,
    .get = text_get,
    .set = text_set,
    .login = wire_text_login,
    .next = text_next,
};
