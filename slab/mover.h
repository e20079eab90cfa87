/*
 * mover: the thread that keeps memory in reserve.
 *
 * When memory is full, it keeps a few pages free for whichever class runs out
 * next, so that a writer seldom has to make room itself (slab/room.h has the
 * ways).  Once a second the
 * mover looks for pages where something has expired, and gives the index the
 * pages that it is waiting for.
 *
 * Threads: one mover; mover_feed_index and mover_keep_house, too, from any thread outside its epoch.
 * Locks:   LOCK_MOVER for sleeping and waking only; nothing is held while it works.
 */
#ifndef SLAB_MOVER_H
#define SLAB_MOVER_H

#include "slab/store_thread.h"

struct mover;

/* Sets store->mover.  NULL if there is no memory or no thread to be had. */
struct mover *mover_start(struct store *);
void mover_stop(struct mover **);

/* Wakes it: a class is marked as wanting, or a second has passed (`tick`).  Cheap when it is awake. */
void mover_wake(struct mover *, bool tick);

/* Waits until the mover is at rest, and keeps it so; NULL is at rest already.  For store_check. */
void mover_pause(struct mover *);
void mover_resume(struct mover *);

/* Asks for pages if memory is full and the node's pool is low.  From inside an epoch; never waits. */
void mover_note_demand(struct store *, int node);

/* Asks that the events of slab/shadow.h be taken out.  From inside an epoch; never waits. */
void mover_note_events(struct store *);

/* Asks for memory for the index if it waits for some.  From inside an epoch; never waits. */
void mover_note_hunger(struct store *);

/* Sets aside for the index what it waits for, in pages that are worth the least; the caller has left its epoch. */
void mover_feed_index(struct store_thread *);

/* One second's housekeeping, on the caller's thread: the mover's loop, and tests without one. */
void mover_keep_house(struct store_thread *);

#endif
