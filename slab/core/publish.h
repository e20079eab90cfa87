/*
 * publish: the only functions that make an item visible or invisible.
 *
 * The accounting is here: every linked item is counted once when it is linked
 * and once, by cause, when it is unlinked.
 *
 *   sum of n_items == items in the index that are no bodies;  sum of n_bytes == sum of item_size
 *
 * Threads: inside an epoch.  A function that takes a guard runs under that bucket's lock.
 */
#ifndef SLAB_CORE_PUBLISH_H
#define SLAB_CORE_PUBLISH_H

#include "slab/core/store_thread.h"

/* Why an item is unlinked. */
enum loss {
    LOSS_REMOVED,  /* a client deleted it */
    LOSS_REPLACED, /* a client stored another in its place, or it was moved */
    LOSS_EXPIRED,
    LOSS_FLUSHED,
    LOSS_EVICTED, /* to reclaim memory */
    LOSS_PAGE,    /* its page was reclaimed, although the item was warm */
};

/* True if the item is expired or flushed; *why says which. */
static inline bool
publish_is_expired(const struct store_thread *t, const struct item *it, uint32_t now, enum loss *why)
{
    if (UNLIKELY(item_flushed(it, t->sb))) {
        *why = LOSS_FLUSHED;
        return true;
    }
    *why = LOSS_EXPIRED;
    return item_expired(it, now);
}

/*
 * Must be called for every chained item before its bucket is locked for one of
 * the next two functions: from here on the sweep can find the links.
 */
void publish_prepare_chain(struct store_thread *, const struct item *);

static inline void
publish_prepare(struct store_thread *t, const struct item *it)
{
    CHECKED_MUST(item_seq(it) == 0); /* not published yet */
    if (UNLIKELY(item_flags(it) & ITEM_CHAINED))
        publish_prepare_chain(t, it);
}

/* Frees an item that was not published, whether it was prepared or not. */
void publish_abandon(struct store_thread *, struct item *);

/*
 * Makes `it`, complete except for its sequence number, visible under its key, as a new
 * entry.  false: the bucket is full and there was no spare; nothing has changed.
 */
MUST_USE bool publish_locked(
    struct store_thread *, struct index_guard *, uint64_t hash, struct item *it, uint64_t number);

/*
 * The same in `slot`, in place of `old`, which is unlinked because of `why`; the
 * caller retires it after the unlock.  `number` is above old's, and was drawn before
 * the caller saw that old is live: so no flush can come between the two.
 */
void publish_instead_locked(struct store_thread *, _Atomic uint64_t *slot, uint64_t hash, struct item *it,
    uint64_t number, struct item *old, enum loss why);

/*
 * The same with `to`, a copy of `from` in another chunk, perhaps in another form: it gets from's number,
 * and the status, expiry and history that from has now.
 */
void publish_moved_locked(
    struct store_thread *, _Atomic uint64_t *slot, uint64_t hash, struct item *to, struct item *from);

/* Unlinks the item in `slot`.  The caller retires it after the unlock. */
void publish_remove_locked(
    struct store_thread *, struct index_guard *, _Atomic uint64_t *slot, struct item *, enum loss);

/*
 * The same for a body (slab/index/body.h), which is no item for clients.  The caller has made sure that there
 * is none with its key.
 */
MUST_USE bool publish_body_locked(
    struct store_thread *, struct index_guard *, uint64_t hash, struct item *body, uint64_t number);

/*
 * After the unlock: puts the unlinked item into limbo, and lets the index grow.  If it was a referer, it
 * leaves its body, which takes the lock of another bucket.
 */
void publish_settle(struct store_thread *, struct item *unlinked, int64_t items_delta);

/* The same for an item in whose place a copy was put that refers to the same body. */
void publish_settle_moved(struct store_thread *, struct item *unlinked);

/*
 * Counts one more referer of a body that was found in this epoch; false: it has been unlinked or moved.
 * The caller then links the referer, or leaves again.
 */
MUST_USE bool publish_join_body(struct store_thread *, struct item *body);

/* Counts one referer less; the last one unlinks and retires the body. */
void publish_leave_body(struct store_thread *, uint64_t content);

/*
 * Unlinks and retires an item; false if it is no longer in the index, or if it was
 * to be removed because it had expired and its expiry has changed (a touch).
 */
bool publish_drop(struct store_thread *, struct item *, uint64_t hash, enum loss);

/* The sweep must visit this page at that time. */
void publish_note_expiry_in(struct store_thread *, uint32_t page, uint32_t exptime);

/* The sweep must visit an item's page when the item expires. */
void publish_note_expiry_at(struct store_thread *, const struct item *, uint32_t exptime);

static inline void
publish_note_expiry(struct store_thread *t, const struct item *it)
{
    uint32_t exptime = item_exptime(it);
    if (UNLIKELY(exptime != 0))
        publish_note_expiry_at(t, it, exptime);
}

#endif
