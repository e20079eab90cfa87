/*
 * index_walk: all of the index, from end to end.
 *
 * A walk while other threads continue cannot use bucket numbers: a split moves half of a bucket to
 * the far end of the table, where the walk would meet it again.  It uses the hash with its bits
 * reversed.  The hashes of a bucket agree in their low bits.  Reversed these are the high bits, so
 * a bucket is a range of reversed hashes, and a split divides its range in two.  So a walk never
 * meets a part again that it has passed, whatever is split during it.
 *
 * Threads: index_walk_snapshot from any, inside an epoch; the rest while no thread
 *          changes the store.
 */
#ifndef SLAB_INDEX_INDEX_WALK_H
#define SLAB_INDEX_INDEX_WALK_H

#include "slab/index/index.h"

/* The hash with its bits in reverse: a bucket has the hashes of one range. */
static inline uint64_t
index_walk_reversed(uint64_t h)
{
    h = (h >> 1 & UINT64_C(0x5555555555555555)) | (h & UINT64_C(0x5555555555555555)) << 1;
    h = (h >> 2 & UINT64_C(0x3333333333333333)) | (h & UINT64_C(0x3333333333333333)) << 2;
    h = (h >> 4 & UINT64_C(0x0f0f0f0f0f0f0f0f)) | (h & UINT64_C(0x0f0f0f0f0f0f0f0f)) << 4;
    return __builtin_bswap64(h);
}

/*
 * Copies the offsets of items whose reversed hash is *at or above, within one bucket and up to
 * `max`, and moves *at past them; 0 is the beginning, and on return the end.  Returns how many.  A
 * caller that continues to the end gets exactly once each item that was in the index during the
 * whole walk, with its offset at that moment.  Inside an epoch.  (If more than `max` keys had the
 * same hash, the rest would be omitted.  A client cannot make such keys without the seed.)
 */
size_t index_walk_snapshot(struct index *, uint64_t *at, uint64_t *offsets, size_t max);

/*
 * Calls `each` for all items, by the offsets in their slots, until it returns
 * false; then the result is false.  While no thread changes the store.
 */
typedef bool index_walk_visit(void *arg, uint64_t offset, uint64_t bucket);
bool index_walk_each(const struct index *, index_walk_visit *, void *arg);

/*
 * Overflow buckets in chains, or waiting for a thread to retire them; and those
 * on the free list.  While no thread changes the store.
 */
uint64_t index_walk_count_overflow(const struct index *);
uint64_t index_walk_count_spares(const struct index *);

/* The index's own invariants; while no thread changes the store. */
bool index_walk_check(const struct index *, char *why, size_t n_why);

#endif
