/*
 * outq: replies to be sent to one socket.
 *
 * Most replies are copied one after the other into the queue's memory and sent with one call.  Only
 * a large value is not copied: it is sent from its place in the store, and the queue holds it until
 * its last byte is sent.  The queue is then a list of runs, in the order in which they are sent:
 *
 *   memory  |VALUE k 0 99999\r\n|\r\nEND\r\n|...
 *   runs     bytes ............. | item ...... | bytes ..........
 *
 *   head <= n_runs <= OUTQ_RUNS_MAX
 *   in_runs <= n <= size        bytes [in_runs, n) are the last run, not listed yet
 *
 * A worker has one queue, which it fills for the connection that it serves and
 * sends at the end of the turn.  Bytes that the socket did not accept are moved to
 * a queue of the connection's own (outq_save), to which nothing is added.
 *
 * Threads: a queue belongs to one worker.  outq_hold is called inside the store's epoch,
 *          outq_send and outq_drop outside it, because they enter it.
 */
#ifndef SERVER_NET_OUTQ_H
#define SERVER_NET_OUTQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/must.h"
#include "base/stream.h"
#include "proto/compose.h"
#include "server/net/buffer.h"
#include "slab/store.h"

enum {
    /*
     * The longest plain value that is copied.  For a longer one, a sendmsg of spans, the
     * hold and a second visit to the store's epoch cost less than the copy.  A packed value is always copied.
     */
    OUTQ_COPY_MAX = 8 << 10,

    /* The longest reply to one request: a value's line, the value, its end, and the line that ends a get. */
    OUTQ_ROOM = STORE_COPIED_MAX + STORE_COPY_SPARE + 2 * COMPOSE_MAX + COMPOSE_TAIL_MAX,

    OUTQ_BYTES = 192 << 10,  /* of a worker's queue */
    OUTQ_RUNS_MAX = 64,      /* of a worker's queue; a held value takes two */
    OUTQ_HELD_MAX = 1 << 20, /* bytes of held values after which a turn ends */
    OUTQ_SQUEEZED = 4 << 10, /* bytes after which a turn ends if it is to write little */
    OUTQ_SQUEEZED_MAX = OUTQ_SQUEEZED + OUTQ_ROOM, /* the most bytes of such a turn */
};
static_assert((int)OUTQ_COPY_MAX <= (int)STORE_COPIED_MAX, "there is room for each value that is copied");
static_assert((int)OUTQ_COPY_MAX >= (int)STORE_HOLD_MIN, "what is not copied can be held");

/* The next bytes to send: copied ones, or the rest of a held value. */
struct outq_run {
    const struct item *item; /* NULL: bytes at `p` */
    const char *p;           /* NULL: the item's value is a chain */
    uint32_t n;
    uint32_t at; /* a chain: the offset of the next byte in the value */
};

struct outq {
    char *bytes;
    uint32_t size;
    uint32_t n;
    uint32_t limit; /* the queue is full when `n` reaches this */
    uint32_t in_runs;
    uint32_t head, n_runs;
    size_t n_held;
    struct outq_run *runs;
    struct buffer memory; /* the memory of the queue itself, if it is a connection's */
};

/* Counters that sending adds to. */
struct outq_sent {
    uint64_t bytes, calls;
};

enum outq_result {
    OUTQ_SENT,    /* all bytes; the queue is empty */
    OUTQ_BLOCKED, /* the socket accepts no more bytes now */
    OUTQ_BROKEN,  /* the connection is broken */
};

/* Makes a worker's queue.  false when out of memory. */
MUST_USE bool outq_init(struct outq *);
/* The queue must be empty. */
void outq_fini(struct outq *);

/* The positions at the top of this file. */
static inline void
outq_must_hold(const struct outq *q)
{
    CHECKED_MUST(q->in_runs <= q->n && q->n <= q->size);
    CHECKED_MUST(q->head <= q->n_runs && (q->n_runs == 0 || q->runs != NULL));
}

/* Whether the queue has no room for another reply.  A turn ends when it is full. */
static inline bool
outq_full(const struct outq *q)
{
    return q->n >= q->limit;
}

/* Bytes that can still be written, even if the queue is full. */
static inline uint32_t
outq_room(const struct outq *q)
{
    return q->size - q->n;
}

static inline bool
outq_empty(const struct outq *q)
{
    return q->n == 0 && q->n_runs == 0;
}

/* Where to write the next bytes.  If the queue is not full, there is room for OUTQ_ROOM of them. */
static inline char *
outq_end(struct outq *q)
{
    return q->bytes + q->n;
}

/* Adds the bytes written up to `end`. */
static inline void
outq_wrote(struct outq *q, const char *end)
{
    q->n = (uint32_t)(end - q->bytes);
    CHECKED_MUST(q->n <= q->size);
}

/* Lets this turn write only little.  The queue must be empty. */
static inline void
outq_squeeze(struct outq *q)
{
    CHECKED_MUST(outq_empty(q));
    q->limit = OUTQ_SQUEEZED;
}

/*
 * Appends a value of over OUTQ_COPY_MAX bytes without copying it.  The caller is
 * inside the epoch of `view`.
 */
void outq_hold(struct outq *, struct store_thread *, const struct store_view *view);

/*
 * Appends bytes that the caller owns.  Nothing can be added after them, and they
 * must not change until outq_send, outq_save or outq_drop.
 */
void outq_borrow(struct outq *, struct bytes);

/* Sends with as few calls as possible, usually one.  Never waits. */
MUST_USE enum outq_result outq_send(
    struct outq *, struct stream *, struct store_thread *, struct outq_sent *);

/*
 * Moves everything, holds included, to a new queue in memory of `pool`; NULL,
 * and nothing moves, when out of memory.
 */
MUST_USE struct outq *outq_save(struct outq *, struct buffer_pool *);
/* The queue must be empty, and made by outq_save. */
void outq_free(struct outq **, struct buffer_pool *);

/* Discards everything, because the connection is closed. */
void outq_drop(struct outq *, struct store_thread *);

#endif
