/*
 * rewrite: makes a new item from the present one and replaces it.
 *
 * Items are immutable, so append, arithmetic and the like share one procedure: read
 * the present item, decide on the new one, take memory, check that the present item
 * is unchanged, fill, and swing the slot if it is still unchanged.  After a lost
 * race the procedure starts again, with a new decision.
 *
 * Expiry, status bits, heat and last access are not immutable: other threads change them in place,
 * under the bucket's lock, and the item keeps its number.  A copy that is made before the lock would
 * undo such a change, so they are copied under the lock, just before the swing (settle).
 */
#ifndef SLAB_STORE_REWRITE_H
#define SLAB_STORE_REWRITE_H

#include "slab/core/store_thread.h"

struct rewrite {
    /*
     * Decides what replaces `old` (never NULL, live; `cas` is the number that
     * clients see).  Fills spec, with the expiry only if the command sets one.  Any
     * result except STORE_OK ends the rewrite with that result.
     */
    enum store_result (*decide)(
        void *arg, struct store_thread *, const struct item *old, uint64_t cas, struct store_spec *spec);
    /* Writes the new value. */
    void (*fill)(void *arg, struct store_thread *, struct item *to, const struct item *old);
    /*
     * Copies those fields that the new item keeps and that others change in place.  Runs
     * under the bucket's lock: a few instructions.  ITEM_PINNED is copied in every case.
     */
    void (*settle)(void *arg, struct item *to, const struct item *old);
};

/*
 * The new item's facts, read under the lock.  STORE_MISSING if there is no item,
 * else the result of decide or of taking memory.
 */
struct rewritten {
    uint64_t cas;
    uint32_t n_value, exptime;
};
MUST_USE enum store_result rewrite_item(
    struct store_thread *, const struct store_key *, const struct rewrite *, void *arg, struct rewritten *);

/*
 * Locks the key's bucket to put `to` in the place of `old`.  Returns old's slot, with a number for
 * `to`; NULL if `old` is no longer in the index with number `seq`.  The caller unlocks.
 */
_Atomic uint64_t *rewrite_lock(struct store_thread *, const struct store_key *, struct item *old,
    uint64_t seq, const struct item *to, struct index_guard *, uint64_t *number);

/*
 * For settle: the expiry; and status bits, heat and last access of an item that
 * is still the same for its readers.
 */
void rewrite_keep_expiry(struct item *to, const struct item *old);
void rewrite_keep_history(struct item *to, const struct item *old);

#endif
