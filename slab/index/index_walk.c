#include "slab/index/index_walk.h"

#include <stdio.h>

static uint64_t
head_at(const struct bucket *b)
{
    return atomic_load_explicit(&b->head, memory_order_relaxed);
}

static uint64_t
slot_at(const struct bucket *b, int i)
{
    return atomic_load_explicit(&b->slot[i], memory_order_relaxed);
}

/* ---- a snapshot ------------------------------------------------------- */

/* The number of reversed hashes of a bucket, less one. */
static uint64_t
span_of(uint64_t number, uint64_t n_buckets)
{
    CHECKED_MUST(n_buckets >= 2 && number < n_buckets);
    /* of buckets that have not been split in this round */
    unsigned bits = 63 - (unsigned)__builtin_clzll(n_buckets);
    uint64_t level = UINT64_C(1) << bits;
    bits += number >= level || number < n_buckets - level;
    return ~UINT64_C(0) >> bits;
}

/* Reversed hashes from first to last.  Where a range may be NULL, that means all. */
struct range {
    uint64_t first, last;
};

static bool
is_in(const struct index *idx, uint64_t offset, const struct range *range)
{
    if (LIKELY(range == NULL))
        return true;
    const struct item *it = item_at(idx->base, offset);
    uint64_t at = index_walk_reversed(hash_key(item_key(it), it->nkey));
    return at >= range->first && at <= range->last;
}

/* Copies the entries of a locked chain in the range, at most `max`; returns the number of all of these. */
static size_t
take_chain(
    const struct index *idx, const struct bucket *b, const struct range *range, uint64_t *offsets, size_t max)
{
    index_bucket_must_be_held(b);
    size_t n = 0;
    for (; b != NULL; b = index_overflow_of(idx, head_at(b))) {
        for (int i = 0; i < BUCKET_SLOTS; i++) {
            uint64_t offset = slot_at(b, i) & SLOT_OFFSET_MASK;
            if (offset == 0 || !is_in(idx, offset, range))
                continue;
            if (n < max)
                offsets[n] = offset;
            n++;
        }
    }
    return n;
}

size_t
index_walk_snapshot(struct index *idx, uint64_t *at, uint64_t *offsets, size_t max)
{
    MUST(max > 0);
    struct index_guard g;
    index_lock(idx, index_walk_reversed(*at), &g);
    /* Only a split of this bucket could change its span, and that needs the lock held here. */
    uint64_t span = span_of((uint64_t)(g.bucket - idx->buckets), index_size(idx));
    struct range range = {*at, *at | span};
    size_t n = take_chain(idx, g.bucket, (*at & span) == 0 ? NULL : &range, offsets, max);
    /* A chain that is too long is read in parts.  It would need `max` keys of nearly the same hash. */
    while (UNLIKELY(n > max) && range.last > range.first) {
        range.last = range.first + (range.last - range.first) / 2;
        n = take_chain(idx, g.bucket, &range, offsets, max);
    }
    index_unlock(&g);
    *at = range.last + 1;
    return n < max ? n : max;
}

/* ---- while no thread changes the store ----------------------------------- */

bool
index_walk_each(const struct index *idx, index_walk_visit *each, void *arg)
{
    uint64_t n = index_size(idx);
    for (uint64_t number = 0; number < n; number++) {
        for (struct bucket *b = &idx->buckets[number]; b != NULL;) {
            uint64_t head = atomic_load_explicit(&b->head, memory_order_acquire);
            for (int i = 0; i < BUCKET_SLOTS; i++) {
                uint64_t slot = atomic_load_explicit(&b->slot[i], memory_order_acquire);
                uint64_t offset = slot & SLOT_OFFSET_MASK;
                if (offset != 0 && !each(arg, offset, number))
                    return false;
            }
            b = index_overflow_of(idx, head);
        }
    }
    return true;
}

uint64_t
index_walk_count_overflow(const struct index *idx)
{
    uint64_t n = idx->n_split_removed, size = index_size(idx);
    for (uint64_t number = 0; number < size; number++)
        for (struct bucket *b = &idx->buckets[number]; (b = index_overflow_of(idx, head_at(b))) != NULL;)
            n++;
    return n;
}

uint64_t
index_walk_count_spares(const struct index *idx)
{
    uint64_t n = 0;
    for (uint32_t number = index_spare_first(idx); number != 0; number = index_spare_next(idx, number))
        n++;
    return n;
}

static uint32_t
n_used(const struct bucket *b)
{
    uint32_t n = 0;
    for (int i = 0; i < BUCKET_SLOTS; i++)
        n += slot_at(b, i) != 0;
    return n;
}

bool
index_walk_check(const struct index *idx, char *why, size_t n_why)
{
    uint64_t n = index_size(idx);
    for (uint64_t number = 0; number < n; number++) {
        struct bucket *b = &idx->buckets[number], *next;
        if (head_at(b) & (BUCKET_LOCKED | BUCKET_VERSION_ONE)) {
            snprintf(why, n_why, "bucket %llu is locked or in motion", (unsigned long long)number);
            return false;
        }
        for (; (next = index_overflow_of(idx, head_at(b))) != NULL; b = next) {
            if (n_used(b) != BUCKET_SLOTS || n_used(next) == 0) {
                snprintf(why, n_why, "bucket %llu: overflow behind a hole", (unsigned long long)number);
                return false;
            }
        }
    }
    return true;
}
