/*
 * ring: passes slots from one writing thread to one reading thread; slots are reused in turn.
 *
 *   put - taken <= n_slots       the reader owns the slots of [taken, put), the writer the others
 *
 * It holds only the two positions; the owner holds the slots, anywhere.  The slot
 * of a position is position % n_slots.  Positions only grow, and 64 bits never
 * overflow, so n_slots may be any number.
 *
 *   writer: ring_free   -> writes slots from ring_put_at on   -> ring_publish
 *   reader: ring_filled -> reads slots from ring_taken_at on  -> ring_release
 *
 * No function waits: a writer that finds no free slot drops its data or tries
 * again later.  A ring of all zeros is empty.
 *
 * Threads: one writes, one reads (or several under a lock); any thread may call ring_length.
 */
#ifndef BASE_RING_H
#define BASE_RING_H

#include <assert.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must.h"

enum { RING_LINE = 64 }; /* writer and reader use different cache lines */

struct ring {
    _Atomic uint64_t put; /* stored in ring_publish; acquired in ring_filled */
    char after_put[RING_LINE - sizeof(uint64_t)];
    _Atomic uint64_t taken; /* stored in ring_release; acquired in ring_free */
    char after_taken[RING_LINE - sizeof(uint64_t)];
};

static_assert(offsetof(struct ring, taken) - offsetof(struct ring, put) == RING_LINE, "a line apart");

/* ---- for the writer --------------------------------------------------------- */

static inline uint64_t
ring_put_at(const struct ring *r)
{
    return atomic_load_explicit(&r->put, memory_order_relaxed); /* only the writer stores it */
}

/* How many slots the writer may write.  Acquire: the reader's reads of these slots are complete. */
static inline size_t
ring_free(const struct ring *r, size_t n_slots)
{
    uint64_t n = ring_put_at(r) - atomic_load_explicit(&r->taken, memory_order_acquire);
    CHECKED_MUST(n <= n_slots);
    return n_slots - (size_t)n;
}

/* Passes `n` written slots to the reader. */
static inline void
ring_publish(struct ring *r, size_t n)
{
    atomic_store_explicit(&r->put, ring_put_at(r) + n, memory_order_release);
}

/*
 * ring_publish for a writer that then checks whether the reader sleeps, while the
 * reader first marks itself as asleep and then calls ring_length.  All four accesses
 * are seq_cst, so that at least one side sees the other's store.
 */
static inline void
ring_publish_in_order(struct ring *r, size_t n)
{
    atomic_store_explicit(&r->put, ring_put_at(r) + n, memory_order_seq_cst);
}

/* ---- for the reader --------------------------------------------------------- */

static inline uint64_t
ring_taken_at(const struct ring *r)
{
    return atomic_load_explicit(&r->taken, memory_order_relaxed); /* only the reader stores it */
}

/* How many slots the reader may read.  Acquire: the writer's data in these slots are visible. */
static inline size_t
ring_filled(const struct ring *r)
{
    return (size_t)(atomic_load_explicit(&r->put, memory_order_acquire) - ring_taken_at(r));
}

/* Returns `n` slots that were read to the writer. */
static inline void
ring_release(struct ring *r, size_t n)
{
    CHECKED_MUST(n <= ring_filled(r));
    atomic_store_explicit(&r->taken, ring_taken_at(r) + n, memory_order_release);
}

/* ---- for any thread ------------------------------------------------------------ */

/* How many slots were filled a moment ago; see ring_publish_in_order. */
static inline size_t
ring_length(const struct ring *r)
{
    uint64_t taken = atomic_load_explicit(&r->taken, memory_order_acquire); /* so that put is not below it */
    return (size_t)(atomic_load_explicit(&r->put, memory_order_seq_cst) - taken);
}

#endif
