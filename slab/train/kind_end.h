/*
 * kind_end: takes the dictionary away from a kind of keys that hardly any value is of now.
 *
 * What is packed rarely may still be much of what is stored.  So both must be few: the bytes that were packed
 * lately, and the items that name the dictionary.
 *
 * Threads: the first mover, while no dictionary is trained.
 */
#ifndef SLAB_TRAIN_KIND_END_H
#define SLAB_TRAIN_KIND_END_H

#include "slab/core/store_thread.h"

/* Retires the dictionary of the lightest such kind, if there is one. */
void kind_end_lightest(struct store *);

#endif
