/*
 * room: making room when memory is full.
 *
 * A wholly empty page of any class goes first.  Then a class sweeps its own hand,
 * or takes a page from the class whose next victims are the stalest
 * (slab/donor.h), so that no size is refused while anything evictable is left.
 * A page changes class like this:
 *
 *   fence -> flush magazines -> sweep empty -> grace period -> pool -> new class
 *
 * Threads: the mover, or a writer that found nothing; outside its epoch.
 */
#ifndef SLAB_ROOM_H
#define SLAB_ROOM_H

#include "slab/store_thread.h"

/*
 * Makes `want` free chunks of a class, by whatever it takes.  false: nothing
 * that may be evicted is left.
 */
MUST_USE bool room_make(struct store_thread *, struct class *, size_t want);

/* One step towards free chunks in `c`; false if it led nowhere. */
bool room_make_some(struct store_thread *, struct class *c, size_t want, bool own_is_spent);

/*
 * Evicts from the class itself until `want` chunks are on their way, `step`
 * chunks at a time, or the hand went round often enough for everything to cool.
 * Returns how many are.
 */
uint64_t room_evict(struct store_thread *, struct class *, size_t want, uint32_t step);

/* A page into the pool, for `c`, from whichever class can spare one; false if none can, or `c` should evict its own. */
MUST_USE bool room_take_page_for(struct store_thread *, struct class *c, bool own_is_spent);

/* A unit of the budget from a page that is worth the least, its memory given back; false if none can be had. */
MUST_USE bool room_take_unit(struct store_thread *);

/* After the limit fell: gives back what is over it, a bounded number of pages.  true: there is more, and it can be had. */
bool room_shrink(struct store_thread *);

/* A page of one class for another, by order; either may be CLASS_NONE, the pool.  false: no page could be had. */
bool room_move_page(struct store_thread *, uint32_t from, uint32_t to);

/*
 * After a flush everything that is older is dead: every page is due.  Unless it
 * must be at once, not in the flush's own second: who then asks for what was
 * flushed is counted as such.
 */
void room_mark_flushed(struct store *, bool at_once);

/* Sweeps the pages where something has expired, or everything was flushed.  Returns how many chunks that frees. */
uint64_t room_sweep_dead(struct store_thread *);

/*
 * Lets a grace period pass and collects what that frees.  Waits for the threads
 * that are inside one, a bounded time: they serve one readiness and leave.
 * false: they did not within that time.
 */
bool room_pass_grace(struct store_thread *, bool magazines);

#endif
