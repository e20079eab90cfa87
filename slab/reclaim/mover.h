/*
 * mover: the threads that keep memory in reserve, one on each node.
 *
 * When memory is full, a mover keeps a few pages of its node free for whichever
 * class runs out next, so that a writer seldom has to make room itself
 * (slab/reclaim/reclaim.h has the ways), and moves items there that are read from there
 * (slab/core/locality.h).  What there is to do only once, the first one does: once a
 * second it looks for pages where something has expired, and gives the index the
 * pages that it is waiting for.
 *
 * It sleeps until something is wanted of it (slab/core/demand.h); what it does besides
 * keeping memory is in slab/reclaim/maintain.h.
 *
 * Threads: the store's owner.
 * Locks:   nothing is held while it works.
 */
#ifndef SLAB_RECLAIM_MOVER_H
#define SLAB_RECLAIM_MOVER_H

#include "slab/core/store_thread.h"

/* Sets store->movers.  false if there is no memory or no thread to be had. */
MUST_USE bool mover_start(struct store *);
void mover_stop(struct store *);

/* Waits until all movers are at rest, and keeps them so; where there are none they are at rest already.  For store_check. */
void mover_pause(struct store *);
void mover_resume(struct store *);

/* A second has passed. */
void mover_tick(struct store *);

#endif
