/*
 * reclaim: frees chunks and pages when memory is full.
 *
 *   an empty page of any class          slab/reclaim/evacuate.h
 *   a page's worth of free chunks  -> a sparse page is emptied into others
 *   neither: the hand sweeps       -> free chunks, wherever memory is worth the least (slab/reclaim/evict.h)
 *
 * and again, until there is enough.  A free page may go to any class, so no size
 * is refused while an item can be evicted.
 *
 * Threads: the mover, or a writer that found no memory; outside its epoch.  A thread that
 *          defers calls reclaim_help alone, and asks (slab/reclaim/reclaim_ask.h).
 */
#ifndef SLAB_RECLAIM_RECLAIM_H
#define SLAB_RECLAIM_RECLAIM_H

#include "slab/core/store_thread.h"

/* The longest time of reclaim_help, apart from the sweep of one page. */
enum { RECLAIM_HELP_NS = 2000000 };

/*
 * Frees `want` chunks of a class, by all means: on the node whose turn it is, and on the others if
 * that node has nothing of low rank.  false: no item that may be evicted is left.
 */
MUST_USE bool reclaim_anywhere(struct store_thread *, uint32_t class_id, size_t want);

/*
 * Frees a little memory for a class, within RECLAIM_HELP_NS.  Then it does nothing for
 * the same time, so that its thread has half of its time for its clients.
 */
MUST_USE bool reclaim_help(struct store_thread *, uint32_t class_id);

/*
 * Fills a node's pool up to `n` pages, or another node's beyond that if its turn
 * has come, in a bounded number of steps.  true: it is filled.
 */
bool reclaim_fill_pool(struct store_thread *, int node, uint64_t n);

/*
 * Once memory is nearly full, packs and shares what is cold, in a bounded number of steps, so that values are
 * evicted, or refused, later.
 */
void reclaim_pack(struct store_thread *, int node);

/* Sets aside for the index the memory that it needs, from pages that are worth the least. */
void reclaim_feed_index(struct store_thread *);

/*
 * After the limit was lowered: returns pages over it to the kernel, a bounded
 * number.  true: there are more, and they can be freed.
 */
bool reclaim_shrink(struct store_thread *);

/*
 * Moves a page of one class to another, as requested; either may be CLASS_NONE,
 * the pool.  false: no page could be freed.
 */
bool reclaim_move_page(struct store_thread *, uint32_t from, uint32_t to);

#endif
