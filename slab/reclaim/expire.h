/*
 * expire: frees items that are expired or flushed, although no client asks for them.
 *
 * Each page has the earliest expiry of its items; only pages where that time is past are swept.
 *
 * Threads: any with a record, outside its epoch.
 */
#ifndef SLAB_RECLAIM_EXPIRE_H
#define SLAB_RECLAIM_EXPIRE_H

#include "slab/core/store_thread.h"

/*
 * After a flush all older items are flushed: every page is due.  Unless `at_once`, the pages are not
 * marked in the second of the flush: a read of a flushed item in that time is counted as such.
 */
void expire_mark_flushed(struct store *, bool at_once);

/* After a step of the wall clock, Unix times may be due that were not before: every page is due. */
void expire_mark_stepped(struct store *);

/*
 * Sweeps the pages where an item has expired, or everything was flushed.
 * Returns how many chunks that frees.
 */
uint64_t expire_sweep(struct store_thread *);

/*
 * One second's share of that: in a large memory where items expire on every page in
 * every second, each page is swept every five seconds instead of every second.
 */
uint64_t expire_sweep_some(struct store_thread *);

#endif
