/* outq: see outq.h. */
#include "server/net/outq.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    IOVS_MAX = 64,  /* spans passed to one call */
    CALLS_MAX = 16, /* calls in one turn: a fast reader of a huge value must not occupy the worker */
};
static_assert((int)OUTQ_SQUEEZED_MAX <= (int)OUTQ_BYTES, "an empty queue has room for a reply");
static_assert(OUTQ_RUNS_MAX >= 3, "a held value and the bytes around it");

bool
outq_init(struct outq *q)
{
    *q = (struct outq){
        .bytes = malloc(OUTQ_BYTES),
        .size = OUTQ_BYTES,
        .limit = OUTQ_BYTES - OUTQ_ROOM,
        .runs = malloc(OUTQ_RUNS_MAX * sizeof(struct outq_run)),
    };
    if (q->bytes != NULL && q->runs != NULL)
        return true;
    outq_fini(q);
    return false;
}

void
outq_fini(struct outq *q)
{
    MUST(outq_empty(q) && q->memory.p == NULL);
    free(q->runs);
    free(q->bytes);
    *q = (struct outq){0};
}

/* Makes the sent queue ready to be filled again. */
static void
reset(struct outq *q)
{
    outq_must_hold(q);
    q->n = q->in_runs = 0;
    q->head = q->n_runs = 0;
    q->n_held = 0;
    q->limit = q->size < OUTQ_ROOM ? 0 : q->size - OUTQ_ROOM;
}

static void
push_run(struct outq *q, struct outq_run run)
{
    MUST(q->n_runs < OUTQ_RUNS_MAX);
    q->runs[q->n_runs++] = run;
}

/* Makes a run of the bytes written since the last run. */
static void
close_bytes(struct outq *q)
{
    outq_must_hold(q);
    if (q->n > q->in_runs)
        push_run(q, (struct outq_run){.p = q->bytes + q->in_runs, .n = q->n - q->in_runs});
    q->in_runs = q->n;
}

void
outq_hold(struct outq *q, struct store_thread *thread, const struct store_view *view)
{
    CHECKED_MUST(view->holder != NULL && view->n_value > OUTQ_COPY_MAX && !store_must_copy(view));
    store_hold(thread, view->holder);
    close_bytes(q);
    push_run(q, (struct outq_run){.item = view->holder, .p = view->value, .n = view->n_value});
    q->n_held += view->n_value;
    /* The next reply may need two runs, and the bytes after it one more. */
    if (q->n_runs + 3 > OUTQ_RUNS_MAX || q->n_held >= OUTQ_HELD_MAX)
        q->limit = 0;
}

void
outq_borrow(struct outq *q, struct bytes b)
{
    CHECKED_MUST(q->memory.p == NULL);
    MUST(b.n <= UINT32_MAX);
    close_bytes(q);
    if (b.n > 0)
        push_run(q, (struct outq_run){.p = b.p, .n = (uint32_t)b.n});
    q->limit = 0;
}

/* Lists the next bytes to send as spans; returns the number of spans, and their bytes in *n_bytes. */
static size_t
gather(const struct outq *q, const struct store_thread *thread, struct iovec *iov, size_t *n_bytes)
{
    size_t n = 0;
    *n_bytes = 0;
    for (uint32_t i = q->head; i < q->n_runs && n < IOVS_MAX; i++) {
        const struct outq_run *run = &q->runs[i];
        size_t first = n;
        uint32_t at = run->at;
        if (run->p != NULL)
            iov[n++] = (struct iovec){(char *)run->p, run->n};
        else
            n += store_value_spans(thread, run->item, &at, iov + n, IOVS_MAX - n);
        size_t n_run = 0;
        while (first < n)
            n_run += iov[first++].iov_len;
        *n_bytes += n_run;
        if (n_run < run->n)
            break; /* the spans are used up: the next call sends the other pieces */
    }
    CHECKED_MUST(n > 0 && n <= IOVS_MAX);
    return n;
}

/*
 * `n` bytes were sent.  Releases each value that was sent completely; *in_epoch
 * says whether this entered the epoch.
 */
static void
advance(struct outq *q, struct store_thread *thread, size_t n, bool *in_epoch)
{
    while (n > 0) {
        struct outq_run *run = &q->runs[q->head];
        MUST(q->head < q->n_runs);
        uint32_t part = n < run->n ? (uint32_t)n : run->n;
        n -= part;
        run->n -= part;
        run->at += part;
        if (run->p != NULL)
            run->p += part;
        if (run->n > 0)
            return;
        if (run->item != NULL) {
            if (!*in_epoch)
                store_enter(thread);
            *in_epoch = true;
            store_release(thread, run->item);
        }
        q->head++;
    }
}

