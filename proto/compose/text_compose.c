/*
 * text_compose: the classic replies, in memcached's words.
 */
#include "proto/compose/compose_internal.h"

#include <assert.h>

#include "base/must.h"

/*
 * Whole lines, copied as a block of fixed size: `dst` has space for it, and one
 * copy of 16 bytes is faster than a memcpy of variable length.
 */
struct fixed_line {
    char text[15];
    uint8_t n;
};

#define LINE(words)                            \
    {                                          \
        words "\r\n", sizeof(words "\r\n") - 1 \
    }

static const struct fixed_line fixed_lines[RSP_N_KINDS] = {
    [RSP_END] = LINE("END"),
    [RSP_STORED] = LINE("STORED"),
    [RSP_NOT_STORED] = LINE("NOT_STORED"),
    [RSP_EXISTS] = LINE("EXISTS"),
    [RSP_NOT_FOUND] = LINE("NOT_FOUND"),
    [RSP_DELETED] = LINE("DELETED"),
    [RSP_TOUCHED] = LINE("TOUCHED"),
    [RSP_OK] = LINE("OK"),
    [RSP_NOP] = LINE("MN"),
};
static_assert(sizeof(struct fixed_line) == 16, "a line is copied by one load and one store");

char *
text_compose_line(char *dst, const struct response *rsp)
{
    switch ((enum response_kind)rsp->kind) {
    case RSP_END:
    case RSP_STORED:
    case RSP_NOT_STORED:
    case RSP_EXISTS:
    case RSP_NOT_FOUND:
    case RSP_DELETED:
    case RSP_TOUCHED:
    case RSP_OK:
    case RSP_NOP:
        CHECKED_MUST(fixed_lines[rsp->kind].n > 0);
        memcpy(dst, &fixed_lines[rsp->kind], sizeof(struct fixed_line));
        return dst + fixed_lines[rsp->kind].n;
    case RSP_NUMBER: return compose_crlf(compose_u64(dst, rsp->number));
    case RSP_VERSION: return compose_crlf(compose_bytes(compose_bytes(dst, BYTES("VERSION ")), rsp->text));
    case RSP_TOKEN:
    case RSP_TOKEN_WANTED:
    case RSP_LINE:
    case RSP_FAIL: MUST(rsp->text.n + 2 <= COMPOSE_MAX); return compose_crlf(compose_bytes(dst, rsp->text));
    case RSP_SILENT:
    case RSP_BYE:
    case RSP_MISS: return dst;
    case RSP_VALUE:
    case RSP_TEXT:
    case RSP_N_KINDS: break;
    }
    UNREACHABLE();
}

/* VALUE key flags bytes [cas] */
static char *
compose_value(char *dst, const struct response *rsp)
{
    CHECKED_MUST(rsp->key.n > 0 && rsp->key.n <= REQUEST_KEY_MAX);
    memcpy(dst, "VALUE ", 6);
    dst = compose_bytes(dst + 6, rsp->key);
    *dst++ = ' ';
    dst = compose_u64(dst, rsp->client_flags);
    *dst++ = ' ';
    dst = compose_u64(dst, rsp->n_value);
    if (rsp->with_cas) {
        *dst++ = ' ';
        dst = compose_u64(dst, rsp->cas);
    }
    return compose_crlf(dst);
}

char *
text_compose(char *dst, const struct request *req, const struct response *rsp, bool *value)
{
    CHECKED_MUST(req->dialect == DIALECT_TEXT);
    if (req->quiet)
        return dst;
    if (rsp->kind != RSP_VALUE)
        return text_compose_line(dst, rsp);
    *value = true;
    return compose_value(dst, rsp);
}
