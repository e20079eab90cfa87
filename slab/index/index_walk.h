/*
 * index_walk: all of the index, looked at from end to end.
 *
 * A walk that others do not stop must not go by bucket numbers: a split sends
 * half of a bucket to the far end of the table, where it would be met again.
 * It goes by the hash with its bits reversed.  A bucket has the hashes that
 * agree in their low bits, reversed these are the high ones, so a bucket is a
 * range of reversed hashes, and a split cuts its range in two.  What lies
 * behind the walk stays behind it, whatever is split meanwhile.
 *
 * Threads: index_walk_snapshot from any, inside an epoch; the rest when nothing runs.
 */
#ifndef SLAB_INDEX_INDEX_WALK_H
#define SLAB_INDEX_INDEX_WALK_H

#include "slab/index/index.h"

/* The hash with its bits in reverse: a bucket has those of one range. */
static inline uint64_t
index_walk_reversed(uint64_t h)
{
    h = (h >> 1 & UINT64_C(0x5555555555555555)) | (h & UINT64_C(0x5555555555555555)) << 1;
    h = (h >> 2 & UINT64_C(0x3333333333333333)) | (h & UINT64_C(0x3333333333333333)) << 2;
    h = (h >> 4 & UINT64_C(0x0f0f0f0f0f0f0f0f)) | (h & UINT64_C(0x0f0f0f0f0f0f0f0f)) << 4;
    return __builtin_bswap64(h);
}

/*
 * Takes down the offsets of the items whose reversed hash is *at or above, as
 * far as one bucket's lock goes and `max` allows, and moves *at behind them; 0
 * is the beginning, and the end when it comes back.  Returns how many.  Whoever
 * goes on until then has taken down exactly once each item that was in the index
 * all the while, under whatever offset it had at that moment.  Inside an epoch.
 * (`max` keys of the very same hash, which nobody can make who does not know the
 * seed, would be cut off.)
 */
size_t index_walk_snapshot(struct index *, uint64_t *at, uint64_t *offsets, size_t max);

/* Calls `each` for the items of buckets from..from+n-1, by the offsets in their slots, until it says false.  When nothing runs. */
typedef bool index_walk_visit(void *arg, uint64_t offset, uint64_t bucket);
bool index_walk_each(const struct index *, uint64_t from, uint64_t n, index_walk_visit *, void *arg);

/* Overflow buckets in chains, or awaiting a thread to retire them; and those on the free list.  When nothing runs. */
uint64_t index_walk_count_overflow(const struct index *);
uint64_t index_walk_count_spares(const struct index *);

/* The index's own invariants; when nothing runs. */
bool index_walk_check(const struct index *, char *why, size_t n_why);

#endif
