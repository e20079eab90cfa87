/*
 * grace: waiting until nobody can be reading what was unlinked.
 *
 * Threads: any with a record, outside its epoch.
 */
#ifndef SLAB_RECLAIM_GRACE_H
#define SLAB_RECLAIM_GRACE_H

#include "slab/core/store_thread.h"

/*
 * Lets a grace period pass and collects what that frees, from every thread that
 * is away, magazines included if `magazines`.  Waits for the threads that are
 * inside an epoch, a bounded time: they serve one readiness and leave.  false:
 * they did not within that time.
 */
bool grace_pass(struct store_thread *, bool magazines);

/* The same until a time of clock_ns and not longer, magazines included. */
MUST_USE bool grace_pass_until(struct store_thread *, uint64_t until_ns);

#endif
