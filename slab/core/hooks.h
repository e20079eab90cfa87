/*
 * hooks: calls of the owner's hooks (store_hooks), which report events of the engine.
 *
 * Threads: on the thread that does the action, holding no lock of the engine.
 */
#ifndef SLAB_CORE_HOOKS_H
#define SLAB_CORE_HOOKS_H

#include "slab/core/store_thread.h"

static inline bool
hooks_wanted(const struct store_hooks *h)
{
    return UNLIKELY(h->wanted != NULL && atomic_load_explicit(h->wanted, memory_order_relaxed) != 0);
}

/* Reports the eviction of `it`, which is unlinked and not yet in limbo; inside an epoch. */
__attribute__((noinline, cold)) void hooks_evicted(struct store_thread *, struct item *);

/* Reports that a page has moved to another class, if events are wanted; outside an epoch. */
void hooks_page_moved(struct store *, uint32_t from_class, uint32_t to_class);

/* Reports that operations that ended with STORE_BUSY may be tried again; inside an epoch or not. */
void hooks_freed(struct store *);

#endif
