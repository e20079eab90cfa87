/*
 * ring: where one thread writes and another reads, in slots that are used in turn.
 *
 *   put - taken <= n_slots       slots of [taken, put) are the reader's, the others the writer's
 *
 * It holds the two positions; the slots are the owner's, beside it or anywhere:
 * that of a position is position % n_slots.  Positions only grow, and 64 bits
 * never run over, so n_slots may be any number.
 *
 *   writer: ring_free   -> writes slots from ring_put_at on   -> ring_publish
 *   reader: ring_filled -> reads slots from ring_taken_at on  -> ring_release
 *
 * Nothing here waits: a writer that finds no free slot drops what it has, or
 * comes again later.  All zeros is a ring that is empty.
 *
 * Threads: one writes, one reads (or several under a lock); ring_length any.
 */
#ifndef BASE_RING_H
#define BASE_RING_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must.h"

enum { RING_LINE = 64 }; /* each thread writes to a cache line of its own */

struct ring {
    _Atomic uint64_t put; /* the writer stores, ring_publish; the reader's acquire in ring_filled */
    char after_put[RING_LINE - sizeof(uint64_t)];
    _Atomic uint64_t taken; /* the reader stores, ring_release; the writer's acquire in ring_free */
    char after_taken[RING_LINE - sizeof(uint64_t)];
};

/* ---- the writer's --------------------------------------------------------- */

static inline uint64_t
ring_put_at(const struct ring *r)
{
    return atomic_load_explicit(&r->put, memory_order_relaxed); /* only the writer stores it */
}

/* How many slots may be written; acquire: what the reader read there it has read. */
static inline size_t
ring_free(const struct ring *r, size_t n_slots)
{
    uint64_t n = ring_put_at(r) - atomic_load_explicit(&r->taken, memory_order_acquire);
    CHECKED_MUST(n <= n_slots);
    return n_slots - (size_t)n;
}

/* Hands `n` slots that were written to the reader. */
static inline void
ring_publish(struct ring *r, size_t n)
{
    atomic_store_explicit(&r->put, ring_put_at(r) + n, memory_order_release);
}

/*
 * The same for a writer that looks next whether the reader sleeps, while the
 * reader says that it sleeps and then asks ring_length: all four are seq_cst,
 * so that one of them sees the other.
 */
static inline void
ring_publish_in_order(struct ring *r, size_t n)
{
    atomic_store_explicit(&r->put, ring_put_at(r) + n, memory_order_seq_cst);
}

/* ---- the reader's --------------------------------------------------------- */

static inline uint64_t
ring_taken_at(const struct ring *r)
{
    return atomic_load_explicit(&r->taken, memory_order_relaxed); /* only the reader stores it */
}

/* How many slots may be read; acquire: what the writer wrote there can be seen. */
static inline size_t
ring_filled(const struct ring *r)
{
    return (size_t)(atomic_load_explicit(&r->put, memory_order_acquire) - ring_taken_at(r));
}

/* Gives `n` slots that were read back to the writer. */
static inline void
ring_release(struct ring *r, size_t n)
{
    CHECKED_MUST(n <= ring_filled(r));
    atomic_store_explicit(&r->taken, ring_taken_at(r) + n, memory_order_release);
}

/* ---- any thread's ------------------------------------------------------------ */

/* How many slots are filled, which is no longer so when it is answered; see ring_publish_in_order. */
static inline size_t
ring_length(const struct ring *r)
{
    uint64_t taken =
        atomic_load_explicit(&r->taken, memory_order_relaxed); /* first: put is not below it then */
    return (size_t)(atomic_load_explicit(&r->put, memory_order_seq_cst) - taken);
}

#endif
