/*
 * dictionary: the dictionaries in the arena, by slot.
 *
 *   FREE -> LIVE -> RETIRED -> FREE
 *
 * An item names the slot that its value was packed with (slab/layout.h).  The bytes of a dictionary
 * are in the arena, because other processes read the items; what a codec prepares from
 * them is memory of this process.  Values are packed with live ones only.  A retired one
 * stays until no item names it and no thread can be reading such an item, which the
 * owner of the dictionaries finds out (slab/form/): then its place is free again.
 *
 * Threads: any may pack and unpack; dictionary_adopt, dictionary_retire and dictionary_free take
 *          the lock.
 * Locks:   LOCK_LEAF.
 */
#ifndef SLAB_CODEC_DICTIONARY_H
#define SLAB_CODEC_DICTIONARY_H

#include "base/lock.h"
#include "slab/codec/codec.h"
#include "slab/mem/arena.h"

/* The least part of the limit that all dictionaries together may take is one of this many. */
enum { DICTIONARY_PART = 256, DICTIONARY_NONE = 0 };

/*
 * What a codec has prepared from a dictionary; NULL while the place is free.  Release in dictionary_adopt, acquire
 * where a value is packed.  dictionary_state only tests for NULL, relaxed: a thread that has the slot's number from an item
 * or from struct cold sees it.
 */
struct dictionary_use {
    _Atomic(void *) encode, decode;
};

struct dictionaries {
    struct arena *arena;
    struct lock lock; /* guards the changes of state */
    struct dictionary_use use[PACKED_SLOTS];
    _Atomic uint64_t bytes, prepared;   /* in the arena; of this process; stored under lock, relaxed */
    _Atomic uint32_t n_live, n_retired; /* likewise */
};

void dictionary_init(struct dictionaries *, struct arena *);
/* No thread uses one any more. */
void dictionary_fini(struct dictionaries *);

/* The place of a slot that has one. */
static inline struct dictionary *
dictionary_at(const struct dictionaries *d, uint32_t slot)
{
    CHECKED_MUST(slot >= PACKED_PLAIN && slot < PACKED_SLOTS);
    return arena_at(d->arena, arena_superblock(d->arena)->dictionaries + (uint64_t)slot * DICTIONARY_PLACE);
}

/* A place that has never been used is not read: each is a page of its own, and some kernels allocate pages on a read. */
static inline enum dictionary_state
dictionary_state(const struct dictionaries *d, uint32_t slot)
{
    if (atomic_load_explicit(&d->use[slot].decode, memory_order_relaxed) == NULL)
        return DICTIONARY_FREE;
    return (enum dictionary_state)atomic_load_explicit(&dictionary_at(d, slot)->state, memory_order_acquire);
}

/*
 * Copies a dictionary of `n` bytes into a free place and prepares it.  Returns its slot, which is live;
 * DICTIONARY_NONE: no place is free, all dictionaries would take more than `most` bytes, the codec
 * refuses it, or there is no memory.
 */
MUST_USE uint32_t dictionary_adopt(
    struct dictionaries *, enum codec_id, const void *bytes, uint32_t n, uint64_t most);

/* Nothing is packed with it any more, except by threads that have begun to. */
void dictionary_retire(struct dictionaries *, uint32_t slot);

/* Frees the place of a retired one, which no item names and no thread uses. */
void dictionary_free(struct dictionaries *, uint32_t slot);

#endif
