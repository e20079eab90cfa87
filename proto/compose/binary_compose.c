/*
 * binary_compose: the binary replies, with memcached's error messages.
 *
 * A reply repeats its request's opcode and opaque.  If its status is not 0, its
 * value is the error message; a miss of a request that asks for the key has the
 * key instead.
 */
#include <assert.h>

#include "base/must.h"
#include "proto/binary.h"
#include "proto/compose/compose_internal.h"

struct packet {
    enum binary_status status;
    uint32_t n_extras, n_key, n_value;
    uint64_t cas;
};

static char *
compose_head(char *dst, const struct request *req, struct packet p)
{
    CHECKED_MUST(p.n_key <= UINT16_MAX && p.n_extras <= UINT8_MAX);
    dst[0] = (char)BINARY_REPLY;
    dst[1] = (char)req->opcode;
    binary_put16(dst + 2, (uint16_t)p.n_key);
    dst[4] = (char)p.n_extras;
    dst[5] = 0;
    binary_put16(dst + 6, (uint16_t)p.status);
    binary_put32(dst + 8, p.n_extras + p.n_key + p.n_value);
    memcpy(dst + 12, &req->opaque, sizeof req->opaque);
    binary_put64(dst + 16, p.cas);
    return dst + BINARY_HEAD;
}

char *
compose_stat_head(char *dst, const struct request *req, uint32_t n_name, uint32_t n_value)
{
    static_assert((int)COMPOSE_HEAD == (int)BINARY_HEAD, "compose.h does not show the packets");
    return compose_head(dst, req, (struct packet){.n_key = n_name, .n_value = n_value});
}

/* A success without key or value. */
static char *
compose_done(char *dst, const struct request *req, uint64_t cas)
{
    return compose_head(dst, req, (struct packet){.cas = cas});
}

/* ---- errors -------------------------------------------------------------- */

static char *
compose_error(char *dst, const struct request *req, enum binary_status status, struct bytes words)
{
    CHECKED_MUST(status != STATUS_OK && words.n + BINARY_HEAD <= COMPOSE_MAX);
    dst = compose_head(dst, req, (struct packet){.status = status, .n_value = (uint32_t)words.n});
    return compose_bytes(dst, words);
}

static char *
compose_not_found(char *dst, const struct request *req)
{
    return compose_error(dst, req, STATUS_NOT_FOUND, BYTES("Not found"));
}

static char *
compose_exists(char *dst, const struct request *req)
{
    return compose_error(dst, req, STATUS_EXISTS, BYTES("Data exists for key."));
}

/* An add is refused because the item exists, a replace because it does not. */
static char *
compose_not_stored(char *dst, const struct request *req)
{
    if (req->mode == PUT_ADD)
        return compose_exists(dst, req);
    if (req->mode == PUT_REPLACE)
        return compose_not_found(dst, req);
    return compose_error(dst, req, STATUS_NOT_STORED, BYTES("Not stored."));
}

static char *
compose_no_memory(char *dst, const struct request *req)
{
    struct bytes words = BYTES("Out of memory");
    if (req->has_body)
        words = BYTES("Out of memory allocating item");
    else if (req->kind == CMD_INCR || req->kind == CMD_DECR)
        words = BYTES("Out of memory incrementing value");
    else if (req->kind == CMD_STATS)
        words = BYTES("Out of memory generating stats");
    return compose_error(dst, req, STATUS_NO_MEMORY, words);
}

static char *
compose_failure(char *dst, const struct request *req, enum failure failure)
{
    switch (failure) {
    case FAILURE_INVALID: return compose_error(dst, req, STATUS_INVALID, BYTES("Invalid arguments"));
    case FAILURE_UNKNOWN: return compose_error(dst, req, STATUS_UNKNOWN, BYTES("Unknown command"));
    case FAILURE_NO_GROUP: return compose_not_found(dst, req);
    case FAILURE_TOO_LARGE: return compose_error(dst, req, STATUS_TOO_LARGE, BYTES("Too large."));
    case FAILURE_NO_MEMORY: return compose_no_memory(dst, req);
    case FAILURE_NOT_NUMBER:
        return compose_error(
            dst, req, STATUS_NOT_NUMBER, BYTES("Non-numeric server-side value for incr or decr"));
    case FAILURE_FORBIDDEN: return compose_error(dst, req, STATUS_AUTH, BYTES("Auth failure."));
    case FAILURE_BUSY: return compose_error(dst, req, STATUS_BUSY, BYTES("Busy"));
    case FAILURE_N: break;
    }
    UNREACHABLE();
}

