/*
 * pack: gives a value the packed form, or the plain form back.
 *
 * Only movers pack, since only they have an encoder; so no set and no reader ever waits for
 * one.  Packing is a relocation (slab/form/relocate.h): the item stays the same to clients.
 *
 * Threads: a mover's own, inside an epoch.
 * Locks:   one bucket.
 */
#ifndef SLAB_FORM_PACK_H
#define SLAB_FORM_PACK_H

#include "slab/codec/effort.h"
#include "slab/core/store_thread.h"
#include "slab/form/value.h"

enum pack_result {
    PACK_DONE,
    PACK_VAIN,     /* the value does not become smaller by a size class and a sixteenth */
    PACK_GONE,     /* the item has been unlinked or replaced */
    PACK_NO_CHUNK, /* the node lacks a free chunk that it takes: see relocate_as */
};

/* A mover's memory for it.  Sharing reads packed values in it, too (slab/form/bodies.c). */
struct packer {
    struct effort effort[3]; /* of slab/form/cold.c: without a dictionary, with one, of large values */
    /* The kernel gives the pages beyond the first ones only when a large value needs them. */
    char plain[VALUE_ROOM_MAX];
    unsigned char packed[VALUE_ROOM_MAX];
    uint32_t n_packed; /* bytes of `packed` that the last value took; 0: it was not packed */
};

static_assert((int)PACKED_HEAD_MAX <= (int)CODEC_SPARE, "a value that does not become smaller fits");

/* Makes the thread one that packs.  false: out of memory. */
MUST_USE bool pack_join(struct store_thread *);
void pack_part(struct store_thread *);

/* May the item be packed at all?  One with a longer value may not; of a shared one, the body. */
static inline bool
pack_may(const struct item *it)
{
    return !item_is_shared(it) && item_n_value(it) <= CODEC_LARGE_MAX;
}

/*
 * Packs the value with the dictionary in `slot`, or with the codec of that number and none, on
 * the item's node; one over CODEC_SMALL_MAX with CODEC_lz4.  A packed value is packed anew.  On PACK_DONE *saved is how
 * many bytes of chunks became free.
 */
MUST_USE enum pack_result pack_item(
    struct store_thread *, struct item *, uint64_t hash, uint32_t slot, uint64_t *saved);

/* Packs a packed value anew, if it then takes a smaller chunk than now: else PACK_VAIN. */
MUST_USE enum pack_result pack_smaller(
    struct store_thread *, struct item *, uint64_t hash, uint32_t slot, uint64_t *saved);

/* Makes a packed value plain, on the item's node; never PACK_VAIN. */
MUST_USE enum pack_result pack_undo(struct store_thread *, struct item *, uint64_t hash);

/* For tests: packs it whether that pays or not. */
MUST_USE enum pack_result pack_anyway(struct store_thread *, struct item *, uint64_t hash, uint32_t slot);

#endif
