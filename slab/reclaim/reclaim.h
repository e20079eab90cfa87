/*
 * room: making room when memory is full.
 *
 *   an empty page of any class          slab/reclaim/evacuate.h
 *   a page's worth of free chunks  -> a sparse page is emptied into others
 *   neither: the hand sweeps on    -> free chunks, of whatever is worth the least (slab/reclaim/evict.h)
 *
 * and again, until there is what was wanted.  A page that is free goes to any
 * class, so that no size is refused while anything evictable is left.
 *
 * Threads: the mover, or a writer that found nothing; outside its epoch.  One
 *          that defers calls reclaim_help alone, and asks (slab/reclaim/reclaim_ask.h).
 */
#ifndef SLAB_RECLAIM_RECLAIM_H
#define SLAB_RECLAIM_RECLAIM_H

#include "slab/core/store_thread.h"

/* The longest that reclaim_help keeps its thread, but for the sweep of one page. */
enum { ROOM_HELP_NS = 2000000 };

/* Makes `want` free chunks of a class, by whatever it takes.  false: nothing that may be evicted is left. */
MUST_USE bool reclaim_pages(struct store_thread *, struct class *, size_t want);

/* The same on the node whose turn it is, and on the others if that has nothing that is worth little. */
MUST_USE bool reclaim_make_anywhere(struct store_thread *, uint32_t class_id, size_t want);

/*
 * A little room for a class, within ROOM_HELP_NS; and then, for as long as it
 * took, none at all, so that its thread has half of its time for its clients.
 */
MUST_USE bool reclaim_help(struct store_thread *, uint32_t class_id);

/*
 * Fills a node's pool up to `n` pages, or another's beyond that if its turn has
 * come, as far as a bounded number of steps goes.  true: it is filled.
 */
bool reclaim_fill_pool(struct store_thread *, int node, uint64_t n);

/* A unit of the budget, its page's memory given back; false if none can be had. */
MUST_USE bool reclaim_take_unit(struct store_thread *);

/* Sets aside for the index what it waits for, in pages that are worth the least. */
void reclaim_feed_index(struct store_thread *);

/* After the limit fell: gives back what is over it, a bounded number of pages.  true: there is more, and it can be had. */
bool reclaim_shrink(struct store_thread *);

/* A page of one class for another, by order; either may be CLASS_NONE, the pool.  false: no page could be had. */
bool reclaim_move_page(struct store_thread *, uint32_t from, uint32_t to);

#endif
