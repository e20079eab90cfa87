/*
 * room: which class of a node gets the next free page before all others.
 *
 * A mover that makes items smaller frees memory, but needs chunks of a smaller class for it first.  When memory
 * is full, the page that becomes free would go to a thread that stores, and the mover would find
 * none again.  So it asks for one here, and reclaiming (slab/reclaim/reclaim.h) serves it first.  One page
 * of small chunks lets it free several pages of larger ones.
 *
 *   no chunk -> room_ask -> a page becomes free -> room_serve -> chunks
 *
 * Threads: movers ask; any thread outside its epoch serves; relaxed: a lost request is made again.
 * Locks:   LOCK_CLASS, LOCK_PAGES, when it serves.
 */
#ifndef SLAB_MEM_ROOM_H
#define SLAB_MEM_ROOM_H

#include "slab/mem/class.h"

/* The class has no free chunk.  Replaces an earlier request of its node. */
void room_ask(const struct class *c);

/* Has the node a request that it cannot meet, for want of a free chunk and of a page? */
bool room_lacks(const struct class_set *, int node);

/* Has any node? */
bool room_lacks_anywhere(const struct class_set *);

/* Gives the node's class the page that it asked for, if there is one. */
void room_serve(struct class_set *, int node);

/* Is the class to keep its free chunks, since it got a page for them and has used little of it? */
bool room_is_kept(const struct class *);

#endif