/* Maps a stream's error to the result; ENOMEM and ENOBUFS are transient. */
static enum outq_result
refused(ssize_t error)
{
    return error == -EAGAIN || error == -ENOBUFS || error == -ENOMEM ? OUTQ_BLOCKED : OUTQ_BROKEN;
}

/*
 * Sends the list of runs, with a call for each IOVS_MAX spans.  A short count
 * means that the socket is full.
 */
static enum outq_result
send_runs(struct outq *q, struct stream *stream, struct store_thread *thread, struct outq_sent *sent)
{
    enum outq_result result = OUTQ_SENT;
    bool in_epoch = false;
    for (unsigned calls = 0; q->head < q->n_runs; calls++) {
        struct iovec iov[IOVS_MAX];
        size_t offered;
        result = OUTQ_BLOCKED;
        if (calls == CALLS_MAX)
            break;
        size_t n_iov = gather(q, thread, iov, &offered);
        sent->calls++;
        ssize_t n = stream_sendv(stream, iov, (int)n_iov);
        if (n < 0) {
            result = refused(n);
            break;
        }
        MUST((size_t)n <= offered);
        sent->bytes += (size_t)n;
        advance(q, thread, (size_t)n, &in_epoch);
        if ((size_t)n < offered)
            break;
        result = OUTQ_SENT;
    }
    if (in_epoch)
        store_leave(thread);
    if (result == OUTQ_SENT)
        reset(q);
    return result;
}

enum outq_result
outq_send(struct outq *q, struct stream *stream, struct store_thread *thread, struct outq_sent *sent)
{
    outq_must_hold(q);
    if (UNLIKELY(q->n_runs > 0)) {
        close_bytes(q);
        return send_runs(q, stream, thread, sent);
    }
    if (q->n == 0)
        return OUTQ_SENT;
    sent->calls++;
    ssize_t n = stream_send(stream, q->bytes, q->n);
    if (n < 0)
        return refused(n);
    CHECKED_MUST((size_t)n <= q->n);
    sent->bytes += (size_t)n;
    if (LIKELY((size_t)n == q->n)) {
        reset(q);
        return OUTQ_SENT;
    }
    q->in_runs = (uint32_t)n;
    return OUTQ_BLOCKED;
}

struct outq *
outq_save(struct outq *q, struct buffer_pool *pool)
{
    MUST(!outq_empty(q) && q->memory.p == NULL);
    close_bytes(q);
    uint32_t n_runs = q->n_runs - q->head;
    size_t n_bytes = 0;
    for (uint32_t i = q->head; i < q->n_runs; i++)
        n_bytes += q->runs[i].item == NULL ? q->runs[i].n : 0;
    struct buffer memory;
    if (!buffer_take(pool, &memory, sizeof(struct outq) + n_runs * sizeof(struct outq_run) + n_bytes))
        return NULL;
    struct outq *saved = (struct outq *)memory.p;
    struct outq_run *runs = (struct outq_run *)(saved + 1);
    char *bytes = (char *)(runs + n_runs);
    *saved = (struct outq){.bytes = bytes, .n_runs = n_runs, .runs = runs, .memory = memory};
    for (uint32_t i = 0; i < n_runs; i++) {
        runs[i] = q->runs[q->head + i];
        if (runs[i].item != NULL)
            continue;
        memcpy(bytes, runs[i].p, runs[i].n);
        runs[i].p = bytes;
        bytes += runs[i].n;
    }
    MUST(bytes <= memory.p + memory.size);
    outq_must_hold(saved);
    reset(q);
    return saved;
}

void
outq_free(struct outq **qp, struct buffer_pool *pool)
{
    struct outq *q = *qp;
    MUST(q->head == q->n_runs);
    MUST(q->memory.p == (char *)q);
    struct buffer memory = q->memory;
    *qp = NULL;
    buffer_give(pool, &memory);
}

void
outq_drop(struct outq *q, struct store_thread *thread)
{
    outq_must_hold(q);
    store_enter(thread);
    for (; q->head < q->n_runs; q->head++) {
        if (q->runs[q->head].item != NULL)
            store_release(thread, q->runs[q->head].item);
    }
    store_leave(thread);
    reset(q);
}
