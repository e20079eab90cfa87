/*
 * ghost: who was evicted not long ago.
 *
 * What comes back soon after it was evicted was evicted too soon: it begins with
 * some heat, as if it had been read meanwhile.  Of each that went only 16 bits of
 * its key's hash are kept, in a bucket that its other bits choose, first in, first
 * out: two bytes a ghost.  A stranger is taken for a ghost once in 2000 times.
 *
 *   bucket, one cache line:  four lanes to a word; lane 0 of word 0 says which is
 *   written next, the other 31 are tags, 0 = none
 *
 * The table is a 256th of the memory at most, and part of the limit: about one
 * ghost for every other item of 250 bytes.  It changes with the limit; ghosts in
 * buckets that others would be looked for in are lost then.  Its pages are the
 * kernel's until something is evicted.
 *
 * Source: simulated with whole traces (ARCHITECTURE.md); the idea is that of the
 * B lists of Megiddo and Modha, "ARC" (FAST 2003), and of S3-FIFO (SOSP 2023).
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
    _Alignas(64) _Atomic uint64_t word[GHOST_WORDS]; /* relaxed: nothing hangs on a ghost */
};

static_assert(sizeof(struct ghost_bucket) == 64, "a look touches one line");

struct ghosts {
    struct ghost_bucket *buckets; /* NULL: there are none, ever */
    size_t reserved;              /* bytes of address space */
    _Atomic uint64_t mask;        /* of bucket numbers in use; relaxed: all that it may be are reserved */
    _Atomic bool any;             /* something was evicted; relaxed, and never false again */
};

/* Bytes of the table for a limit. */
size_t ghost_size(size_t limit);

/* `size` and `most` of ghost_size, or 0 for no ghosts.  The address space for `most` is kept if it can be had.  false: out of memory. */
MUST_USE bool ghost_init(struct ghosts *, size_t size, size_t most);
void ghost_fini(struct ghosts *);

/* `size` of ghost_size; it may get less than that.  Returns what it has. */
size_t ghost_resize(struct ghosts *, size_t size);

/* Something with that hash was evicted. */
void ghost_remember(struct ghosts *, uint64_t hash);

bool ghost_forget(struct ghosts *, uint64_t hash);

/* Was something with that hash evicted not long ago?  If so it is a ghost no more. */
static inline bool
ghost_take(struct ghosts *g, uint64_t hash)
{
    return UNLIKELY(atomic_load_explicit(&g->any, memory_order_relaxed)) && ghost_forget(g, hash);
}

#endif
