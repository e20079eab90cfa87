/* body: see body.h. */
#include "server/conn/body.h"

#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "base/clock.h"
#include "proto/parse.h"

enum {
    SPANS_MAX = 16,     /* pieces of a value that one readv fills */
    AHEAD_MAX = 1 << 20 /* most bytes for which memory is reserved ahead; never more than have arrived */
};

struct body *
body_new(const struct request *req, const struct store_key *key, const struct store_partial *partial)
{
    CHECKED_MUST(key->n > 0 && partial->ticket != 0);
    struct bytes meta = req->dialect == DIALECT_META ? req->meta : bytes_of(NULL, 0);
    struct body *b = malloc(sizeof(*b) + key->n + meta.n);
    if (b == NULL)
        return NULL;
    *b =
        (struct body){.request = *req, .partial = *partial, .since_ns = clock_ns(), .moved_s = clock_now_s()};
    b->request.key = bytes_of(memcpy(b->text, key->p, key->n), key->n);
    b->request.meta = bytes_of(b->text + key->n, meta.n);
    if (meta.n > 0)
        memcpy(b->text + key->n, meta.p, meta.n);
    b->key = (struct store_key){b->text, key->n, key->hash};
    memcpy(b->end, "\r\n", sizeof(b->end)); /* the line end counts as read if none will come */
    b->n_end = sizeof(b->end) - request_body_end(req);
    return b;
}

void
body_free(struct body **bp)
{
    MUST((*bp)->partial.ticket == 0);
    free(*bp);
    *bp = NULL;
}

/* ---- memory -------------------------------------------------------------- */

/* How far the memory should reach: at least to the next byte, and as many bytes ahead as have arrived. */
static uint32_t
reach(const struct body *b)
{
    uint32_t left = b->request.n_value - b->n_read;
    uint32_t ahead = b->n_read < 1 ? 1 : b->n_read > AHEAD_MAX ? AHEAD_MAX : b->n_read;
    return b->n_read + (ahead < left ? ahead : left);
}

bool
body_has_room(const struct body *b)
{
    body_must_hold(b);
    return b->partial.slot.offset != 0 && b->partial.n_backed - b->n_read >= (reach(b) - b->n_read) / 2 &&
           (b->partial.n_backed > b->n_read || b->n_read == b->request.n_value);
}

enum body_state
body_make_room(struct body *b, struct cmd_ctx *ctx)
{
    body_must_hold(b);
    enum store_result r = STORE_OK;
    if (UNLIKELY(b->refused != STORE_OK))
        return BODY_REFUSED;
    if (b->partial.slot.offset == 0)
        r = cmd_put_begin(ctx, &b->request, &b->key, &b->partial);
    if (r == STORE_OK && !body_has_room(b))
        r = store_partial_extend(ctx->thread, &b->partial, reach(b));
    if (r == STORE_BUSY && b->partial.slot.offset != 0 && b->partial.n_backed > b->n_read)
        r = STORE_OK;
    b->waits = r == STORE_BUSY;
    if (LIKELY(r == STORE_OK))
        return BODY_COMING;
    if (r == STORE_BUSY)
        return BODY_WAITS;
    body_give_up(b, ctx->thread, r);
    return BODY_REFUSED;
}

void
body_give_up(struct body *b, struct store_thread *thread, enum store_result refused)
{
    CHECKED_MUST(refused == STORE_NO_MEMORY || refused == STORE_TOO_LARGE);
    store_partial_end(thread, &b->partial);
    b->refused = refused;
}

/* ---- bytes --------------------------------------------------------------- */

/* Copies from `in` as many bytes of the value as have room. */
static void
fill(struct body *b, struct cmd_ctx *ctx, struct buffer *in)
{
    uint32_t n = b->partial.n_backed - b->n_read;
    n = buffer_n(in) < n ? buffer_n(in) : n;
    store_slot_fill(ctx->thread, &b->partial.slot, b->n_read, in->p + in->start, n);
    in->start += n;
    b->n_read += n;
}

