/*
 * evict: one hand sweeps all pages, and what ranks over the cut goes.
 *
 * The hand goes round a node's pages of all classes alike, so memory is taken
 * from where it is worth the least, whatever its size; the chunks that this
 * frees are reused by their class, and what adds up to pages goes to others
 * (slab/reclaim/evacuate.h).  Where pages shall stay in their class (slabs automove 0), a
 * class sweeps its own.
 *
 * Each node has a hand.  Who needs room on one node turns to the node whose hand
 * is far behind, if there is one: so all memory is swept at one pace, whichever
 * nodes are written to, and one that nobody writes to does not keep what is old.
 *
 * Threads: a mover, or a writer that found nothing; outside its epoch.
 */
#ifndef SLAB_RECLAIM_EVICT_H
#define SLAB_RECLAIM_EVICT_H

#include "slab/core/store_thread.h"

/*
 * Sweeps pages of a node until about a page's worth of bytes is on its way, a
 * bounded number of them once something is.  Returns how many chunks are; 0:
 * the hand went all the way round in vain.
 */
uint64_t evict_some(struct store_thread *, int node);

/* The same until a time of clock_ns, which it passes by no more than the sweep of a page. */
uint64_t evict_until(struct store_thread *, int node, uint64_t until_ns);

/* The node whose turn it is when room is wanted on `node`: that one, unless another's hand is an eighth of a round behind. */
int evict_next(const struct store *, int node);

/* The next item that ranks over the cut. */
void evict_one(struct store_thread *, int node);

/* The same in one class: a bounded number of its pages, of which a tenth goes, or `want` chunks if that is more. */
uint64_t evict_own(struct store_thread *, struct class *, size_t want);

#endif
