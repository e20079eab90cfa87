/*
 * locality_bring: items move to the node where they are read (slab/locality.h).
 *
 * Threads: a node's mover, outside its epoch.
 */
#ifndef SLAB_LOCALITY_BRING_H
#define SLAB_LOCALITY_BRING_H

#include "slab/store_thread.h"

/* Moves what threads of the caller's node wished for, a bounded amount; true: there may be more. */
bool locality_bring(struct store_thread *);

#endif
