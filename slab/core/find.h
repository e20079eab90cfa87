/*
 * find: a live item, or none.
 *
 * The index may still hold items that are expired or flushed.  A thread that finds one removes it.
 *
 * Threads: inside an epoch.
 */
#ifndef SLAB_CORE_FIND_H
#define SLAB_CORE_FIND_H

#include "base/clock.h"
#include "slab/core/publish.h"

/*
 * A miss because of expiry or flush: removes and counts the item; returns NULL,
 * or the item that has replaced it.
 */
struct item *find_past_expired(struct store_thread *, const struct store_key *, struct item *expired);

/* The live item, or NULL.  Counts only misses because of expiry or flush. */
static inline struct item *
find_live(struct store_thread *t, const struct store_key *key)
{
    store_thread_must_be_inside(t);
    struct item *it = index_find(t->index, key);
    enum loss why;
    if (it == NULL || LIKELY(!publish_is_expired(t, it, clock_now_s(), &why)))
        return it;
    return find_past_expired(t, key, it);
}

/*
 * The same under the bucket's lock; *slot is the item's slot.  An expired or flushed item is
 * returned in *slot and as *expired, with the reason in *why; the caller replaces or removes it.
 */
static inline struct item *
find_live_locked(struct store_thread *t, struct index_guard *g, const struct store_key *key,
    _Atomic uint64_t **slot, struct item **expired, enum loss *why)
{
    index_guard_must_hold(g);
    *expired = NULL;
    *slot = index_locked_find(t->index, g, key);
    if (*slot == NULL)
        return NULL;
    uint64_t offset = atomic_load_explicit(*slot, memory_order_relaxed) & SLOT_OFFSET_MASK;
    struct item *it = item_at(t->base, offset);
    if (LIKELY(!publish_is_expired(t, it, clock_now_s(), why)))
        return it;
    *expired = it;
    return NULL;
}

/* Does the slot of an item with that hash still refer to that offset?  Otherwise the memory may be reused. */
bool find_is_linked(struct store_thread *, uint64_t hash, uint64_t offset);

/* The CAS number that clients see.  The item must be linked, or just written. */
static inline uint64_t
find_cas(struct item *it)
{
    return item_cas(it, item_seq(it));
}

#endif
