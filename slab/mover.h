/*
 * mover: the threads that keep memory in reserve, one on each node.
 *
 * When memory is full, a mover keeps a few pages of its node free for whichever
 * class runs out next, so that a writer seldom has to make room itself
 * (slab/room.h has the ways), and moves items there that are read from there
 * (slab/locality.h).  What there is to do only once, the first one does: once a
 * second it looks for pages where something has expired, and gives the index the
 * pages that it is waiting for.
 *
 * Threads: mover_note_* from any, inside an epoch or not, and never waiting; what
 *          takes a store_thread from any that is outside its epoch; the rest from the store's owner.
 * Locks:   LOCK_MOVER for sleeping and waking only; nothing is held while it works.
 */
#ifndef SLAB_MOVER_H
#define SLAB_MOVER_H

#include "slab/store_thread.h"

/* Sets store->movers.  false if there is no memory or no thread to be had. */
MUST_USE bool mover_start(struct store *);
void mover_stop(struct store *);

/* Waits until all movers are at rest, and keeps them so; where there are none they are at rest already.  For store_check. */
void mover_pause(struct store *);
void mover_resume(struct store *);

/* A second has passed. */
void mover_tick(struct store *);

/* Asks for pages if memory is full and the node's pool is low. */
void mover_note_demand(struct store *, int node);

/* Asks that the events of slab/shadow.h be taken out. */
void mover_note_events(struct store *);

/* Asks that the wishes of slab/locality.h be taken out. */
void mover_note_wishes(struct store *, int node);

/* Asks for memory for the index if it waits for some. */
void mover_note_hunger(struct store *);

/* A thread has asked for room (slab/room_wait.h). */
void mover_note_ask(struct store *, int node);

/* The operator has asked for something: it is looked for. */
void mover_note_order(struct store *);

/* Are the surroundings short of memory?  Then what is dead goes sooner, and more is kept ready. */
bool mover_is_pressed(const struct store *);

/* ---- mover_house.c ------------------------------------------------------ */

/* Sets aside for the index what it waits for, in pages that are worth the least; the caller has left its epoch. */
void mover_feed_index(struct store_thread *);

/* What somebody waits for; `keeps_house`: mover_keep_common follows.  true: there is more to do. */
bool mover_do_asked(struct store_thread *, bool keeps_house);

/* A second's housekeeping: of the whole store; */
void mover_keep_common(struct store_thread *);
/* of a node: sparse pages go to the pool before anybody needs them, if that is wanted; */
void mover_spare_pages(struct store_thread *, int node);
/* of the caller: what was evicted before and has waited long enough. */
void mover_collect(struct store_thread *);

/* All of it on one thread: tests, and stores without movers. */
void mover_keep_house(struct store_thread *);

#endif
