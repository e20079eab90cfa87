/*
 * cutoff: the rank from which on items are evicted, or are cold (slab/form/cold.h).
 *
 * The sweep reports the rank and the size of every item that it meets.  From these, cutoff computes
 * the cut so that each round of the hand evicts a certain share of the bytes, normally a tenth.  So
 * an item is met some ten times in its life, and the worst tenth of all memory is evicted, not of
 * one page or one class.  Sums are kept by steps: ranks on a logarithmic scale, eight steps per
 * octave, and the steps of fresh items (slab/reclaim/sweep.h) below all others.  They consist of
 * the last window, and half of the sums before it.
 *
 * If much more is evicted than the share (time stood still, the load has
 * changed), the cut is computed again immediately.
 *
 *   at == CUTOFF_UNKNOWN until the first cut
 *
 * Threads: any.
 * Locks:   its own (LOCK_LEAF); cutoff_at takes none.
 */
#ifndef SLAB_POLICY_CUTOFF_H
#define SLAB_POLICY_CUTOFF_H

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/lock.h"

enum {
    CUTOFF_STEP_BITS = 3,                        /* steps per octave, as a power of two */
    CUTOFF_FRESH_STEPS = 64 << CUTOFF_STEP_BITS, /* enough for 64 bits of rank, */
    CUTOFF_STEPS = 2 * CUTOFF_FRESH_STEPS,       /* and the same number for items that are not fresh */
    CUTOFF_BATCH = 64,
    CUTOFF_SHARE = 26, /* of 256, of the bytes that the hand passes: a tenth */
};

#define CUTOFF_UNKNOWN UINT32_MAX
static_assert(CUTOFF_STEPS <= UINT16_MAX, "a batch has steps in 16 bits");
static_assert(CUTOFF_SHARE > 0 && CUTOFF_SHARE < 256, "a part of 256");

struct cutoff {
    struct lock lock;
    _Atomic uint32_t at;           /* items of this step and above are evicted; stored under lock; relaxed */
    uint64_t recent[CUTOFF_STEPS]; /* [lock] bytes met since the last cut, by step */
    uint64_t before[CUTOFF_STEPS]; /* [lock] and before it, halved at each cut */
    uint64_t met, evicted;         /* [lock] bytes since the last cut */
    unsigned share;                /* of 256, of the bytes: over the cut */
};

/* Items that a sweep has met, before it takes the lock. */
struct cutoff_batch {
    size_t n;
    uint64_t evicted; /* bytes */
    uint16_t step[CUTOFF_BATCH];
    uint64_t bytes[CUTOFF_BATCH];
};

/* `share` of 256 of the bytes are to be over the cut: normally CUTOFF_SHARE. */
void cutoff_init(struct cutoff *, unsigned share);
void cutoff_fini(struct cutoff *);

unsigned cutoff_step(uint64_t rank, bool fresh);

static inline uint32_t
cutoff_at(const struct cutoff *c)
{
    return atomic_load_explicit(&c->at, memory_order_relaxed);
}

static inline void
cutoff_meet(struct cutoff_batch *b, unsigned step, uint64_t bytes, bool evict)
{
    CHECKED_MUST(b->n < CUTOFF_BATCH && step < CUTOFF_STEPS);
    b->step[b->n] = (uint16_t)step;
    b->bytes[b->n++] = bytes;
    b->evicted += evict ? bytes : 0;
}

/*
 * Adds a batch and empties it; computes the cut again after `window` bytes, or
 * sooner if it evicts far too much.
 */
void cutoff_add(struct cutoff *, struct cutoff_batch *, uint64_t window);

/*
 * Computes the cut now, so that `share` of 256 of the bytes are evicted; without
 * any sums, nothing changes.
 */
void cutoff_cut(struct cutoff *, unsigned share);

/* Resets everything: the meaning of ranks has changed. */
void cutoff_forget(struct cutoff *);

#endif
