/*
 * reclaim_serve: the mover makes the room that threads have asked for (slab/reclaim/reclaim_ask.h).
 *
 * Threads: movers, outside an epoch.
 */
#ifndef SLAB_RECLAIM_RECLAIM_SERVE_H
#define SLAB_RECLAIM_RECLAIM_SERVE_H

#include "slab/core/store_thread.h"

/* Makes room for what was asked for, or finds that there is none, and tells the owner (store_hooks.freed). */
void reclaim_serve(struct store_thread *);

#endif
