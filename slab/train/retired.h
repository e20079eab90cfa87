/*
 * retired: frees retired dictionaries.
 *
 *   retired -> all threads have left their epochs -> no item names it -> they have once more -> free
 *
 * After the first time no thread packs with it any more, so that the number of items that name it only
 * falls.  After the second time no reader has an item any more that named it: see slab/mem/epoch.h.
 *
 * Threads: the first mover.
 */
#ifndef SLAB_TRAIN_RETIRED_H
#define SLAB_TRAIN_RETIRED_H

#include "slab/core/store_thread.h"

/* The epochs in which slots were seen retired, and without referers; 0: not yet. */
struct retired {
    uint64_t seen[PACKED_SLOTS], unused[PACKED_SLOTS];
};

/* Frees those that nothing can name any more. */
void retired_free(struct retired *, struct store_thread *);

#endif
