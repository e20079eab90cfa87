/*
 * reclaim_serve: the mover reclaims the memory that threads have asked for
 * (slab/reclaim/reclaim_ask.h).
 *
 * Threads: movers, outside an epoch.
 */
#ifndef SLAB_RECLAIM_RECLAIM_SERVE_H
#define SLAB_RECLAIM_RECLAIM_SERVE_H

#include "slab/core/store_thread.h"

/* Reclaims the requested memory, or marks the requests as failed, and calls the owner (store_hooks.freed). */
void reclaim_serve(struct store_thread *);

#endif
