/*
 * reclaim_ask: a thread that must not stand still asks the mover for room.
 *
 * A server's worker helps itself for a bounded time (reclaim_help).  If that is not
 * enough it asks, and the operation ends with STORE_BUSY; the mover makes room by
 * all means that there are, and tells the owner (store_hooks.freed) to try again.
 *
 *   ask n of a class  ->  the mover's pass  ->  room, or failed >= n
 *
 * An ask that a pass has failed is refused when it comes again: it has had
 * everything that can be done.  One of a class whose last pass has failed is
 * refused at once as long as no thread has freed anything since.
 *
 * The mover's side is slab/reclaim/reclaim_serve.h.
 *
 * Threads: a thread that defers, inside its epoch.
 */
#ifndef SLAB_RECLAIM_RECLAIM_ASK_H
#define SLAB_RECLAIM_RECLAIM_ASK_H

#include "slab/core/store_thread.h"

/* Asks for `want` chunks of a class, or with CLASS_NONE for memory for the index; t->ask says so. */
void reclaim_ask(struct store_thread *, uint32_t class_id, size_t want);

/* Would asking be in vain? */
MUST_USE bool reclaim_ask_is_spent(const struct store_thread *, uint32_t class_id);

/* What was in vain may be worth a try: items have become old, or the limit has changed.  Any thread. */
void reclaim_ask_forget(struct store *);

#endif
