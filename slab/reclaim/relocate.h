/*
 * relocate: moves an item to another chunk while everybody goes on reading it.
 *
 * To its node, or to another: the caller says to which.
 *
 * Copy, swing the slot if it still holds the old place, retire the old chunk; a
 * chain is copied as a whole, wherever its links are.
 * It stays the same item: same CAS number, expiry, access history.  A lost race
 * costs one copy.
 *
 * Threads: inside an epoch.  Locks: one bucket.
 */
#ifndef SLAB_RECLAIM_RELOCATE_H
#define SLAB_RECLAIM_RELOCATE_H

#include "slab/core/store_thread.h"

enum { RELOCATE_MOST = 8 << 20 }; /* bytes: they are copied inside one epoch, some milliseconds */

enum relocate_result {
    RELOCATE_DONE,
    RELOCATE_GONE,    /* it was unlinked or replaced meanwhile */
    RELOCATE_NO_ROOM, /* a chunk of the node is missing, or it is over RELOCATE_MOST */
};

MUST_USE enum relocate_result relocate(struct store_thread *, struct item *, uint64_t hash, int node);

#endif
