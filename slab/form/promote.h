/*
 * promote: makes packed items plain again that readers wish for (slab/form/wish.h).
 *
 * An item is promoted after several wishes, if the mean time between them makes it so hot that
 * the hand would make it plain, too: an octave hotter than the cut (slab/form/cold.h).  So an item that
 * the hand has just packed stays packed, unless it is read more often than before.
 *
 *   wish -> counted by hash -> the fourth -> packed, linked, hot, room -> plain
 *
 * Nothing is evicted for a promotion.  When memory is full, it takes a chunk that its class has free, or a page
 * above the reserve; or any page of the pool while the hand packs instead of evicting.  What was promoted since the
 * hand's round before the present one is at most an eighth of memory: the hand has judged all older promotions.
 *
 * Threads: the first mover; promote_init and promote_fini while there are no movers.
 * Locks:   one bucket.
 */
#ifndef SLAB_FORM_PROMOTE_H
#define SLAB_FORM_PROMOTE_H

#include "slab/core/store_thread.h"

enum { PROMOTE_WISHES = 4 }; /* for one item, before it is promoted */

struct promote;

/* Sets store->promote.  false: out of memory. */
MUST_USE bool promote_init(struct store *);
void promote_fini(struct store *);

/* Bytes of memory that it takes. */
size_t promote_memory(const struct store *);

/* Promotes what was wished for, for a bounded time; true: there may be more.  Outside. */
bool promote_run(struct store_thread *);

#endif
