/*
 * dead: what has expired or was flushed goes, although nobody asks for it.
 *
 * A page says when something on it expires next, at the earliest; only pages
 * where that is past are looked at.
 *
 * Threads: any with a record, outside its epoch.
 */
#ifndef SLAB_RECLAIM_EXPIRE_H
#define SLAB_RECLAIM_EXPIRE_H

#include "slab/core/store_thread.h"

/*
 * After a flush everything that is older is dead: every page is due.  Unless it
 * must be at once, not in the flush's own second: who then asks for what was
 * flushed is counted as such.
 */
void expire_mark_flushed(struct store *, bool at_once);

/* After a step of the wall clock Unix times may be due that were not: every page is due. */
void expire_mark_stepped(struct store *);

/* Sweeps the pages where something has expired, or everything was flushed.  Returns how many chunks that frees. */
uint64_t expire_sweep(struct store_thread *);

/*
 * A second's share of that: in a large memory where something expires on every
 * page in every second each page is swept every five seconds, not every second.
 */
uint64_t expire_sweep_some(struct store_thread *);

#endif
