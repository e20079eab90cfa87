/*
 * buffer: memory for bytes that a connection keeps between two turns.
 *
 * An idle connection owns none.  Half a request, requests that wait for a slow
 * reader, and unsent replies each take a buffer from the pool of their worker,
 * of the size that they need, and give it back afterwards.
 *
 *   0 <= start <= end <= size        [start, end) are the bytes that wait
 *
 * Threads: a pool and its buffers belong to one worker; other threads only read the counters.
 */
#ifndef SERVER_NET_BUFFER_H
#define SERVER_NET_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/counter.h"
#include "base/must.h"

struct buffer {
    char *p; /* NULL: no memory held */
    uint32_t size;
    uint32_t start, end;
};

enum {
    BUFFER_MIN_LOG2 = 9,       /* the smallest buffer, 512 bytes: most half requests are shorter */
    BUFFER_POOLED_LOG2 = 16,   /* the largest that the pool keeps for reuse; larger ones are freed */
    BUFFER_KEPT_MAX = 1 << 20, /* largest sum of the buffers that a pool keeps */
    BUFFER_SIZE_MAX = 1 << 30,
};

struct buffer_link; /* buffer.c: a kept buffer links to the next one */

struct buffer_pool {
    struct buffer_link *kept[BUFFER_POOLED_LOG2 - BUFFER_MIN_LOG2 + 1]; /* by size */
    counter n_buffers;                                                  /* lent and kept */
    counter bytes;                                                      /* of these */
    counter bytes_kept;
    counter n_mallocs; /* since the start */
    counter *lent;
};

/* `lent` counts the bytes of buffers that are lent; several pools may share it. */
void buffer_pool_init(struct buffer_pool *, counter *lent);
/* Every buffer must have been given back. */
void buffer_pool_fini(struct buffer_pool *);

/* Sets `b` to an empty buffer of at least `n` bytes; false, and `b` holds no memory, when out of memory. */
MUST_USE bool buffer_take(struct buffer_pool *, struct buffer *b, size_t n);

/* Gives back the memory of `b`, which must hold some. */
void buffer_give_held(struct buffer_pool *, struct buffer *b);

/* The same, but `b` may hold no memory, which is the usual case. */
static inline void
buffer_give(struct buffer_pool *pool, struct buffer *b)
{
    if (UNLIKELY(b->p != NULL))
        buffer_give_held(pool, b);
}

/*
 * Makes room for at least half of its size after `end`, by moving its bytes to the front or
 * into a buffer twice as large.  false, and `b` does not change, when out of memory.
 */
MUST_USE bool buffer_make_room(struct buffer_pool *, struct buffer *b);

static inline uint32_t
buffer_n(const struct buffer *b)
{
    return b->end - b->start;
}

static inline void
buffer_must_hold(const struct buffer *b)
{
    CHECKED_MUST(b->start <= b->end && b->end <= b->size);
    CHECKED_MUST(b->p != NULL || b->size == 0);
}

#endif
