/*
 * outq: replies on their way to one socket.
 *
 * Most replies are bytes, copied one behind the other into the queue's memory
 * and gone with one send.  Only a large value is not copied: it stays where it
 * is in the store, pinned until its last byte has left.  The queue is then a
 * list of runs, in the order in which they leave:
 *
 *   memory  |VALUE k 0 99999\r\n|\r\nEND\r\n|...
 *   runs     bytes ............. | item ...... | bytes ..........
 *
 *   head <= n_runs <= OUTQ_RUNS_MAX
 *   in_runs <= n <= size        bytes [in_runs, n) are the last run, not listed yet
 *
 * A worker has one queue, which it fills for the connection that it serves and
 * sends at the end of the turn.  What the socket did not take moves to a queue
 * of the connection's own (outq_save), to which nothing is added.
 *
 * Threads: a queue belongs to one worker.  All but the inline functions are
 * called outside the store's epoch.
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
     * The longest value that is copied.  Over it a sendmsg of spans, the pin
     * and a second visit to the store's epoch cost less than the copy.
     */
    OUTQ_COPY_MAX = 8 << 10,

    /* What one reply may write: a value's line, the value, its end, and the line that ends a get. */
    OUTQ_ROOM = OUTQ_COPY_MAX + 2 * COMPOSE_MAX + COMPOSE_TAIL_MAX,

    OUTQ_BYTES = 128 << 10,    /* a worker's queue */
    OUTQ_RUNS_MAX = 64,        /* likewise; a pinned value takes two */
    OUTQ_PINNED_MAX = 1 << 20, /* bytes of pinned values after which a turn ends */
    OUTQ_SQUEEZED = 4 << 10,   /* bytes after which a turn ends, if it is to write little, ... */
    OUTQ_SQUEEZED_MAX = OUTQ_SQUEEZED + OUTQ_ROOM, /* ... and so many at most */
};
static_assert((int)OUTQ_COPY_MAX >= (int)STORE_PIN_MIN, "what is not copied can be pinned");

/* The next bytes to leave: copied ones, or those that are left of a pinned value. */
struct outq_run {
    const struct item *item; /* NULL: bytes at `p` */
    const char *p;           /* NULL: the item's value is in pieces */
    uint32_t n;
    uint32_t at; /* a value in pieces: where in it the next byte is */
};

struct outq {
    char *bytes;
    uint32_t size;
    uint32_t n;
    uint32_t limit; /* `n` from which on the queue is full */
    uint32_t in_runs;
    uint32_t head, n_runs;
    size_t n_pinned;
    struct outq_run *runs;
    struct buffer memory; /* what holds the queue itself, if it is a connection's */
};

/* What sending came to.  `bytes` and `calls` are added to. */
struct outq_sent {
    uint64_t bytes, calls;
};

enum outq_result {
    OUTQ_SENT,    /* all of it; the queue is empty */
    OUTQ_BLOCKED, /* the socket takes no more for now */
    OUTQ_BROKEN,  /* it never will again */
};

/* A worker's queue.  false when out of memory. */
MUST_USE bool outq_init(struct outq *);
/* It must be empty. */
void outq_fini(struct outq *);

/* Whether one more reply fits.  A turn ends when it does not. */
static inline bool
outq_full(const struct outq *q)
{
    return q->n >= q->limit;
}

/* Bytes that can still be written, full or not. */
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

/* Where to write the next bytes.  There is room for OUTQ_ROOM of them after outq_full said no. */
static inline char *
outq_end(struct outq *q)
{
    return q->bytes + q->n;
}

/* They end at `end`. */
static inline void
outq_wrote(struct outq *q, const char *end)
{
    q->n = (uint32_t)(end - q->bytes);
    CHECKED_MUST(q->n <= q->size);
}

/* This turn is to write little.  An empty queue. */
static inline void
outq_squeeze(struct outq *q)
{
    CHECKED_MUST(outq_empty(q));
    q->limit = OUTQ_SQUEEZED;
}

/* Appends a value of over OUTQ_COPY_MAX bytes without copying it.  Inside the epoch that `view` is of. */
void outq_pin(struct outq *, struct store_thread *, const struct store_view *view);

/*
 * Appends bytes that stay the caller's.  Nothing can be added after them, and
 * they must stay as they are until outq_send, outq_save or outq_drop.
 */
void outq_borrow(struct outq *, struct bytes);

/* Sends with as few calls as it takes, usually one.  Never waits. */
MUST_USE enum outq_result outq_send(
    struct outq *, struct stream *, struct store_thread *, struct outq_sent *);

/* Moves everything to a new queue in memory of `pool`, pins too; NULL, and nothing moves, when out of memory. */
MUST_USE struct outq *outq_save(struct outq *, struct buffer_pool *);
/* Only an empty queue, made by outq_save. */
void outq_free(struct outq **, struct buffer_pool *);

/* Forgets everything: the connection is gone. */
void outq_drop(struct outq *, struct store_thread *);

#endif
