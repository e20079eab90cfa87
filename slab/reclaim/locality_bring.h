/*
 * locality_bring: items move to the node where they are read (slab/core/locality.h).
 *
 * Threads: a node's mover, outside its epoch.
 */
#ifndef SLAB_RECLAIM_LOCALITY_BRING_H
#define SLAB_RECLAIM_LOCALITY_BRING_H

#include "slab/core/store_thread.h"

/* Moves what threads of the caller's node wished for, a bounded amount; true: there may be more. */
bool locality_bring(struct store_thread *);

#endif
