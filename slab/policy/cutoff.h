/*
 * cutoff: the rank from which on items go.
 *
 * The sweep tells the rank and the size of every item that it meets.  From these
 * it follows where to cut so that a certain share of the bytes goes each time
 * round: a tenth as a rule, so that an item is looked at some ten times in its
 * life and the best tenth of all memory goes, not of one page or one class.
 * Sums are kept by steps: ranks on a logarithmic scale, eight to the octave, those
 * of what is fresh (slab/reclaim/sweep.h) below all others.  They are of the last window,
 * and half of what was before.
 *
 * A cut that turns out to be too deep by far (time stood still, the load has
 * changed) is made anew at once.
 *
 *   at == CUTOFF_UNKNOWN until the first cut
 *
 * Threads: any.  Locks: its own (LOCK_LEAF); cutoff_at takes none.
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
    CUTOFF_STEP_BITS = 3,                        /* steps to the octave, as a power of two */
    CUTOFF_FRESH_STEPS = 64 << CUTOFF_STEP_BITS, /* enough for 64 bits of rank, */
    CUTOFF_STEPS = 2 * CUTOFF_FRESH_STEPS,       /* and as many for what is not fresh */
    CUTOFF_BATCH = 64,
    CUTOFF_SHARE = 26, /* of 256, of the bytes that the hand passes: a tenth */
};

#define CUTOFF_UNKNOWN UINT32_MAX
static_assert(CUTOFF_STEPS <= UINT16_MAX, "a batch has steps in 16 bits");
static_assert(CUTOFF_SHARE > 0 && CUTOFF_SHARE < 256, "a part of 256");

struct cutoff {
    struct lock lock;
    _Atomic uint32_t at;           /* what is of this step and above goes; stored under lock; relaxed */
    uint64_t recent[CUTOFF_STEPS]; /* [lock] bytes met since the last cut, by step */
    uint64_t before[CUTOFF_STEPS]; /* [lock] and before, fading */
    uint64_t met, gone;            /* [lock] bytes since the last cut */
};

/* What a sweep met, before it takes the lock. */
struct cutoff_batch {
    size_t n;
    uint64_t gone; /* bytes */
    uint16_t step[CUTOFF_BATCH];
    uint64_t bytes[CUTOFF_BATCH];
};

void cutoff_init(struct cutoff *);
void cutoff_fini(struct cutoff *);

unsigned cutoff_step(uint64_t rank, bool fresh);

static inline uint32_t
cutoff_at(const struct cutoff *c)
{
    return atomic_load_explicit(&c->at, memory_order_relaxed);
}

static inline void
cutoff_meet(struct cutoff_batch *b, unsigned step, uint64_t bytes, bool goes)
{
    CHECKED_MUST(b->n < CUTOFF_BATCH && step < CUTOFF_STEPS);
    b->step[b->n] = (uint16_t)step;
    b->bytes[b->n++] = bytes;
    b->gone += goes ? bytes : 0;
}

/* Adds a batch and empties it; cuts anew after `window` bytes, or sooner if the cut is far off. */
void cutoff_add(struct cutoff *, struct cutoff_batch *, uint64_t window);

/* Cuts now, from what was met, so that `share` of 256 goes; where nothing was met, nothing changes. */
void cutoff_cut(struct cutoff *, unsigned share);

/* Forgets everything: ranks mean something else from now on. */
void cutoff_forget(struct cutoff *);

#endif