enum body_state
body_take(struct body *b, struct cmd_ctx *ctx, struct buffer *in)
{
    body_must_hold(b);
    enum body_state state = b->refused != STORE_OK ? BODY_REFUSED : BODY_COMING;
    while (state == BODY_COMING && b->n_read < b->request.n_value && (buffer_n(in) > 0 || b->waits)) {
        state = body_make_room(b, ctx);
        if (state == BODY_COMING)
            fill(b, ctx, in);
    }
    if (state != BODY_COMING || b->n_read < b->request.n_value)
        return state;
    while (buffer_n(in) > 0 && b->n_end < sizeof(b->end))
        b->end[b->n_end++] = in->p[in->start++];
    if (b->n_end < sizeof(b->end))
        return BODY_COMING;
    if (UNLIKELY(b->partial.slot.offset == 0)) /* an empty value, whose line end came later than its line */
        state = body_make_room(b, ctx);
    return state == BODY_COMING ? BODY_WHOLE : state;
}

/* Distributes `n` bytes that were read in order: value, line end, and the bytes after them. */
static void
account(struct body *b, size_t n, struct buffer *in)
{
    size_t n_value = b->request.n_value - b->n_read;
    n_value = n < n_value ? n : n_value;
    b->n_read += (uint32_t)n_value;
    n -= n_value;
    size_t n_end = sizeof(b->end) - b->n_end;
    n_end = n < n_end ? n : n_end;
    b->n_end += (uint32_t)n_end;
    in->end += (uint32_t)(n - n_end);
    body_must_hold(b);
    buffer_must_hold(in);
}

ssize_t
body_read(struct body *b, struct stream *stream, struct store_thread *thread, struct buffer *in)
{
    MUST(buffer_n(in) == 0 && !body_is_whole(b) && b->refused == STORE_OK);
    struct iovec iov[SPANS_MAX + 2];
    uint32_t at = b->n_read;
    size_t n_iov = 0;
    if (at < b->request.n_value)
        n_iov = store_slot_spans(thread, &b->partial.slot, &at, iov, SPANS_MAX);
    if (at == b->request.n_value) {
        iov[n_iov++] = (struct iovec){b->end + b->n_end, sizeof(b->end) - b->n_end};
        iov[n_iov++] = (struct iovec){in->p + in->end, in->size - in->end};
    }
    MUST(n_iov > 0);
    ssize_t n = stream_recvv(stream, iov, (int)n_iov);
    if (n > 0) {
        account(b, (size_t)n, in);
        b->moved_s = clock_now_s();
    }
    return n;
}

/* ---- the end ------------------------------------------------------------- */

bool
body_finish(struct body **bp, struct cmd_ctx *ctx)
{
    struct body *b = *bp;
    MUST(body_is_whole(b));
    struct response rsp;
    cmd_begin_response(&rsp);
    if (UNLIKELY(b->end[0] != '\r' || b->end[1] != '\n')) {
        cmd_fail(&rsp, PARSE_BAD_CHUNK);
    } else if (!cmd_put_commit(ctx, &b->request, &b->key, &b->partial.slot, &rsp)) {
        b->waits = true;
        return false;
    }
    store_partial_end(ctx->thread, &b->partial);
    cmd_reply(ctx, &b->request, &rsp);
    body_free(bp);
    return true;
}

void
body_refuse(struct body **bp, struct cmd_ctx *ctx, uint64_t *swallow)
{
    struct body *b = *bp;
    struct response rsp;
    MUST(b->refused != STORE_OK);
    cmd_begin_response(&rsp);
    cmd_put_refuse(ctx, &b->request, &b->key, b->refused, &rsp);
    cmd_reply(ctx, &b->request, &rsp);
    body_must_hold(b);
    *swallow = (uint64_t)(b->request.n_value - b->n_read) + sizeof(b->end) - b->n_end;
    body_free(bp);
}
