/*
 * reclaim_ask: a thread that must not wait asks the mover for memory.
 *
 * A server's worker reclaims memory itself for a bounded time (reclaim_help).  If that is
 * not enough, it asks, and the operation ends with STORE_BUSY.  The mover reclaims memory
 * by all means, and calls the owner (store_hooks.freed), which tries again.
 *
 *   request n of a class  ->  the mover's pass  ->  free chunks, or failed >= n
 *
 * A request that a pass has failed is refused when it is repeated, since the mover
 * has tried everything.  A request of a class whose last pass has failed is
 * refused immediately, as long as no thread has freed a chunk since.
 *
 * The mover's side is slab/reclaim/reclaim_serve.h.
 *
 * Threads: a thread that defers, inside its epoch.
 */
#ifndef SLAB_RECLAIM_RECLAIM_ASK_H
#define SLAB_RECLAIM_RECLAIM_ASK_H

#include "slab/core/store_thread.h"

/*
 * Asks for `want` chunks of a class, or with CLASS_NONE for memory for the
 * index; stores the request in t->ask.
 */
void reclaim_ask(struct store_thread *, uint32_t class_id, size_t want);

/* Would a request be in vain? */
MUST_USE bool reclaim_ask_is_spent(const struct store_thread *, uint32_t class_id);

/*
 * Forgets failed passes, since a retry may succeed: items have aged, or the
 * limit has changed.  Any thread.
 */
void reclaim_ask_forget(struct store *);

#endif
