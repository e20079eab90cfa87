/*
 * find: an item that is there for clients, or none.
 *
 * The index may still hold what has expired or was flushed; whoever comes upon
 * it takes it out.
 *
 * Threads: inside an epoch.
 */
#ifndef SLAB_CORE_FIND_H
#define SLAB_CORE_FIND_H

#include "base/clock.h"
#include "slab/core/publish.h"

/* The miss was one because of expiry or flush: takes the item out and counts; NULL, or the item that replaced it. */
struct item *find_past_expired(struct store_thread *, const struct store_key *, struct item *dead);

/* The live item, or NULL.  Counts nothing but expired and flushed misses. */
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
 * The same under the bucket's lock; *slot is where it stands.  A dead item is
 * given back in *slot and as *dead, with *why it is, to be replaced or removed.
 */
static inline struct item *
find_live_locked(struct store_thread *t, struct index_guard *g, const struct store_key *key,
    _Atomic uint64_t **slot, struct item **dead, enum loss *why)
{
    index_guard_must_hold(g);
    *dead = NULL;
    *slot = index_locked_find(t->index, g, key);
    if (*slot == NULL)
        return NULL;
    uint64_t offset = atomic_load_explicit(*slot, memory_order_relaxed) & SLOT_OFFSET_MASK;
    struct item *it = item_at(t->base, offset);
    if (LIKELY(!publish_is_expired(t, it, clock_now_s(), why)))
        return it;
    *dead = it;
    return NULL;
}

/* The number that clients know an item by.  Its own chunk must be linked, or just written. */
static inline uint64_t
find_cas(struct item *it)
{
    if (UNLIKELY(item_flags(it) & ITEM_OWN_CAS))
        return *item_own_cas(it);
    return item_seq(it);
}

#endif
