/*
 * evacuate: empties sparse pages, so that their memory can change class.
 *
 *   fence -> flush magazines -> move the items -> grace period -> pool
 *
 * A fenced page takes no new items but serves reads.  Its items move to other pages of
 * their class, and chains to wherever there are free chunks for their links.  If that
 * would need another page, evacuation would gain nothing, so the fence is lifted.  The
 * same is done if a value on the page is being received or sent.
 *
 * Threads: the mover, or a writer that found no memory; outside its epoch.
 */
#ifndef SLAB_RECLAIM_EVACUATE_H
#define SLAB_RECLAIM_EVACUATE_H

#include "slab/core/store_thread.h"

/*
 * Moves up to a handful of pages of a node into the pool, from classes whose free
 * chunks add up to a page and more; returns how many.  `to` is the class that
 * needs them, if known: hooks get it, and its pages are not evacuated.
 */
size_t evacuate_sparse(struct store_thread *, int node, uint32_t to);

/*
 * Moves one page of a class into the pool; evicts items that find no free chunk
 * on other pages.  false if none of the next few pages can be emptied.
 */
MUST_USE bool evacuate_class(struct store_thread *, struct class *);

/* Moves a wholly empty page of any class but `to` into the pool; false if there is none. */
MUST_USE bool evacuate_empty(struct store_thread *, int node, uint32_t to);

#endif
