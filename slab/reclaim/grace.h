/*
 * grace: waits until no thread can be reading unlinked items.
 *
 * Threads: any with a record, outside its epoch.
 */
#ifndef SLAB_RECLAIM_GRACE_H
#define SLAB_RECLAIM_GRACE_H

#include "slab/core/store_thread.h"

/*
 * Waits for a grace period and then frees the limbo of every absent thread, magazines
 * included if `magazines`.  It waits for the threads that are inside an epoch, a bounded
 * time: they serve one connection and leave.  false: they did not leave within that time.
 */
bool grace_pass(struct store_thread *, bool magazines);

/* The same until a time of clock_ns at the latest, magazines included. */
MUST_USE bool grace_pass_until(struct store_thread *, uint64_t until_ns);

#endif
