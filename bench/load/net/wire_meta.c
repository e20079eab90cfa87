/*
 * wire_meta: memcached's meta commands: mg and ms; for many keys quiet gets that
 * return their keys, and a final mn.
 */
#include "bench/load/net/wire.h"

static char *
meta_get(char *at, const struct keys *keys, const uint64_t *numbers, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        at = wire_put(at, BYTES("mg "));
        at = keys_write(keys, at, numbers[i]);
        at = n == 1 ? wire_put(at, BYTES(" v\r\n")) : wire_put(at, BYTES(" v k q\r\n"));
    }
    return n == 1 ? at : wire_put(at, BYTES("mn\r\n"));
}

static char *
meta_set(char *at, const struct keys *keys, uint64_t number, uint64_t expiry_s, size_t n_value)
{
    at = wire_put(at, BYTES("ms "));
    at = keys_write(keys, at, number);
    *at++ = ' ';
    at = compose_u64(at, n_value);
    if (expiry_s > 0) {
        at = wire_put(at, BYTES(" T"));
        at = compose_u64(at, expiry_s);
    }
    return wire_put(at, BYTES("\r\n"));
}

/* "VA bytes[ flag...]\r\n"; only the flag k, the key, is used. */
static enum wire_result
value_head(const struct wire_asked *asked, const char *p, size_t n_line, struct wire_piece *piece)
{
    const char *at = p + 3, *end = p + n_line - 2;
    uint64_t n_value;
    if (!wire_number(&at, end, WIRE_VALUE_MAX, &n_value) || (at != end && *at != ' '))
        return WIRE_BROKEN;
    *piece = (struct wire_piece){
        .outcome = WIRE_HIT,
        .is_last = asked->n_keys == 1,
        .n_tail = 2,
        .n_head = n_line,
        .n_value = n_value,
    };
    while (at != end) { /* at a space */
        const char *flag = ++at;
        at = memchr(at, ' ', (size_t)(end - at));
        at = at != NULL ? at : end;
        if (flag != end && *flag == 'k') {
            piece->is_key_known = true;
            piece->text = bytes_of(flag + 1, (size_t)(at - flag) - 1);
        }
    }
    return WIRE_PIECE;
}

/* A login is a classic set, and so is its answer. */
static enum wire_result
stored(const struct wire_asked *asked, struct bytes line, struct wire_piece *piece)
{
    size_t n_line = line.n + 2;
    bool is_login = asked->ask == ASK_LOGIN;
    if (bytes_equal(line, is_login ? BYTES("STORED") : BYTES("HD")))
        return wire_verdict(piece, WIRE_OK, line.p, n_line);
    if (!is_login && bytes_equal(line, BYTES("NS")))
        return wire_verdict(piece, WIRE_NO, line.p, n_line);
    return wire_is_error(line) ? wire_verdict(piece, WIRE_ERROR, line.p, n_line) : WIRE_BROKEN;
}

static enum wire_result
meta_next(struct wire_asked *asked, const char *p, size_t n, struct wire_piece *piece)
{
    size_t n_line;
    enum wire_result r = wire_line(p, n, &n_line);
    if (r != WIRE_PIECE)
        return r;
    struct bytes line = bytes_of(p, n_line - 2);
    if (asked->ask != ASK_GET)
        return stored(asked, line, piece);
    if (bytes_begin_with(line, BYTES("VA ")))
        return value_head(asked, p, n_line, piece);
    if (bytes_equal(line, asked->n_keys == 1 ? BYTES("EN") : BYTES("MN")))
        return wire_verdict(piece, asked->n_keys == 1 ? WIRE_MISS : WIRE_OK, p, n_line);
    if (!wire_is_error(line))
        return WIRE_BROKEN;
    r = wire_verdict(piece, WIRE_ERROR, p, n_line);
    piece->is_last = asked->n_keys == 1; /* otherwise the reply of mn follows */
    return r;
}

const struct wire wire_meta = {
    .name = "meta",
    .set_end = "\r\n",
    .n_set_end = 2,
    .get = meta_get,
    .set = meta_set,
    .login = wire_text_login,
    .next = meta_next,
};
