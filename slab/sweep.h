/*
 * sweep: what to do with each item that the hand meets.
 *
 * A clock over the pages of a class: an item that was read since the hand last
 * came by loses one of its accesses and stays; one that has none left goes.
 * Dead items (expired, flushed) go whatever the mode.
 *
 * Threads: outside an epoch; a sweep enters one for every run of chunks, so
 * that it never keeps others from reusing memory for long.
 */
#ifndef SLAB_SWEEP_H
#define SLAB_SWEEP_H

#include "slab/store_thread.h"

enum sweep_mode {
    SWEEP_DEAD,  /* only what has expired or was flushed */
    SWEEP_CLOCK, /* and what is cold; the rest cools */
    SWEEP_EMPTY, /* everything: warm items are moved if there is room, else evicted too */
};

struct sweep_tally {
    uint64_t n_visited; /* items looked at */
    uint64_t n_gone;    /* chunks that were freed, or will be once their grace period is over */
};

/*
 * What an item would be missed for: how long ago it was written, counted in
 * items written since, times its size.  A page earns hits in proportion to the
 * items on it and to how soon they are read again, so memory is worth least
 * where this is largest (GreedyDual-Size: Cao and Irani, USITS 1997).
 */
uint64_t sweep_staleness(const struct store_thread *, const struct item *, uint64_t seq);

/*
 * The item that a chunk belongs to, whole or as a link, or NULL if it holds
 * none that is linked.  Inside an epoch, which keeps its memory from being reused.
 */
struct item *sweep_item_of(const struct store_thread *, uint64_t chunk);

/* Sweeps one run of a class's chunks. */
void sweep_run(
    struct store_thread *, struct class *, const struct class_run *, enum sweep_mode, struct sweep_tally *);

/* A whole page: SWEEP_DEAD finds out anew when something here expires next, SWEEP_EMPTY drains a fenced page. */
void sweep_page(struct store_thread *, struct class *, uint32_t page, enum sweep_mode, struct sweep_tally *);

#endif
