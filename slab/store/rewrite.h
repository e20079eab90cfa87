/*
 * rewrite: makes a new item out of the present one and puts it in its place.
 *
 * Items are immutable, so append, arithmetic and the like are all the same: look
 * at what is there, decide what shall be, take memory, look again whether it is
 * still the one, fill, and swing the slot if it still is.  A lost race starts
 * over; the decision is made anew each time.
 *
 * Expiry, status bits, heat and last access are not immutable: other threads
 * change them in place, under the bucket's lock, and the item keeps its number.
 * A copy that is made before the lock would undo such a change, so these are
 * copied under the lock, just before the swing (settle).
 */
#ifndef SLAB_STORE_REWRITE_H
#define SLAB_STORE_REWRITE_H

#include "slab/core/store_thread.h"

struct rewrite {
    /*
     * What shall be there instead of `old` (never NULL, alive, known to clients
     * by `cas`)?  Fills spec, with the expiry only if the command sets one;
     * anything but STORE_OK ends the rewrite with that result.
     */
    enum store_result (*decide)(
        void *arg, struct store_thread *, const struct item *old, uint64_t cas, struct store_spec *spec);
    /* Writes the new value. */
    void (*fill)(void *arg, struct store_thread *, struct item *to, const struct item *old);
    /*
     * Copies what the new item keeps of what others change in place.  Runs under
     * the bucket's lock: a few instructions.  ITEM_PINNED is copied for all.
     */
    void (*settle)(void *arg, struct item *to, const struct item *old);
};

/* The new item's facts, taken under the lock.  STORE_MISSING if there is no item, else decide's or memory's result. */
struct rewritten {
    uint64_t cas;
    uint32_t n_value, exptime;
};
MUST_USE enum store_result rewrite_item(
    struct store_thread *, const struct store_key *, const struct rewrite *, void *arg, struct rewritten *);

/*
 * Locks the key's bucket to put `to` in the place of `old`: where that stands, with
 * a number for `to`; NULL if it is not there any more as it was, with number `seq`.
 * The caller unlocks.
 */
_Atomic uint64_t *rewrite_lock(struct store_thread *, const struct store_key *, struct item *old,
    uint64_t seq, const struct item *to, struct index_guard *, uint64_t *number);

/* For settle: the expiry; status bits, heat and last access of an item that is still the same to its readers. */
void rewrite_keep_expiry(struct item *to, const struct item *old);
void rewrite_keep_history(struct item *to, const struct item *old);

#endif
