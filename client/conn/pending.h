/*
 * pending: what was asked on a connection and is not answered, first in, first out.
 *
 * A sink hears of each reply to its question, and with `last` of the end of them:
 * `code` is an enum larder_code, and of a failure there is no reply.  What a reply
 * points to stays until the connection's buffer is released.  A sink may ask
 * more, on the same connection too; it must not close it.
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
    PENDING_ONE,    /* one reply is the answer */
    PENDING_TO_END, /* values, statistics or lines, until another reply */
    PENDING_LINES,  /* the same, and a first OK is no end; what ends it is END or EN, or an error */
};

#define PENDING_FITS(status) (UINT32_C(1) << REPLY_##status)
#define PENDING_A_NUMBER     (UINT32_C(1) << 31) /* a value must be one */
#define PENDING_COUNTED      (UINT32_C(1) << 30) /* no more than values_left */

struct pending {
    pending_sink *sink;
    void *arg;
    void *user; /* the sink's, too */
    uint64_t deadline_ns;
    uint32_t opaque;
    uint32_t fits;        /* set of reply statuses, errors apart, that can be an answer: PENDING_FITS */
    uint8_t end;          /* enum pending_end */
    uint8_t mode;         /* enum put_mode: what a refusal means */
    uint8_t failed;       /* the code of a VALUE that could not be handed on */
    bool had_value;       /* one was */
    uint16_t values_left; /* that may come, if they are counted */
};

struct pending_queue {
    struct pending *ring; /* of a power of two */
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

/* Room for one more, which pending_push then cannot fail to find.  false when out of memory. */
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

/* The i-th of those that wait, the oldest first. */
static inline struct pending *
pending_at(const struct pending_queue *q, size_t i)
{
    CHECKED_MUST(i < q->count);
    return &q->ring[(q->first + i) & (q->n - 1)];
}

/* The oldest; there is one. */
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
