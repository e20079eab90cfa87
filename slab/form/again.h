/*
 * again: which items the hand tries once more, because a dictionary is new.
 *
 * A value that did not become smaller (ITEM_VAIN) may do so with a new dictionary, and one that
 * was packed with the shared dictionary may with its kind's.  So for one round of the hand after an adoption,
 * such items of the dictionary's keys are tried again.  Each is met once in that time, so that values that
 * no dictionary compresses cost one probe for each adoption.
 *
 * To pack what is plain gains more.  So this is done only while half of the CPU time's credit is left
 * (slab/codec/budget.h), and the round is as long as it takes.
 *
 *   met < until[slot]: the dictionary is new
 *
 * Threads: any mover; all fields are relaxed, since no other data depends on them.
 */
#ifndef SLAB_FORM_AGAIN_H
#define SLAB_FORM_AGAIN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "slab/layout.h"

struct again {
    _Atomic uint64_t met; /* bytes of items that the hands have met in such rounds */
    _Atomic uint64_t until[PACKED_SLOTS];
    _Atomic uint64_t last; /* the greatest of these */
};

/* The dictionary in the slot is new; a round of the hands has so many bytes. */
static inline void
again_begin(struct again *a, uint32_t slot, uint64_t round)
{
    uint64_t until = atomic_load_explicit(&a->met, memory_order_relaxed) + round;
    atomic_store_explicit(&a->until[slot], until, memory_order_relaxed);
    atomic_store_explicit(&a->last, until, memory_order_relaxed);
}

/* Is any dictionary new? */
static inline bool
again_any(const struct again *a)
{
    return atomic_load_explicit(&a->met, memory_order_relaxed) <
           atomic_load_explicit(&a->last, memory_order_relaxed);
}

static inline bool
again_is(const struct again *a, uint32_t slot)
{
    return atomic_load_explicit(&a->met, memory_order_relaxed) <
           atomic_load_explicit(&a->until[slot], memory_order_relaxed);
}

static inline void
again_met(struct again *a, uint64_t bytes)
{
    atomic_fetch_add_explicit(&a->met, bytes, memory_order_relaxed);
}

#endif
