/*
 * evict: one hand sweeps all pages, and evicts items that rank over the cut.
 *
 * The hand visits a node's pages of all classes alike, so it frees memory where it is
 * worth the least, whatever its size.  The class of a freed chunk reuses it, and
 * chunks that add up to pages move to other classes (slab/reclaim/evacuate.h).  Where
 * pages stay in their class (slabs automove 0), each class sweeps its own.
 *
 * Each node has a hand.  A thread that needs memory on one node uses the hand of another
 * node if that one is far behind.  So all memory is swept at one pace, whichever nodes
 * are written to, and a node without writers does not keep old items.
 *
 * Threads: a mover, or a writer that found no memory; outside its epoch.
 */
#ifndef SLAB_RECLAIM_EVICT_H
#define SLAB_RECLAIM_EVICT_H

#include "slab/core/store_thread.h"

/*
 * Sweeps pages of a node until about a page's worth of bytes is freed (after a grace
 * period), and a bounded number of pages once something is freed.  Returns how many
 * chunks are freed; 0: the hand went all the way round in vain.
 */
uint64_t evict_some(struct store_thread *, int node);

/*
 * The same without evicting: packs what is cold and frees expired items, if the thread is a mover that may
 * pack; otherwise it does nothing.  For a store that must lose nothing.  It ends at a time of clock_ns, like
 * evict_until; 0: when the hand went all the way round.
 */
uint64_t evict_pack(struct store_thread *, int node, uint64_t until_ns);

/* The same as evict_some until a time of clock_ns; at most the sweep of one page longer. */
uint64_t evict_until(struct store_thread *, int node, uint64_t until_ns);

/*
 * The node to sweep when memory is needed on `node`: that one, unless another's
 * hand is an eighth of a round behind.
 */
int evict_next(const struct store *, int node);

/* Evicts the next item that ranks over the cut. */
void evict_one(struct store_thread *, int node);

/*
 * The same in one class: a bounded number of its pages, of which a tenth is
 * evicted, or `want` chunks if that is more.
 */
uint64_t evict_own(struct store_thread *, struct class *, size_t want);

#endif
