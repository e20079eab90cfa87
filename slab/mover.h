/*
 * mover: the thread that keeps memory in reserve, and the work that it and a
 * starving writer share.
 *
 * When memory is full, a class that runs low asks for chunks.  Its hand is
 * swept, or a page is taken from the class whose next victims are the stalest
 * (slab/sweep.h says what that means), so that memory goes where it earns the
 * most hits, and no size is refused while anything evictable is left.
 * Once a second it looks for pages where something has expired, and gives the
 * index the page that it is waiting for.
 *
 * A page changes class like this:
 *
 *   fence -> flush magazines -> sweep empty -> grace period -> pool -> new class
 *
 * Threads: one mover; mover_make_room from any thread outside its epoch.
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

/* Asks for the class's reserve if it is low and memory is full.  From inside an epoch; never waits. */
void mover_note_demand(struct store *, struct class *);

/*
 * Makes `want` free chunks of a class, by whatever it takes; the caller has
 * left its epoch.  false: nothing that may be evicted is left.
 */
MUST_USE bool mover_make_room(struct store_thread *, struct class *, size_t want);

/* Asks for memory for the index if it waits for some.  From inside an epoch; never waits. */
void mover_note_hunger(struct store *);

/* Sets aside for the index what it waits for, in pages that are worth the least; the caller has left its epoch. */
void mover_feed_index(struct store_thread *);

/* One second's housekeeping, on the caller's thread: the mover's loop, and tests without one. */
void mover_keep_house(struct store_thread *);

#endif
