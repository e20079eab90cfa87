/*
 * rest: whether the hand may pass items without a thought of packing them.
 *
 * While tries free less than a 32nd of the bytes tried, one run of the hand in 16 judges items and packs.  The others
 * rest: they evict as if nothing could be packed.  So values that do not compress cost hardly anything, and a run that
 * does not rest notices when others are stored.  It is decided after a 1024th of the limit was tried.
 *
 * A pass with nothing to try does not count: perhaps all values are fresh, or packed.  But without a dictionary,
 * and with no large value, there will be nothing.  In a store that evicts nothing no run rests, so that no value is
 * refused while others can be packed.
 *
 * Threads: any mover; all fields are relaxed, since no other data depends on them.
 */
#ifndef SLAB_FORM_REST_H
#define SLAB_FORM_REST_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    REST_TRIED_PART = 64, /* of a window is enough to decide, ... */
    REST_JUDGED_PART = 4, /* or this part judged in vain without a dictionary */
    REST_BELOW = 32,      /* the least part of the bytes tried that must become free */
    REST_ONE_IN = 16,     /* runs do not rest */
};

/* Bytes since the last decision: of items judged, of those that were tried, and of chunks that became free. */
struct rest_sums {
    uint64_t judged, tried, freed;
};

struct rest {
    _Atomic uint64_t judged, tried, freed; /* struct rest_sums */
    _Atomic bool pays_not;
    _Atomic uint64_t n_runs; /* since then */
};

static inline void
rest_decide(struct rest *r, bool pays_not)
{
    atomic_store_explicit(&r->pays_not, pays_not, memory_order_relaxed);
    atomic_store_explicit(&r->judged, 0, memory_order_relaxed);
    atomic_store_explicit(&r->tried, 0, memory_order_relaxed);
    atomic_store_explicit(&r->freed, 0, memory_order_relaxed);
}

/* Do most runs rest? */
static inline bool
rest_now(const struct rest *r)
{
    return atomic_load_explicit(&r->pays_not, memory_order_relaxed);
}

/* May the run that begins rest? */
static inline bool
rest_begin(struct rest *r)
{
    return rest_now(r) && atomic_fetch_add_explicit(&r->n_runs, 1, memory_order_relaxed) % REST_ONE_IN != 0;
}

/* The end of a run that did not; `window` is a part of the limit, as of the cutoff. */
static inline void
rest_end(struct rest *r, const struct rest_sums *run, uint64_t window, bool has_dictionary)
{
    uint64_t judged = atomic_fetch_add_explicit(&r->judged, run->judged, memory_order_relaxed) + run->judged;
    uint64_t tried = atomic_fetch_add_explicit(&r->tried, run->tried, memory_order_relaxed) + run->tried;
    uint64_t freed = atomic_fetch_add_explicit(&r->freed, run->freed, memory_order_relaxed) + run->freed;
    if (tried >= window / REST_TRIED_PART || (judged >= window / REST_JUDGED_PART && !has_dictionary))
        rest_decide(r, freed * REST_BELOW <= tried);
}

#endif
