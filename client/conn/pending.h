/*
 * pending: the requests on a connection that have no answer yet, first in, first out.
 *
 * A sink is called with each reply to its request, and with `last` for the last one:
 * `code` is an enum larder_code, and after a failure there is no reply.  The bytes that
 * a reply points to stay valid until the connection's buffer is released.  A sink may
 * send requests, also on the same connection; it must not close the connection.
 */
#ifndef CLIENT_CONN_PENDING_H
#define CLIENT_CONN_PENDING_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must.h"
#include "proto/reply.h"

struct pending;
typedef void pending_sink(const struct pending *, int code, const struct reply *, bool last);

enum pending_end {
    PENDING_ONE,    /* one reply */
    PENDING_TO_END, /* values and statistics, up to another reply */
    PENDING_LINES,  /* lines, statistics and OK, up to another reply: END, EN or an error */
};

#define PENDING_FITS(status) (UINT32_C(1) << REPLY_##status)
#define PENDING_A_NUMBER     (UINT32_C(1) << 31) /* a value must be a number */
#define PENDING_COUNTED      (UINT32_C(1) << 30) /* at most values_left values */

struct pending {
    pending_sink *sink;
    void *arg;
    void *user; /* for the sink, too */
    uint64_t deadline_ns;
    uint32_t opaque;
    uint32_t fits;        /* set of the reply statuses that may answer it, besides errors: PENDING_FITS */
    uint8_t end;          /* enum pending_end */
    uint8_t mode;         /* enum put_mode: what a refusal means */
    uint8_t failed;       /* the code of a VALUE that could not be passed on */
    bool had_value;       /* a VALUE was passed on */
    uint16_t values_left; /* values that may still come, if they are counted */
};

struct pending_queue {
    struct pending *ring; /* its size is a power of two */
    size_t n, first, count;
};

static inline void
pending_must_hold(const struct pending_queue *q)
{
    CHECKED_MUST((q->n & (q->n - 1)) == 0 && q->count <= q->n);
    CHECKED_MUST(q->n == 0 ? q->ring == NULL && q->first == 0 : q->ring != NULL && q->first < q->n);
    (void)q;
}

MUST_USE bool pending_grow(struct pending_queue *);
void pending_fini(struct pending_queue *);

/* Room for one more, so that pending_push cannot fail.  False when out of memory. */
static inline MUST_USE bool
pending_room(struct pending_queue *q)
{
    pending_must_hold(q);
    return LIKELY(q->count < q->n) || pending_grow(q);
}

static inline void
pending_push(struct pending_queue *q, struct pending p)
{
    CHECKED_MUST(q->count < q->n);
    q->ring[(q->first + q->count++) & (q->n - 1)] = p;
}

/* The i-th request, the oldest first. */
static inline struct pending *
pending_at(const struct pending_queue *q, size_t i)
{
    CHECKED_MUST(i < q->count);
    return &q->ring[(q->first + i) & (q->n - 1)];
}

/* The oldest; the queue must not be empty. */
static inline struct pending *
pending_first(const struct pending_queue *q)
{
    CHECKED_MUST(q->count > 0);
    return &q->ring[q->first];
}

static inline struct pending
pending_pop(struct pending_queue *q)
{
    CHECKED_MUST(q->count > 0);
    struct pending p = q->ring[q->first];
    q->first = (q->first + 1) & (q->n - 1);
    q->count--;
    return p;
}

static_assert((int)REPLY_N_STATUSES <= 30, "statuses and two marks share a word");

#endif
