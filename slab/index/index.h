/*
 * index: from a key's hash to its item.
 *
 * Buckets of one cache line, seven slots of 16-bit tag and 48-bit offset, grown by
 * linear hashing: one bucket is split at a time as items arrive, so there is no
 * pause and no second table (Litwin, "Linear hashing", VLDB 1980).
 *
 * A reader takes no lock: it loads slots, and a match is valid, because items are immutable and are
 * not reused while it is in its epoch.  A miss is valid only if the bucket's version is even and
 * unchanged and the table still maps the hash to it.  Versions count moves of slots (a split, or an
 * overflow bucket that is folded back).  Inserts and removals need no version.
 *
 * A writer takes the bucket's lock bit for a few instructions and allocates
 * nothing under it: overflow buckets come from the caller's spares.
 *
 * Locks:   LOCK_GROW for one splitter at a time, then the bucket (LOCK_BUCKET).
 */
#ifndef SLAB_INDEX_INDEX_H
#define SLAB_INDEX_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/lock.h"
#include "slab/mem/arena.h"
#include "slab/index/item.h"
#include "slab/peek.h"

struct index {
    char *base; /* the arena's */
    struct superblock *sb;
    struct bucket *buckets;
    struct bucket *overflow; /* numbered from 1 */
    struct arena *arena;
    struct lock grow_lock; /* one splitter */
    /* buckets that the budget has paid for; stored under grow_lock, relaxed */
    _Atomic uint64_t buckets_backed;
    uint64_t *split_slots; /* [grow_lock] buffer for the entries of a chain that is being split */
    size_t split_max;      /* [grow_lock] how many fit */
    uint32_t
        *split_removed; /* [grow_lock] overflow buckets taken out of chains, when a thread's list was full */
    uint32_t n_split_removed; /* [grow_lock] */
    struct lock
        spare_lock; /* the free list of overflow buckets: in the superblock, and through the head words */
    /* [spare_lock] overflow buckets that the budget has paid for, including number 0 */
    uint32_t overflow_backed;
    _Atomic uint64_t n_overflow; /* in chains or with a thread; relaxed */
    _Atomic int64_t n_items;     /* linked items, a few late: threads add theirs in batches; relaxed */
    _Atomic int64_t credit;      /* units of memory that are set aside for the index; relaxed */
    _Atomic bool needs_memory;   /* the index must grow but the budget is spent; relaxed, read by the mover */
};

/*
 * Twice the average number of items per bucket at which it splits: a trade of
 * memory for second cache lines (ARCHITECTURE.md, "The index").
 */
enum { INDEX_LOAD_X2 = 12 };

/* A thread's overflow buckets: those that it may add to a chain, and those that it took out of one. */
enum { INDEX_SPARES = 32 };
struct index_spares {
    uint32_t n, n_removed;
    uint32_t spare[INDEX_SPARES];
    uint32_t removed[INDEX_SPARES]; /* readers may still read them: the caller must retire them */
};

MUST_USE bool index_init(struct index *, struct arena *);
void index_fini(struct index *);

static inline uint64_t
index_size(const struct index *idx)
{
    return atomic_load_explicit(&idx->sb->n_buckets, memory_order_acquire);
}

static inline struct bucket *
index_bucket(const struct index *idx, uint64_t hash)
{
    return &idx->buckets[peek_bucket_number(hash, index_size(idx))];
}

/* Overflow buckets below this number were ever used.  A number that was read from a chain is below it. */
static inline uint32_t
index_overflow_used(const struct index *idx)
{
    return atomic_load_explicit(&idx->sb->overflow_used, memory_order_relaxed);
}

static inline struct bucket *
index_overflow_of(const struct index *idx, uint64_t head)
{
    uint32_t number = peek_next_bucket(head);
    CHECKED_MUST(number < index_overflow_used(idx));
    return number == 0 ? NULL : &idx->overflow[number];
}

/* Not inlined: a miss, or a bucket with overflow. */
struct item *index_find_slow(const struct index *, const struct store_key *);

/* The item, or NULL.  Inside an epoch. */
static inline struct item *
index_find(const struct index *idx, const struct store_key *key)
{
    const struct bucket *b = index_bucket(idx, key->hash);
    uint64_t tag = peek_tag(key->hash);
    for (int i = 0; i < BUCKET_SLOTS; i++) {
        uint64_t offset = peek_slot_match(b, i, tag);
        if (offset != 0) {
            struct item *it = item_at(idx->base, offset);
            if (LIKELY(item_has_key(it, key)))
                return it;
        }
    }
    return index_find_slow(idx, key);
}

/*
 * An item, and no body, whose key's hash has the bits of `hash` that are in `mask`, which covers those of
 * the bucket and the tag.  NULL proves nothing: its slot may just have moved.  Inside an epoch.
 */
struct item *index_find_hash(const struct index *, uint64_t hash, uint64_t mask);

/* ---- writing ---------------------------------------------------------- */

/* A locked bucket.  The caller does little between lock and unlock. */
struct index_guard {
    struct bucket *bucket;
};

#ifdef LARDER_CHECKS
/* The calling thread must have locked this bucket; the guard's; the hash's; that of the item's key. */
void index_bucket_must_be_held(const struct bucket *);
void index_guard_must_hold(const struct index_guard *);
void index_must_hold(const struct index *, uint64_t hash);
void index_must_hold_item(const struct index *, const struct item *);
void index_note_held(const struct bucket *); /* NULL: no bucket is held any more */
#else
static inline void
index_bucket_must_be_held(const struct bucket *b)
{
    (void)b;
}
static inline void
index_guard_must_hold(const struct index_guard *g)
{
    (void)g;
}
static inline void
index_must_hold(const struct index *idx, uint64_t hash)
{
    (void)idx;
    (void)hash;
}
static inline void
index_must_hold_item(const struct index *idx, const struct item *it)
{
    (void)idx;
    (void)it;
}
static inline void
index_note_held(const struct bucket *b)
{
    (void)b;
}
#endif

