/*
 * publish: the only places where an item becomes visible or stops being so.
 *
 * Between them lies the accounting: every item that is linked is counted once
 * when it comes and once, by cause, when it goes.
 *
 *   sum of n_items == items in the index;  sum of n_bytes == sum of item_size
 *
 * Threads: inside an epoch.  What takes a guard runs under that bucket's lock.
 */
#ifndef SLAB_CORE_PUBLISH_H
#define SLAB_CORE_PUBLISH_H

#include "slab/core/store_thread.h"

/* Why an item goes. */
enum loss {
    LOSS_REMOVED,  /* a client deleted it */
    LOSS_REPLACED, /* a client wrote another in its place, or it moved */
    LOSS_EXPIRED,
    LOSS_FLUSHED,
    LOSS_EVICTED, /* to make room */
    LOSS_PAGE,    /* its page was taken, though it was warm */
};

/* Is it there for clients?  If not, *why says what of. */
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
 * Before the bucket is locked for one of the two that follow, which want it of
 * every chained item: from here on the sweep can find the links.
 */
void publish_prepare_chain(struct store_thread *, const struct item *);

static inline void
publish_prepare(struct store_thread *t, const struct item *it)
{
    CHECKED_MUST(item_seq(it) == 0); /* not published yet */
    if (UNLIKELY(item_flags(it) & ITEM_CHAINED))
        publish_prepare_chain(t, it);
}

/* Gives back an item that was not published, whether it was prepared or not. */
void publish_abandon(struct store_thread *, struct item *);

/*
 * Makes `it`, fully written but for its number, visible under its key, as a new
 * entry.  false: the bucket is full and there was no spare; nothing has changed.
 */
MUST_USE bool publish_locked(
    struct store_thread *, struct index_guard *, uint64_t hash, struct item *it, uint64_t number);

/*
 * The same in `slot`, instead of `old`, which goes because of `why`; retire it
 * after the unlock.  `number` is above old's, and was drawn before old was seen
 * to be alive: so no flush can fall between the two.
 */
void publish_instead_locked(struct store_thread *, _Atomic uint64_t *slot, uint64_t hash, struct item *it,
    uint64_t number, struct item *old, enum loss why);

/* Takes the item in `slot` out.  Retire it after the unlock. */
void publish_remove_locked(
    struct store_thread *, struct index_guard *, _Atomic uint64_t *slot, struct item *, enum loss);

/* After the unlock: puts what was unlinked into limbo, and lets the index grow. */
void publish_settle(struct store_thread *, struct item *unlinked, int64_t items_delta);

/*
 * Unlinks and retires an item wherever it is; false if it is not in the index
 * any more, or it was to go because it was dead and is not any more (a touch).
 */
bool publish_drop(struct store_thread *, struct item *, uint64_t hash, enum loss);

/* A page must be looked at then. */
void publish_note_expiry_in(struct store_thread *, uint32_t page, uint32_t exptime);

/* An item's page must be looked at when it expires. */
void publish_note_expiry_at(struct store_thread *, const struct item *, uint32_t exptime);

static inline void
publish_note_expiry(struct store_thread *t, const struct item *it)
{
    uint32_t exptime = item_exptime(it);
    if (UNLIKELY(exptime != 0))
        publish_note_expiry_at(t, it, exptime);
}

#endif