static char *
compose_miss(char *dst, const struct request *req)
{
    if (!(req->flags & META_FLAG('k')))
        return compose_not_found(dst, req);
    dst = compose_head(dst, req, (struct packet){.status = STATUS_NOT_FOUND, .n_key = (uint32_t)req->key.n});
    return compose_bytes(dst, req->key);
}

/* ---- successes ----------------------------------------------------------- */

/* The client flags are sent as extras, after a touch as well. */
static char *
compose_found(char *dst, const struct request *req, const struct response *rsp, bool *value)
{
    struct bytes key = req->flags & META_FLAG('k') ? req->key : bytes_of(NULL, 0);

    CHECKED_MUST(key.n <= REQUEST_KEY_MAX);
    *value = rsp->with_value;
    dst = compose_head(dst, req,
        (struct packet){
            .n_extras = sizeof rsp->client_flags,
            .n_key = (uint32_t)key.n,
            .n_value = rsp->with_value ? rsp->n_value : 0,
            .cas = rsp->cas,
        });
    binary_put32(dst, rsp->client_flags);
    dst += sizeof rsp->client_flags;
    return key.n > 0 ? compose_bytes(dst, key) : dst;
}

static char *
compose_number(char *dst, const struct request *req, const struct response *rsp)
{
    dst = compose_head(dst, req, (struct packet){.n_value = sizeof rsp->number, .cas = rsp->cas});
    binary_put64(dst, rsp->number);
    return dst + sizeof rsp->number;
}

static char *
compose_text(char *dst, const struct request *req, const struct response *rsp)
{
    MUST(rsp->text.n + BINARY_HEAD <= COMPOSE_MAX);
    dst = compose_head(dst, req, (struct packet){.n_value = (uint32_t)rsp->text.n});
    return compose_bytes(dst, rsp->text);
}

/* True if a quiet client gets no such reply: a get's miss, or a success of another command. */
static bool
is_expected(const struct response *rsp)
{
    return rsp->kind == RSP_MISS || rsp->kind == RSP_STORED || rsp->kind == RSP_DELETED ||
           rsp->kind == RSP_NUMBER || rsp->kind == RSP_OK || rsp->kind == RSP_BYE;
}

char *
binary_compose(char *dst, const struct request *req, const struct response *rsp, bool *value)
{
    CHECKED_MUST(req->dialect == DIALECT_BINARY);
    if (req->quiet && is_expected(rsp))
        return dst;
    switch ((enum response_kind)rsp->kind) {
    case RSP_SILENT: return dst;
    case RSP_VALUE: return compose_found(dst, req, rsp, value);
    case RSP_MISS: return compose_miss(dst, req);
    case RSP_STORED: return compose_done(dst, req, rsp->cas);
    case RSP_NOT_STORED: return compose_not_stored(dst, req);
    case RSP_EXISTS: return compose_exists(dst, req);
    case RSP_NOT_FOUND: return compose_not_found(dst, req);
    case RSP_NUMBER: return compose_number(dst, req, rsp);
    case RSP_TOKEN_WANTED: return compose_error(dst, req, STATUS_AUTH_CONTINUE, rsp->text);
    case RSP_TOKEN:
    case RSP_VERSION: return compose_text(dst, req, rsp);
    case RSP_END:
    case RSP_DELETED:
    case RSP_TOUCHED:
    case RSP_OK:
    case RSP_NOP:
    case RSP_BYE:
    case RSP_LINE: return compose_done(dst, req, 0);
    case RSP_FAIL: return compose_failure(dst, req, rsp->failure);
    case RSP_TEXT:
    case RSP_N_KINDS: break;
    }
    UNREACHABLE();
}
