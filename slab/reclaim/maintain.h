/*
 * maintain: what a mover does once a second, or when asked.
 *
 * It looks for pages where something has expired, gives pages back after the
 * limit fell, moves those that the operator wants to be moved, and lets the index
 * grow.  Where there are no movers (tests), maintain_all is called by hand.
 *
 * Threads: any with a record, outside its epoch; of the store, one at a time.
 */
#ifndef SLAB_RECLAIM_MAINTAIN_H
#define SLAB_RECLAIM_MAINTAIN_H

#include "slab/core/store_thread.h"

/* What was asked for; `ticks`: maintain_common follows.  true: there is more to do. */
bool maintain_asked(struct store_thread *, bool ticks);

/* A second's work, for the whole store; */
void maintain_common(struct store_thread *);
/* for a node: sparse pages go to the pool before a class needs them, if that is wanted; */
void maintain_spare_pages(struct store_thread *, int node);
/* for the caller: what was evicted before and has waited long enough. */
void maintain_collect(struct store_thread *);

/* All of it on one thread: tests, and stores without movers. */
void maintain_all(struct store_thread *);

#endif
