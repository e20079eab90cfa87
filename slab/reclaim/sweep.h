/*
 * sweep: decides about each item that the hand meets.
 *
 * Expired and flushed items are removed in every mode.  Of the others, it evicts
 * those whose rank by the policy (slab/policy/policy.h) is over the cut.  The sweep
 * reports every item that it ranks to the cutoff (slab/policy/cutoff.h).
 *
 * Threads: outside an epoch; a sweep enters one for every run of chunks, so that it never
 *          delays the reuse of memory for long.
 */
#ifndef SLAB_RECLAIM_SWEEP_H
#define SLAB_RECLAIM_SWEEP_H

#include "slab/core/store_thread.h"

enum sweep_mode {
    SWEEP_EXPIRED, /* only items that are expired or flushed */
    SWEEP_SAMPLE,  /* the same, and offers the others to slab/train/train.h */
    SWEEP_LOOK,    /* the same, and reports the others to the cutoff */
    SWEEP_PACK,    /* and packs cold ones, if the thread does that (slab/form/cold.h) */
    SWEEP_EVICT,   /* and evicts items that rank over the cut */
    /* These drain a fenced page: they move every item to other pages of its class, ... */
    SWEEP_MOVE,   /* as far as those have free chunks */
    SWEEP_SPARSE, /* and evict items for which there is none, unless they were stored just now */
    SWEEP_EMPTY,  /* and evict all of these that may be evicted */
};

struct sweep_tally {
    uint64_t n_visited; /* items looked at */
    uint64_t n_freed;   /* chunks that were freed, or will be after their grace period */
    uint64_t n_bytes;   /* of items that were evicted because they ranked over the cut */
    uint64_t enough;    /* set by the caller: evict no more once n_bytes is this much; 0 = no limit */
};

/*
 * The item that a chunk belongs to, as its own chunk or as a link, or NULL if it
 * belongs to no linked item.  Inside an epoch, which prevents its reuse.
 */
struct item *sweep_item_of(const struct store_thread *, uint64_t chunk);

#ifdef LARDER_CHECKS_FULL
/* called by sweep_item_of, for a link; NULL except in tests */
extern void (*sweep_between_loads)(uint64_t chunk);
#endif

/* Sweeps one run of a class's chunks.  Only SWEEP_LOOK and SWEEP_EVICT need a cutoff. */
void sweep_run(struct store_thread *, struct class *, const struct class_run *, enum sweep_mode,
    struct cutoff *, struct sweep_tally *);

/*
 * Sweeps a whole page: SWEEP_EXPIRED also finds its next expiry; from SWEEP_MOVE
 * on the modes drain a fenced page.
 */
void sweep_page(struct store_thread *, struct class *, uint32_t page, enum sweep_mode, struct cutoff *,
    struct sweep_tally *);

#endif
