/*
 * extend: appends to a chained value without copying all of it.
 *
 * The new item gets a chunk of its own for the beginning of the value, and takes
 * the old one's full links over; only the last link, if it is not full, is
 * copied, together with what is appended:
 *
 *   old -> L1 -> L2 -> L3 (half full)
 *           ^     \
 *   new ---'       '-> L3' -> L4        L3' begins with the bytes of L3
 *
 * A reader of the old item that comes to L2 finds L3', and reads of it as much
 * as its own length says.  So nothing that readers may look at changes but the
 * one word that leads from L2 on, which is atomic.
 *
 * A sender holds the chain by its first link.  One that is held is not taken
 * over; while it is being taken over, for some instructions under the bucket's
 * lock, senders wait.
 *
 * Threads: inside an epoch, which it may leave and enter again to make room.
 */
#ifndef SLAB_STORE_EXTEND_H
#define SLAB_STORE_EXTEND_H

#include "slab/store/rewrite.h"
#include "slab/core/store_thread.h"

/*
 * Puts an item that `spec` describes, the old value with that of the unpublished
 * `add` behind it, in the place of `old`, whose number is `seq`.
 *
 * STORE_OK: done, `add` is still the caller's.  STORE_EXISTS: `old` has been
 * replaced meanwhile, try the next.  STORE_NOT_STORED: it cannot be done so, copy.
 * STORE_BUSY and STORE_NO_MEMORY as write_item.
 */
MUST_USE enum store_result extend_chain(struct store_thread *, const struct store_key *,
    const struct store_spec *, struct item *old, uint64_t seq, const struct item *add, struct rewritten *);

#endif
