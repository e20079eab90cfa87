/*
 * evacuate: empties sparse pages, so that their memory can change class.
 *
 *   fence -> flush magazines -> move what is there -> grace period -> pool
 *
 * A fenced page takes no new items but serves reads.  What is on it goes to other
 * pages of its class, and chains wherever their links find room: where that would
 * take a page more, nothing would be won, and it serves again.  So it does where a
 * value is on its way in or out.
 *
 * Threads: the mover, or a writer that found nothing; outside its epoch.
 */
#ifndef SLAB_RECLAIM_EVACUATE_H
#define SLAB_RECLAIM_EVACUATE_H

#include "slab/core/store_thread.h"

/*
 * Up to a handful of pages of a node into the pool, from classes whose free
 * chunks add up to a page and more; returns how many.  `to` is for whom, as far
 * as is known: told to who listens, and never asked itself.
 */
size_t evacuate_sparse(struct store_thread *, int node, uint32_t to);

/* One page of a class into the pool; what finds no room on others is evicted.  false if none of the next few can be emptied. */
MUST_USE bool evacuate_class(struct store_thread *, struct class *);

/* A wholly empty page of any class but `to` into the pool; false if there is none. */
MUST_USE bool evacuate_empty(struct store_thread *, int node, uint32_t to);

#endif