/* Not inlined: another thread has locked the bucket. */
void index_lock_contended(struct bucket *);

static inline void
index_lock_bucket(struct bucket *b)
{
    lock_rank_enter(LOCK_BUCKET);
    uint64_t head = atomic_load_explicit(&b->head, memory_order_relaxed);
    if (UNLIKELY(
            (head & BUCKET_LOCKED) || !atomic_compare_exchange_strong_explicit(&b->head, &head,
                                          head | BUCKET_LOCKED, memory_order_acquire, memory_order_relaxed)))
        index_lock_contended(b);
    index_note_held(b);
}

static inline void
index_unlock_bucket(struct bucket *b)
{
    uint64_t head = atomic_load_explicit(&b->head, memory_order_relaxed);
    CHECKED_MUST(head & BUCKET_LOCKED);
    index_bucket_must_be_held(b);
    index_note_held(NULL);
    atomic_store_explicit(&b->head, head & ~BUCKET_LOCKED, memory_order_release);
    lock_rank_leave(LOCK_BUCKET);
}

static inline void
index_lock(struct index *idx, uint64_t hash, struct index_guard *g)
{
    for (;;) {
        uint64_t size = index_size(idx);
        g->bucket = &idx->buckets[peek_bucket_number(hash, size)];
        index_lock_bucket(g->bucket);
        /* A split may have moved the hash elsewhere during the wait; it cannot any more. */
        if (LIKELY(index_size(idx) == size) || index_bucket(idx, hash) == g->bucket)
            return;
        index_unlock_bucket(g->bucket);
    }
}

static inline void
index_unlock(struct index_guard *g)
{
    index_unlock_bucket(g->bucket);
    g->bucket = NULL;
}

/* In one bucket of a locked chain. */
static inline _Atomic uint64_t *
index_locked_find_in(struct index *idx, struct bucket *b, const struct store_key *key)
{
    uint64_t tag = peek_tag(key->hash);
    for (int i = 0; i < BUCKET_SLOTS; i++) {
        uint64_t offset = peek_slot_match(b, i, tag);
        if (offset != 0 && LIKELY(item_has_key(item_at(idx->base, offset), key)))
            return &b->slot[i];
    }
    return NULL;
}

_Atomic uint64_t *index_locked_find_behind(struct index *, struct bucket *, const struct store_key *);

/* The slot of a key, or of an item known by its offset; NULL if it has none. */
static inline _Atomic uint64_t *
index_locked_find(struct index *idx, struct index_guard *g, const struct store_key *key)
{
    index_guard_must_hold(g);
    _Atomic uint64_t *slot = index_locked_find_in(idx, g->bucket, key);
    return LIKELY(slot != NULL) ? slot : index_locked_find_behind(idx, g->bucket, key);
}

_Atomic uint64_t *index_locked_find_offset(
    struct index *, struct index_guard *, uint64_t hash, uint64_t offset);

/* Makes a slot refer to another item of the same key. */
static inline void
index_locked_swing(_Atomic uint64_t *slot, uint64_t hash, uint64_t offset)
{
    CHECKED_MUST(offset != 0 && offset <= SLOT_OFFSET_MASK);
    atomic_store_explicit(slot, peek_tag(hash) | offset, memory_order_release);
}

/*
 * An empty slot for a new item, for the caller to fill; appends a spare bucket
 * if necessary, NULL if there is none.
 */
_Atomic uint64_t *index_locked_free_slot(struct index *, struct index_guard *, struct index_spares *);

/* Empties a slot, and keeps the chain dense, which may move an overflow bucket to spares->removed. */
void index_locked_remove(struct index *, struct index_guard *, _Atomic uint64_t *slot, struct index_spares *);

/*
 * The free list of overflow buckets, by their numbers; 0 ends it.  Under
 * spare_lock, or while no thread changes the store.
 */
static inline uint32_t
index_spare_first(const struct index *idx)
{
    return atomic_load_explicit(&idx->sb->overflow_free, memory_order_relaxed);
}

static inline uint32_t
index_spare_next(const struct index *idx, uint32_t number)
{
    CHECKED_MUST(number != 0);
    return peek_next_bucket(atomic_load_explicit(&idx->overflow[number].head, memory_order_relaxed));
}

/*
 * Moves overflow buckets that wait to be retired into spares->removed, which
 * must be empty; false if there are none.
 */
MUST_USE bool index_take_removed(struct index *, struct index_spares *);

/* Units of memory that the index has, including those set aside: it never returns them. */
uint64_t index_units(struct index *);

/* Could the index take a unit of memory now? */
bool index_has_memory(const struct index *);

/* Units of memory that the index needs and does not have, by the mover's count. */
uint64_t index_units_wanted(const struct index *);

/* Refills a thread's spares to half; false if it got none and has none: the memory is spent. */
MUST_USE bool index_refill_spares(struct index *, struct index_spares *);
void index_give_spare(struct index *, uint32_t bucket);

/*
 * Reports to the index that `n` items were linked (negative: unlinked), and
 * splits buckets that are due.  Outside all locks, inside an epoch.  If another
 * thread is splitting, that thread splits them.
 */
void index_count(struct index *, int64_t n, struct index_spares *);

#endif
