/*
 * extend: appends to a chained value without copying all of it.
 *
 * The new item gets a chunk of its own for the beginning of the value, and takes
 * over the full links of the old one.  Only the last link, if it is not full, is
 * copied, together with the appended bytes:
 *
 *   old -> L1 -> L2 -> L3 (half full)
 *           ^     \
 *   new ---'       '-> L3' -> L4        L3' begins with the bytes of L3
 *
 * A reader of the old item that follows L2 finds L3', and reads of it only as
 * much as its own length says.  So of the memory that readers may read, only the
 * word that links L2 to its successor changes, and it is atomic.
 *
 * A sender holds the chain by its first link.  A held chain is not taken over;
 * during the takeover, a few instructions under the bucket's lock, senders wait.
 *
 * Threads: inside an epoch, which it may leave and enter again to reclaim memory.
 */
#ifndef SLAB_STORE_EXTEND_H
#define SLAB_STORE_EXTEND_H

#include "slab/store/rewrite.h"
#include "slab/core/store_thread.h"

/*
 * Replaces `old`, whose number is `seq`, by an item that `spec` describes: the
 * old value and after it that of the unpublished `add`.
 *
 * STORE_OK: done, the caller still owns `add`.  STORE_EXISTS: `old` has been
 * replaced, try the next item.  STORE_NOT_STORED: the links cannot be taken
 * over, copy instead.  STORE_BUSY and STORE_NO_MEMORY as write_item.
 */
MUST_USE enum store_result extend_chain(struct store_thread *, const struct store_key *,
    const struct store_spec *, struct item *old, uint64_t seq, const struct item *add, struct rewritten *);

#endif
