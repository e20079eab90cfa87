/*
 * tell: the engine's news, for whoever hooked on to hear them (store_hooks).
 *
 * Threads: on the thread that does what is told of, inside an epoch, holding no lock but LOCK_MOVER at most.
 */
#ifndef SLAB_CORE_HOOKS_H
#define SLAB_CORE_HOOKS_H

#include "slab/core/store_thread.h"

static inline bool
hooks_wanted(const struct store_hooks *h)
{
    return UNLIKELY(h->wanted != NULL && atomic_load_explicit(h->wanted, memory_order_relaxed) != 0);
}

/* `it` has just been evicted.  It is unlinked, and not in limbo yet. */
__attribute__((noinline, cold)) void hooks_evicted(struct store_thread *, struct item *);

/* A page has gone from one class to another, if anybody wants to know; outside an epoch. */
void hooks_page_moved(struct store *, uint32_t from_class, uint32_t to_class);

/* Operations that ended with STORE_BUSY may be tried again; inside an epoch or not. */
void hooks_freed(struct store *);

#endif
