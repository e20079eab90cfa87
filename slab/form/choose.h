/*
 * choose: with which dictionary, if any, a value is packed.
 *
 *   kind of the key -> its dictionary, if the value has something in common with it
 *                   -> the shared one, likewise
 *                   -> text: the codec alone
 *   large value -> lz4 alone, if a glance promises something (slab/codec/glance.h)
 *
 * Threads: movers, inside an epoch: until the thread leaves it, no dictionary that it has found is freed.
 */
#ifndef SLAB_FORM_CHOOSE_H
#define SLAB_FORM_CHOOSE_H

#include "slab/core/store_thread.h"

enum {
    CHOOSE_NOTHING = PACKED_SLOTS, /* packing it has no prospect */
    CHOOSE_LATER,                  /* a flush has just retired the dictionaries */
};

/*
 * For a plain value, which is counted as one of its kind.  A slot, or one of the above; `alone` is the
 * codec for text that has nothing in common with a dictionary.
 */
uint32_t choose_slot(struct store_thread *, const struct item *, enum codec_id alone);

/* For a value that is packed already: the kind's slot and the shared one, DICTIONARY_NONE without one. */
uint32_t choose_of_kind(const struct store_thread *, const struct item *);
uint32_t choose_shared(const struct store_thread *);

/* Is the dictionary of the item's key new?  See slab/form/again.h. */
bool choose_is_new(const struct store_thread *, const struct item *);

#endif
