/*
 * room_serve: the mover makes the room that threads have asked for (slab/room_ask.h).
 *
 * Threads: movers, outside an epoch.
 */
#ifndef SLAB_ROOM_SERVE_H
#define SLAB_ROOM_SERVE_H

#include "slab/store_thread.h"

/* Makes room for what was asked for, or finds that there is none, and tells the owner (store_hooks.freed). */
void room_serve(struct store_thread *);

#endif
