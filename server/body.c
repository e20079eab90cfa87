/* body: see body.h. */
#include "server/body.h"

#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "proto/parse.h"

enum { SPANS_MAX = 16 }; /* pieces of a value that one readv fills */

struct body *
body_new(const struct request *req, const struct store_key *key, struct store_slot *slot)
{
    struct bytes meta = req->dialect == DIALECT_META ? req->meta : bytes_of(NULL, 0);
    struct body *b = malloc(sizeof(*b) + key->n + meta.n);
    if (b == NULL)
        return NULL;
    b->request = *req;
    b->request.key = bytes_of(memcpy(b->text, key->p, key->n), key->n);
    b->request.meta = bytes_of(b->text + key->n, meta.n);
    if (meta.n > 0)
        memcpy(b->text + key->n, meta.p, meta.n);
    b->key = (struct store_key){b->text, key->n, key->hash};
    b->slot = *slot;
    b->n_read = 0;
    memcpy(b->end, "\r\n", sizeof(b->end)); /* as good as come, where none will come */
    b->n_end = sizeof(b->end) - request_body_end(req);
    *slot = (struct store_slot){0};
    return b;
}

void
body_take(struct body *b, struct store_thread *thread, struct buffer *in)
{
    uint32_t n = buffer_n(in) < b->slot.n_value ? buffer_n(in) : b->slot.n_value;
    store_slot_fill(thread, &b->slot, 0, in->p + in->start, n);
    in->start += n;
    b->n_read = n;
    while (buffer_n(in) > 0 && b->n_end < sizeof(b->end))
        b->end[b->n_end++] = in->p[in->start++];
}

/* Distributes `n` bytes that were read in order: value, line end, and what is behind. */
static void
account(struct body *b, size_t n, struct buffer *in)
{
    size_t n_value = b->slot.n_value - b->n_read;
    n_value = n < n_value ? n : n_value;
    b->n_read += (uint32_t)n_value;
    n -= n_value;
    size_t n_end = sizeof(b->end) - b->n_end;
    n_end = n < n_end ? n : n_end;
    b->n_end += (uint32_t)n_end;
    in->end += (uint32_t)(n - n_end);
}

ssize_t
body_read(struct body *b, struct stream *stream, struct store_thread *thread, struct buffer *in)
{
    MUST(buffer_n(in) == 0 && !body_is_whole(b));
    struct iovec iov[SPANS_MAX + 2];
    uint32_t at = b->n_read;
    size_t n_iov = 0;
    if (at < b->slot.n_value)
        n_iov = store_slot_spans(thread, &b->slot, &at, iov, SPANS_MAX);
    if (at == b->slot.n_value) {
        iov[n_iov++] = (struct iovec){b->end + b->n_end, sizeof(b->end) - b->n_end};
        iov[n_iov++] = (struct iovec){in->p + in->end, in->size - in->end};
    }
    ssize_t n = stream_recvv(stream, iov, (int)n_iov);
    if (n > 0)
        account(b, (size_t)n, in);
    return n;
}

void
body_finish(struct body **bp, struct cmd_ctx *ctx)
{
    struct body *b = *bp;
    MUST(body_is_whole(b));
    struct response rsp;
    cmd_begin_response(&rsp);
    if (b->end[0] == '\r' && b->end[1] == '\n') {
        cmd_put_commit(ctx, &b->request, &b->key, &b->slot, &rsp);
    } else {
        store_cancel(ctx->thread, &b->slot);
        cmd_fail(&rsp, PARSE_BAD_CHUNK);
    }
    cmd_reply(ctx, &b->request, &rsp);
    free(b);
    *bp = NULL;
}

void
body_cancel(struct body **bp, struct store_thread *thread)
{
    store_cancel(thread, &(*bp)->slot);
    free(*bp);
    *bp = NULL;
}
