/*
 * gather: visits pages for values to train the first dictionary on, before memory is full.
 *
 * Once memory is full, the hand meets values anyway (slab/train/train.h).
 *
 * Threads: the first mover, outside an epoch.
 */
#ifndef SLAB_RECLAIM_GATHER_H
#define SLAB_RECLAIM_GATHER_H

#include "slab/core/store_thread.h"

/* If samples are wanted and memory is not full: visits a part of some pages, evenly spread. */
void gather_samples(struct store_thread *);

#endif
