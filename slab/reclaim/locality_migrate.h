/*
 * locality_migrate: moves items to the node where they are read (slab/core/locality.h).
 *
 * Threads: a node's mover, outside its epoch.
 */
#ifndef SLAB_RECLAIM_LOCALITY_MIGRATE_H
#define SLAB_RECLAIM_LOCALITY_MIGRATE_H

#include "slab/core/store_thread.h"

/* Moves items that threads of the caller's node have requested, a bounded amount; true: there may be more. */
bool locality_migrate(struct store_thread *);

#endif
