/*
 * maintain: the work of a mover once a second, or when asked.
 *
 * It sweeps pages with expired items, returns pages after the limit was lowered,
 * moves pages that the operator wants to be moved, and gives the index memory to
 * grow.  Where there are no movers (tests), the owner calls maintain_all.
 *
 * Threads: any with a record, outside its epoch; of a store, one at a time.
 */
#ifndef SLAB_RECLAIM_MAINTAIN_H
#define SLAB_RECLAIM_MAINTAIN_H

#include "slab/core/store_thread.h"

/* Does requested work; `ticks`: maintain_common follows.  true: there is more to do. */
bool maintain_asked(struct store_thread *, bool ticks);

/* One second's work for the whole store. */
void maintain_common(struct store_thread *);
/*
 * For a node: moves sparse pages to the pool before a class needs them, if eager moves are on or
 * there is memory pressure.
 */
void maintain_spare_pages(struct store_thread *, int node);
/* For the caller: frees what was evicted before and has waited long enough. */
void maintain_collect(struct store_thread *);

/* All of this on one thread: tests, and stores without movers. */
void maintain_all(struct store_thread *);

#endif
