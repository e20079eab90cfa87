/*
 * sweep: what to do with each item that the hand meets.
 *
 * Dead items (expired, flushed) go whatever the mode.  What else goes the policy
 * says (slab/policy/policy.h): what ranks over the cut.  The sweep tells the cutoff of
 * every item that it ranks (slab/policy/cutoff.h).
 *
 * Threads: outside an epoch; a sweep enters one for every run of chunks, so
 * that it never keeps others from reusing memory for long.
 */
#ifndef SLAB_RECLAIM_SWEEP_H
#define SLAB_RECLAIM_SWEEP_H

#include "slab/core/store_thread.h"

enum sweep_mode {
    SWEEP_EXPIRED, /* only what has expired or was flushed */
    SWEEP_LOOK,    /* the same, and the cutoff hears of the rest */
    SWEEP_EVICT,   /* and what ranks over the cut */
    /* These drain a fenced page: everything is moved to other pages of its class, ... */
    SWEEP_MOVE,   /* as far as there is room */
    SWEEP_SPARSE, /* and what finds none is evicted, unless it came just now */
    SWEEP_EMPTY,  /* whatever it is, if it may be */
};

struct sweep_tally {
    uint64_t n_visited; /* items looked at */
    uint64_t n_gone;    /* chunks that were freed, or will be once their grace period is over */
    uint64_t n_bytes;   /* of items that went because they ranked over the cut */
    uint64_t enough;    /* set by the caller: no more go once n_bytes is that much; 0 = all */
};

/*
 * The item that a chunk belongs to, whole or as a link, or NULL if it holds
 * none that is linked.  Inside an epoch, which keeps its memory from being reused.
 */
struct item *sweep_item_of(const struct store_thread *, uint64_t chunk);

#ifdef LARDER_CHECKS_FULL
extern void (*sweep_between_loads)(uint64_t chunk); /* called by it, of a link; NULL but in tests */
#endif

/* Where a linked item ranks just now, by the policy in force: of what step of the cutoff.  Inside an epoch. */
unsigned sweep_step(struct store_thread *, struct item *);

/* Sweeps one run of a class's chunks.  Only SWEEP_LOOK and SWEEP_EVICT need a cutoff. */
void sweep_run(struct store_thread *, struct class *, const struct class_run *, enum sweep_mode,
    struct cutoff *, struct sweep_tally *);

/* A whole page: SWEEP_EXPIRED finds out anew when something here expires next, and those from SWEEP_MOVE on drain a fenced page. */
void sweep_page(struct store_thread *, struct class *, uint32_t page, enum sweep_mode, struct cutoff *,
    struct sweep_tally *);

#endif
