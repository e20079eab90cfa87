/*
 * ghost: keys that were evicted not long ago.
 *
 * If a key is stored again soon after its eviction, it was evicted too soon: the new item
 * begins with some heat, as if it had been read in the meantime.  Of each evicted key only 16
 * bits of its hash are kept, in a bucket that other bits of the hash choose, first in, first
 * out: two bytes per ghost.  One in 2000 other keys matches a ghost by chance.
 *
 *   bucket, one cache line:  four lanes to a word; lane 0 of word 0 says which is
 *   written next, the other 31 are tags, 0 = none
 *
 * The table is a 256th of the memory at most, and part of the limit: about one ghost for every other
 * item of 250 bytes.  Its size follows the limit; a resize loses the ghosts of buckets that are then
 * no longer used for their hashes.  The kernel adds memory to it only after the first eviction.
 *
 * Source: simulated with whole traces (ARCHITECTURE.md); the idea is that of the B
 * lists of Megiddo and Modha, "ARC" (FAST 2003), and of S3-FIFO (SOSP 2023).
 *
 * Threads: any; two may lose each other's ghost.
 */
#ifndef SLAB_POLICY_GHOST_H
#define SLAB_POLICY_GHOST_H

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must.h"

enum { GHOST_WORDS = 8, GHOST_LANES = 4, GHOST_TAGS = GHOST_WORDS * GHOST_LANES - 1 };

struct ghost_bucket {
    _Alignas(64) _Atomic uint64_t word[GHOST_WORDS]; /* relaxed: no other data depends on a ghost */
};

static_assert(sizeof(struct ghost_bucket) == 64, "a lookup touches one line");

struct ghosts {
    struct ghost_bucket *buckets; /* NULL: there are no ghosts */
    size_t reserved;              /* bytes of address space */
    _Atomic uint64_t mask;        /* of bucket numbers in use; relaxed: the whole address range is reserved */
    _Atomic bool any;             /* an item was evicted; relaxed, and never false again */
};

/* Bytes of the table for a limit. */
size_t ghost_size(size_t limit);

/*
 * `size` and `most` are results of ghost_size, or 0 for no ghosts.  Reserves
 * address space for `most`, if possible.  false: out of memory.
 */
MUST_USE bool ghost_init(struct ghosts *, size_t size, size_t most);
void ghost_fini(struct ghosts *);

/* `size` is a result of ghost_size; the table may get less.  Returns its size. */
size_t ghost_resize(struct ghosts *, size_t size);

/* An item with that hash was evicted. */
void ghost_remember(struct ghosts *, uint64_t hash);

bool ghost_forget(struct ghosts *, uint64_t hash);

/* Was an item with that hash evicted not long ago?  If so, its ghost is removed. */
static inline bool
ghost_take(struct ghosts *g, uint64_t hash)
{
    return UNLIKELY(atomic_load_explicit(&g->any, memory_order_relaxed)) && ghost_forget(g, hash);
}

#endif
