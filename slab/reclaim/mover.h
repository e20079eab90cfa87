/*
 * mover: the threads that keep memory in reserve, one on each node.
 *
 * When memory is full, a mover keeps a few pages of its node free for the next class that runs
 * out, so that a writer seldom has to reclaim memory itself (slab/reclaim/reclaim.h has the
 * means).  It also migrates items to the node that reads them (slab/core/locality.h).  The
 * first mover does the work that is done once per store: once a second it sweeps pages with
 * expired items, and gives the index the pages that it needs.
 *
 * It sleeps until it gets a demand (slab/core/demand.h); slab/reclaim/maintain.h
 * has its work besides the reserve.
 *
 * Threads: the store's owner.
 * Locks:   none is held while it works.
 */
#ifndef SLAB_RECLAIM_MOVER_H
#define SLAB_RECLAIM_MOVER_H

#include "slab/core/store_thread.h"

/* Sets store->movers.  false: out of memory, or no thread could be started. */
MUST_USE bool mover_start(struct store *);
void mover_stop(struct store *);

/* Waits until all movers are idle, and keeps them so; without movers it does nothing.  For store_check. */
void mover_pause(struct store *);
void mover_resume(struct store *);

/* A second has passed. */
void mover_tick(struct store *);

#endif
