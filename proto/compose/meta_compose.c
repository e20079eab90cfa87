/*
 * meta_compose: meta replies: two letters, and the flags that the request asks for.
 *
 * A reply has its flags in the request's order, so compose_flags walks the request's
 * flags once more.  Most requests ask for nothing back; the set of their flags shows
 * that without a walk.
 */
#include "proto/compose/compose_internal.h"

#include "base/must.h"
#include "base/text/base64.h"

#define F(letter)        META_FLAG(letter)
#define ECHOED_ALWAYS    (F('O') | F('k'))
#define ECHOED_OF_HIT    (ECHOED_ALWAYS | F('s') | F('t') | F('c') | F('f') | F('l') | F('h'))
#define ECHOED_OF_SET    (ECHOED_ALWAYS | F('c') | F('s'))
#define ECHOED_OF_NUMBER (ECHOED_ALWAYS | F('c') | F('t'))

/* The flags that this reply has an answer for, if the request asks for them. */
static uint64_t
echoed_flags(const struct request *req, const struct response *rsp)
{
    if (rsp->kind == RSP_VALUE)
        return ECHOED_OF_HIT;
    if (rsp->kind == RSP_NUMBER)
        return ECHOED_OF_NUMBER;
    return req->kind == CMD_META_SET ? ECHOED_OF_SET : ECHOED_ALWAYS;
}

/* Writes the key, in base64 if the found item, or else the request, has a binary key. */
static char *
compose_key(char *dst, const struct request *req, const struct response *rsp)
{
    bool found = rsp->kind == RSP_VALUE;
    struct bytes key = found && rsp->key.n > 0 ? rsp->key : req->key;

    CHECKED_MUST(key.n > 0 && key.n <= REQUEST_KEY_MAX);
    if (!(found ? rsp->key_is_binary : req->key_is_binary))
        return compose_bytes(dst, key);
    dst = base64_encode(dst, key);
    memcpy(dst, " b", 2);
    return dst + 2;
}

static char *
compose_ttl(char *dst, int64_t ttl)
{
    if (ttl < 0) {
        memcpy(dst, "-1", 2);
        return dst + 2;
    }
    return compose_u64(dst, (uint64_t)ttl);
}

/* Writes what follows the flag's letter. */
static char *
compose_answer(
    char *dst, struct bytes flag, const struct request *req, const struct response *rsp, int64_t ttl)
{
    CHECKED_MUST(flag.n > 0);
    switch (flag.p[0]) {
    case 'c': return compose_u64(dst, rsp->cas);
    case 'f': return compose_u64(dst, rsp->client_flags);
    case 'h': *dst = rsp->fetched ? '1' : '0'; return dst + 1;
    case 'k': return compose_key(dst, req, rsp);
    case 'l': return compose_u64(dst, rsp->last_access_s);
    case 'O': return compose_bytes(dst, bytes_of(flag.p + 1, flag.n - 1));
    case 's': return compose_u64(dst, rsp->n_value);
    case 't': return compose_ttl(dst, ttl);
    default: UNREACHABLE();
    }
}

/*
 * Flags act in the order of the request: t shows the time to live at its position.
 * T changes it, and so does N when it creates the item; with both flags, T counts as
 * the one that changed it.
 */
static char *
compose_flags(char *dst, const struct request *req, const struct response *rsp)
{
    uint64_t echoed = req->flags & echoed_flags(req, rsp);
    struct bytes rest = req->meta, flag;
    char turn = req->flags & META_FLAG('T') ? 'T' : 'N';
    int64_t ttl = rsp->ttl_before;

    while (echoed != 0 && (flag = request_word(&rest)).n > 0) {
        if (flag.p[0] == turn)
            ttl = rsp->ttl_after;
        if (!(echoed & META_FLAG(flag.p[0])))
            continue;
        echoed &= ~META_FLAG(flag.p[0]);
        *dst++ = ' ';
        *dst++ = flag.p[0];
        dst = compose_answer(dst, flag, req, rsp, ttl);
    }
    return dst;
}

static char *
compose_mark(char *dst, bool wanted, char letter)
{
    if (!wanted)
        return dst;
    dst[0] = ' ';
    dst[1] = letter;
    return dst + 2;
}

static char *
compose_size(char *dst, uint64_t n)
{
    memcpy(dst, "VA ", 3);
    return compose_u64(dst + 3, n);
}

static char *
compose_found(char *dst, const struct request *req, const struct response *rsp, bool *value)
{
    *value = rsp->with_value;
    if (rsp->with_value)
        dst = compose_size(dst, rsp->n_value);
    else
        dst = compose_bytes(dst, BYTES("HD"));
    dst = compose_flags(dst, req, rsp);
    dst = compose_mark(dst, rsp->token_sent, 'Z');
    dst = compose_mark(dst, rsp->stale, 'X');
    dst = compose_mark(dst, rsp->won, 'W');
    return compose_crlf(dst);
}

static char *
compose_number(char *dst, const struct request *req, const struct response *rsp)
{
    char digits[20];
    size_t n = (size_t)(compose_u64(digits, rsp->number) - digits);

    CHECKED_MUST(n > 0 && n <= sizeof digits);
    if (!rsp->with_value)
        return compose_crlf(compose_flags(compose_bytes(dst, BYTES("HD")), req, rsp));
    dst = compose_crlf(compose_flags(compose_size(dst, n), req, rsp));
    return compose_crlf(compose_bytes(dst, bytes_of(digits, n)));
}

static char *
compose_status(char *dst, const char *letters, const struct request *req, const struct response *rsp)
{
    memcpy(dst, letters, 2);
    return compose_crlf(compose_flags(dst + 2, req, rsp));
}

/* True if a quiet client gets no such reply: a get's miss, or a success of another command. */
static bool
is_expected(const struct response *rsp)
{
    return rsp->kind == RSP_MISS || rsp->kind == RSP_STORED || rsp->kind == RSP_DELETED ||
           rsp->kind == RSP_NUMBER;
}

char *
meta_compose(char *dst, const struct request *req, const struct response *rsp, bool *value)
{
    CHECKED_MUST(req->dialect == DIALECT_META);
    if (req->quiet && is_expected(rsp))
        return dst;
    switch ((enum response_kind)rsp->kind) {
    case RSP_VALUE: return compose_found(dst, req, rsp, value);
    case RSP_MISS: return compose_status(dst, "EN", req, rsp);
    case RSP_STORED:
    case RSP_DELETED: return compose_status(dst, "HD", req, rsp);
    case RSP_NOT_STORED: return compose_status(dst, "NS", req, rsp);
    case RSP_EXISTS: return compose_status(dst, "EX", req, rsp);
    case RSP_NOT_FOUND: return compose_status(dst, "NF", req, rsp);
    case RSP_NUMBER: return compose_number(dst, req, rsp);
    case RSP_SILENT:
    case RSP_END:
    case RSP_TOUCHED:
    case RSP_OK:
    case RSP_NOP:
    case RSP_BYE:
    case RSP_TOKEN:
    case RSP_TOKEN_WANTED:
    case RSP_VERSION:
    case RSP_TEXT:
    case RSP_LINE:
    case RSP_FAIL:
    case RSP_N_KINDS: return text_compose_line(dst, rsp);
    }
    UNREACHABLE();
}
