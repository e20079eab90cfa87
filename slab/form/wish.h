/*
 * wish: packed items that threads read so often that they had better be plain again.
 *
 *   read of a packed item -> read not long before -> ring of the thread -> first mover -> slab/form/promote.h
 *
 * The hand makes packed items plain that have become hot, but it stands still while little is stored.  So
 * readers report such items, too.  Only a read of a packed item does this, at most once per tick of
 * the access clock and item, and only while store->wish_age allows it: the mover sets it to the longest time
 * between two reads of an item that it would make plain, and to 0 when it would make none plain.
 *
 * For this a read takes no lock and never waits: a wish for which the ring has no room is lost, and a later
 * read makes it again.  A thread's first wish allocates the ring, which is freed with the thread.
 *
 * Threads: a store_thread's own, except wish_take: the first mover.  The ring has one writer, its
 *          thread, and one reader, which holds threads_lock so that the thread is not freed.
 */
#ifndef SLAB_FORM_WISH_H
#define SLAB_FORM_WISH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/must.h"
#include "base/ring.h"
#include "slab/core/store_thread.h"

enum {
    WISH_RING = 512,
    WISH_BATCH = 64,
    WISH_HEAT = 4, /* reads, at least */
};

struct wish {
    uint64_t hash, offset; /* of the item, when it was read */
};

struct wish_ring {
    _Alignas(RING_LINE) struct ring ring; /* the thread writes, the first mover reads under threads_lock */
    struct wish wish[WISH_RING];
};

/* An item of another form than plain was found and is about to be counted as read (item_bump). */
void wish_note(struct store_thread *, uint64_t hash, const struct item *);

/* Takes wishes of the thread with that record, at most WISH_BATCH; returns how many. */
size_t wish_take(struct store *, int record, struct wish *);

#endif
