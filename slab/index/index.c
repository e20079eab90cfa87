#include "slab/index/index.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SPINS_BEFORE_YIELD = 128,
    SPLIT_MAX_FIRST = 128, /* entries of a chain, at first: nearly every chain is shorter */
    SPLITS_PER_COUNT = 64, /* at most this many splits by one insert */
};

/* ---- set-up ----------------------------------------------------------- */

static uint64_t
buckets_per_unit(const struct index *idx)
{
    return idx->arena->page_size / sizeof(struct bucket);
}

/* Takes a unit that is set aside for the index, or one from the budget. */
static bool
take_unit(struct index *idx)
{
    int64_t credit = atomic_load_explicit(&idx->credit, memory_order_relaxed);
    while (credit > 0)
        if (atomic_compare_exchange_weak_explicit(
                &idx->credit, &credit, credit - 1, memory_order_relaxed, memory_order_relaxed))
            return true;
    return arena_budget_take(idx->arena);
}

bool
index_has_memory(const struct index *idx)
{
    return atomic_load_explicit(&idx->credit, memory_order_relaxed) > 0 ||
           atomic_load_explicit(&idx->arena->budget, memory_order_relaxed) > 0;
}

static uint64_t
backed(const struct index *idx)
{
    return atomic_load_explicit(&idx->buckets_backed, memory_order_relaxed);
}

uint64_t
index_units(struct index *idx)
{
    lock_take(&idx->spare_lock);
    uint64_t n = (backed(idx) + idx->overflow_backed) / buckets_per_unit(idx);
    lock_give(&idx->spare_lock);
    int64_t credit = atomic_load_explicit(&idx->credit, memory_order_relaxed);
    return n + (credit > 0 ? (uint64_t)credit : 0);
}

uint64_t
index_units_wanted(const struct index *idx)
{
    int64_t items = atomic_load_explicit(&idx->n_items, memory_order_relaxed);
    int64_t credit = atomic_load_explicit(&idx->credit, memory_order_relaxed);
    uint64_t buckets = items > 0 ? (uint64_t)items * 2 / INDEX_LOAD_X2 : 0;
    uint64_t units = atomic_load_explicit(&idx->needs_memory, memory_order_relaxed);
    if (buckets > backed(idx))
        units += (buckets - backed(idx)) / buckets_per_unit(idx);
    return units > (uint64_t)credit ? units - (uint64_t)credit : 0;
}

static void
set_spare_first(struct index *idx, uint32_t number)
{
    lock_must_own(&idx->spare_lock);
    atomic_store_explicit(&idx->sb->overflow_free, number, memory_order_relaxed);
}

static void
set_used(struct index *idx, uint32_t n)
{
    lock_must_own(&idx->spare_lock);
    MUST(n <= idx->overflow_backed);
    atomic_store_explicit(&idx->sb->overflow_used, n, memory_order_relaxed);
}

bool
index_init(struct index *idx, struct arena *arena)
{
    memset(idx, 0, sizeof *idx);
    idx->arena = arena;
    idx->base = arena->base;
    idx->sb = arena_superblock(arena);
    idx->buckets = arena_at(arena, idx->sb->buckets);
    idx->overflow = arena_at(arena, idx->sb->overflow);
    lock_init(&idx->grow_lock, LOCK_GROW);
    lock_init(&idx->spare_lock, LOCK_PAGES);
    if (!arena_budget_take(arena))
        return false;
    atomic_init(&idx->buckets_backed, buckets_per_unit(idx));
    idx->sb->hash_seed = hash_seed;
    idx->overflow_backed = 1; /* number 0 is "none" */
    atomic_store_explicit(&idx->sb->overflow_used, 1, memory_order_relaxed);
    MUST(buckets_per_unit(idx) >= 2); /* peek_bucket_number needs at least 2 */
    atomic_store_explicit(&idx->sb->n_buckets, buckets_per_unit(idx), memory_order_release);
    return true;
}

void
index_fini(struct index *idx)
{
    lock_fini(&idx->grow_lock);
    lock_fini(&idx->spare_lock);
    free(idx->split_slots);
    free(idx->split_removed);
}

/* ---- finding ---------------------------------------------------------- */

static struct item *
find_in_chain(const struct index *idx, const struct bucket *b, uint64_t head, const struct store_key *key)
{
    uint64_t tag = peek_tag(key->hash);
    for (;;) {
        for (int i = 0; i < BUCKET_SLOTS; i++) {
            uint64_t offset = peek_slot_match(b, i, tag);
            if (offset == 0)
                continue;
            struct item *it = item_at(idx->base, offset);
            if (item_has_key(it, key))
                return it;
        }
        b = index_overflow_of(idx, head);
        if (b == NULL)
            return NULL;
        head = atomic_load_explicit(&b->head, memory_order_acquire);
    }
}

struct item *
index_find_slow(const struct index *idx, const struct store_key *key)
{
    for (int spins = 0;; spins++) {
        uint64_t number = peek_bucket_number(key->hash, index_size(idx));
        struct bucket *b = &idx->buckets[number];
        uint64_t before = atomic_load_explicit(&b->head, memory_order_acquire);
        struct item *it = find_in_chain(idx, b, before, key);
        if (it != NULL)
            return it;
        /* The slots were loaded with acquire, so this load comes after them. */
        uint64_t after = atomic_load_explicit(&b->head, memory_order_acquire);
        if (!peek_has_moved(before, after) && peek_bucket_number(key->hash, index_size(idx)) == number)
            return NULL;
        if (spins > SPINS_BEFORE_YIELD)
            sched_yield();
    }
}

struct item *
index_find_hash(const struct index *idx, uint64_t hash, uint64_t mask)
{
    const struct bucket *b = index_bucket(idx, hash);
    while (b != NULL) {
        for (int i = 0; i < BUCKET_SLOTS; i++) {
            uint64_t offset = peek_slot_match(b, i, peek_tag(hash));
            struct item *it = offset == 0 ? NULL : item_at(idx->base, offset);
            if (it != NULL && !item_is_body(it) && ((hash_key(item_key(it), it->nkey) ^ hash) & mask) == 0)
                return it;
        }
        b = index_overflow_of(idx, atomic_load_explicit(&b->head, memory_order_acquire));
    }
    return NULL;
}

/* ---- a bucket under its lock ------------------------------------------ */

#ifdef LARDER_CHECKS
static _Thread_local const struct bucket *held; /* at most one: LOCK_BUCKET is a rank */

void
index_note_held(const struct bucket *b)
{
    MUST(held == NULL || b == NULL);
    held = b;
}

void
index_bucket_must_be_held(const struct bucket *b)
{
    MUST(held != NULL && held == b);
    MUST(atomic_load_explicit(&b->head, memory_order_relaxed) & BUCKET_LOCKED);
}

void
index_guard_must_hold(const struct index_guard *g)
{
    index_bucket_must_be_held(g->bucket);
}

void
index_must_hold(const struct index *idx, uint64_t hash)
{
    index_bucket_must_be_held(index_bucket(idx, hash));
}

void
index_must_hold_item(const struct index *idx, const struct item *it)
{
    index_must_hold(idx, hash_key(item_key(it), it->nkey));
}
#endif

void
index_lock_contended(struct bucket *b)
{
    for (int spins = 0;; spins++) {
        uint64_t head = atomic_load_explicit(&b->head, memory_order_relaxed);
        if (!(head & BUCKET_LOCKED) && atomic_compare_exchange_weak_explicit(&b->head, &head,
                                           head | BUCKET_LOCKED, memory_order_acquire, memory_order_relaxed))
            return;
        if (spins > SPINS_BEFORE_YIELD)
            sched_yield();
    }
}

/* Fields of the head word; the lock is held, so plain reads and writes are enough. */
static uint64_t
head_of(struct bucket *b)
{
    return atomic_load_explicit(&b->head, memory_order_relaxed);
}

static void
set_overflow(struct bucket *b, uint32_t number)
{
    uint64_t low = head_of(b) & ((UINT64_C(1) << 32) - 1);
    atomic_store_explicit(&b->head, (uint64_t)number << 32 | low, memory_order_release);
}

/*
 * Called before the first slot moves and after the last: readers ignore a miss
 * between these moments, or across them.
 */
static void
bump_version(struct bucket *b)
{
    index_bucket_must_be_held(b);
    uint64_t head = head_of(b);
    uint64_t version = (head + BUCKET_VERSION_ONE) & BUCKET_VERSION_MASK;
    atomic_store_explicit(&b->head, (head & ~BUCKET_VERSION_MASK) | version, memory_order_release);
}

static uint64_t
slot_of(struct bucket *b, int i)
{
    return atomic_load_explicit(&b->slot[i], memory_order_relaxed);
}

static void
set_slot(struct bucket *b, int i, uint64_t slot)
{
    atomic_store_explicit(&b->slot[i], slot, memory_order_release);
}

_Atomic uint64_t *
index_locked_find_behind(struct index *idx, struct bucket *b, const struct store_key *key)
{
    index_bucket_must_be_held(b);
    while ((b = index_overflow_of(idx, head_of(b))) != NULL) {
        _Atomic uint64_t *slot = index_locked_find_in(idx, b, key);
        if (slot != NULL)
            return slot;
    }
    return NULL;
}

_Atomic uint64_t *
index_locked_find_offset(struct index *idx, struct index_guard *g, uint64_t hash, uint64_t offset)
{
    index_guard_must_hold(g);
    index_must_hold(idx, hash);
    uint64_t slot = peek_tag(hash) | offset;
    for (struct bucket *b = g->bucket; b != NULL; b = index_overflow_of(idx, head_of(b)))
        for (int i = 0; i < BUCKET_SLOTS; i++)
            if (slot_of(b, i) == slot)
                return &b->slot[i];
    return NULL;
}

/* Appends an empty spare bucket after the last bucket of a chain. */
static struct bucket *
attach_spare(struct index *idx, struct bucket *last, struct index_spares *spares)
{
    MUST(spares->n > 0 && spares->n <= INDEX_SPARES);
    uint32_t number = spares->spare[--spares->n];
    struct bucket *b = &idx->overflow[number];
    atomic_store_explicit(&b->head, 0, memory_order_relaxed);
    for (int i = 0; i < BUCKET_SLOTS; i++)
        atomic_store_explicit(&b->slot[i], 0, memory_order_relaxed);
    set_overflow(last, number); /* releases the stores above */
    return b;
}

_Atomic uint64_t *
index_locked_free_slot(struct index *idx, struct index_guard *g, struct index_spares *spares)
{
    index_guard_must_hold(g);
    struct bucket *last = NULL;
    for (struct bucket *b = g->bucket; b != NULL; b = index_overflow_of(idx, head_of(b))) {
        for (int i = 0; i < BUCKET_SLOTS; i++)
            if (slot_of(b, i) == 0)
                return &b->slot[i];
        last = b;
    }
    return spares->n > 0 ? &attach_spare(idx, last, spares)->slot[0] : NULL;
}

/* Unlinks `last`, which is empty, from `before`; readers may still read it. */
static void
detach(struct index *idx, struct bucket *before, struct bucket *last, struct index_spares *spares)
{
    uint32_t number = (uint32_t)(last - idx->overflow);
    CHECKED_MUST(number != 0 && number < index_overflow_used(idx));
    set_overflow(before, 0);
    if (LIKELY(spares->n_removed < INDEX_SPARES)) {
        spares->removed[spares->n_removed++] = number;
        return;
    }
    lock_must_own(&idx->grow_lock); /* only a split removes more, and it has allocated this list */
    MUST(idx->n_split_removed < idx->split_max);
    idx->split_removed[idx->n_split_removed++] = number;
}

void
index_locked_remove(
    struct index *idx, struct index_guard *g, _Atomic uint64_t *slot, struct index_spares *spares)
{
    index_guard_must_hold(g);
    CHECKED_MUST(atomic_load_explicit(slot, memory_order_relaxed) != 0);
    struct bucket *before = NULL, *last = g->bucket, *next;
    while ((next = index_overflow_of(idx, head_of(last))) != NULL) {
        before = last;
        last = next;
    }
    if (LIKELY(before == NULL)) {
        atomic_store_explicit(slot, 0, memory_order_release);
        return;
    }
    /* Fills the hole with the chain's last entry, so that overflow follows only full buckets. */
    int i = BUCKET_SLOTS - 1;
    while (slot_of(last, i) == 0)
        i--;
    CHECKED_MUST(i >= 0);
    if (&last->slot[i] != slot) {
        bump_version(g->bucket);
        atomic_store_explicit(slot, slot_of(last, i), memory_order_release);
        set_slot(last, i, 0);
        bump_version(g->bucket);
    } else {
        set_slot(last, i, 0);
    }
    if (i == 0)
        detach(idx, before, last, spares);
}

/* ---- overflow buckets ------------------------------------------------- */

/* A bucket from the free list, or one never used, which may need a unit of the budget; 0 if none. */
static uint32_t
take_overflow_locked(struct index *idx)
{
    lock_must_own(&idx->spare_lock);
    uint32_t number = index_spare_first(idx), used = index_overflow_used(idx);
    if (number != 0) {
        set_spare_first(idx, index_spare_next(idx, number));
        return number;
    }
    if (used == idx->overflow_backed) {
        uint64_t most = idx->arena->overflow_size / sizeof(struct bucket);
        uint64_t had = idx->overflow_backed == 1 ? 0 : idx->overflow_backed;
        if (had + buckets_per_unit(idx) > most || !take_unit(idx))
            return 0;
        idx->overflow_backed = (uint32_t)(had + buckets_per_unit(idx));
    }
    set_used(idx, used + 1);
    return used;
}

bool
index_refill_spares(struct index *idx, struct index_spares *spares)
{
    MUST(spares->n <= INDEX_SPARES);
    lock_take(&idx->spare_lock);
    while (spares->n < INDEX_SPARES / 2) {
        uint32_t number = take_overflow_locked(idx);
        if (number == 0)
            break;
        atomic_fetch_add_explicit(&idx->n_overflow, 1, memory_order_relaxed);
        spares->spare[spares->n++] = number;
    }
    lock_give(&idx->spare_lock);
    if (spares->n == 0)
        atomic_store_explicit(&idx->needs_memory, true, memory_order_relaxed);
    return spares->n > 0;
}

void
index_give_spare(struct index *idx, uint32_t number)
{
    MUST(number != 0 && number < index_overflow_used(idx));
    lock_take(&idx->spare_lock);
    atomic_store_explicit(
        &idx->overflow[number].head, (uint64_t)index_spare_first(idx) << 32, memory_order_relaxed);
    set_spare_first(idx, number);
    lock_give(&idx->spare_lock);
    atomic_fetch_sub_explicit(&idx->n_overflow, 1, memory_order_relaxed);
}

/* ---- growing ---------------------------------------------------------- */

/* The entries of a locked chain; false if there are more than `max`. */
static bool
collect(struct index *idx, struct bucket *b, uint64_t *slots, size_t max, size_t *n)
{
    *n = 0;
    for (; b != NULL; b = index_overflow_of(idx, head_of(b))) {
        for (int i = 0; i < BUCKET_SLOTS; i++) {
            uint64_t slot = slot_of(b, i);
            if (slot == 0)
                continue;
            if (*n == max)
                return false;
            slots[(*n)++] = slot;
        }
    }
    return true;
}

/*
 * Writes entries into a chain that is long enough for them, and removes overflow
 * buckets that are no longer needed.
 */
static void
rewrite(struct index *idx, struct bucket *b, const uint64_t *slots, size_t n, struct index_spares *spares)
{
    for (size_t at = 0;;) {
        for (int i = 0; i < BUCKET_SLOTS; i++)
            set_slot(b, i, at < n ? slots[at++] : 0);
        struct bucket *next = index_overflow_of(idx, head_of(b));
        if (at < n) {
            b = next;
            continue;
        }
        for (struct bucket *before = b; next != NULL; next = index_overflow_of(idx, head_of(next))) {
            detach(idx, before, next, spares);
            before = next;
        }
        return;
    }
}

/*
 * Writes entries into a bucket that no other thread can find yet.  Long chains
 * are rare: for them more spares are fetched while the old bucket is locked.
 * false, and the bucket is empty again, if memory ran out.
 */
static bool
write_new(struct index *idx, struct bucket *b, const uint64_t *slots, size_t n, struct index_spares *spares)
{
    lock_must_own(&idx->grow_lock);
    struct bucket *first = b, *next;
    for (size_t at = 0;;) {
        for (int i = 0; i < BUCKET_SLOTS; i++)
            set_slot(b, i, at < n ? slots[at++] : 0);
        if (at == n)
            return true;
        if (spares->n == 0 && !index_refill_spares(idx, spares))
            break;
        b = attach_spare(idx, b, spares);
    }
    for (b = index_overflow_of(idx, head_of(first)); b != NULL; b = next) {
        next = index_overflow_of(idx, head_of(b));
        index_give_spare(idx, (uint32_t)(b - idx->overflow));
    }
    return false;
}

/*
 * Divides the entries into those that stay with the old bucket, which come
 * first, and those of the new one.  Returns how many stay.
 */
static size_t
partition(struct index *idx, uint64_t *slots, size_t n, uint64_t number, uint64_t n_buckets)
{
    CHECKED_MUST(number < n_buckets - 1);
    size_t n_stay = 0;
    for (size_t i = 0; i < n; i++)
        __builtin_prefetch(idx->base + (slots[i] & SLOT_OFFSET_MASK));
    for (size_t i = 0; i < n; i++) {
        struct item *it = item_at(idx->base, slots[i] & SLOT_OFFSET_MASK);
        uint64_t hash = hash_key(item_key(it), it->nkey), slot = slots[i];
        CHECKED_MUST(peek_bucket_number(hash, n_buckets - 1) == number);
        if (peek_bucket_number(hash, n_buckets) != number)
            continue;
        slots[i] = slots[n_stay];
        slots[n_stay++] = slot;
    }
    return n_stay;
}

/* Makes sure that bucket `n` has memory. */
static bool
back_bucket(struct index *idx, uint64_t n)
{
    lock_must_own(&idx->grow_lock);
    if (n < backed(idx))
        return true;
    if ((backed(idx) + buckets_per_unit(idx)) * sizeof(struct bucket) > idx->arena->buckets_size)
        return false;
    if (!take_unit(idx)) {
        atomic_store_explicit(&idx->needs_memory, true, memory_order_relaxed);
        return false;
    }
    atomic_store_explicit(&idx->buckets_backed, backed(idx) + buckets_per_unit(idx), memory_order_relaxed);
    return true;
}

/* Allocates space for a chain of n entries, and for the overflow buckets that may be removed from it. */
static bool
grow_split_lists(struct index *idx, size_t n)
{
    lock_must_own(&idx->grow_lock);
    if (n <= idx->split_max)
        return true;
    uint64_t *slots = realloc(idx->split_slots, n * sizeof *slots);
    if (slots != NULL)
        idx->split_slots = slots;
    uint32_t *removed = realloc(idx->split_removed, n * sizeof *removed);
    if (removed != NULL)
        idx->split_removed = removed;
    if (slots == NULL || removed == NULL)
        return false;
    idx->split_max = n;
    return true;
}

/* Locks a bucket and copies its chain's entries, however many; false, and not locked, when out of memory. */
static bool
lock_and_collect(struct index *idx, struct bucket *from, size_t *n)
{
    lock_must_own(&idx->grow_lock);
    for (size_t max = SPLIT_MAX_FIRST;; max = idx->split_max * 2) {
        if (!grow_split_lists(idx, max))
            return false;
        index_lock_bucket(from);
        if (LIKELY(collect(idx, from, idx->split_slots, idx->split_max, n)))
            return true;
        index_unlock_bucket(from);
    }
}

/* Splits the next bucket.  false: not now. */
static bool
split_one(struct index *idx, struct index_spares *spares)
{
    lock_must_own(&idx->grow_lock);
    uint64_t n = index_size(idx);
    size_t n_slots;
    if (idx->n_split_removed > 0 || !back_bucket(idx, n))
        return false;
    if (spares->n < INDEX_SPARES / 2 && !index_refill_spares(idx, spares))
        return false;
    uint64_t number = n - (UINT64_C(1) << (63 - __builtin_clzll(n)));
    MUST(number < n && n < backed(idx));
    struct bucket *from = &idx->buckets[number], *to = &idx->buckets[n];
    if (!lock_and_collect(idx, from, &n_slots))
        return false;
    uint64_t *slots = idx->split_slots;
    size_t n_stay = partition(idx, slots, n_slots, number, n + 1);
    /* The new bucket starts locked: no other thread may change it before the old one is unlocked. */
    atomic_store_explicit(&to->head, BUCKET_LOCKED, memory_order_relaxed);
    bool written = write_new(idx, to, slots + n_stay, n_slots - n_stay, spares);
    if (LIKELY(written)) {
        atomic_store_explicit(&idx->sb->n_buckets, n + 1, memory_order_release);
        bump_version(from);
        rewrite(idx, from, slots, n_stay, spares);
        bump_version(from);
        atomic_fetch_and_explicit(&to->head, ~BUCKET_LOCKED, memory_order_release);
    }
    index_unlock_bucket(from);
    return written;
}

bool
index_take_removed(struct index *idx, struct index_spares *spares)
{
    MUST(spares->n_removed == 0);
    lock_take(&idx->grow_lock);
    while (idx->n_split_removed > 0 && spares->n_removed < INDEX_SPARES)
        spares->removed[spares->n_removed++] = idx->split_removed[--idx->n_split_removed];
    lock_give(&idx->grow_lock);
    return spares->n_removed > 0;
}

static bool
is_due(const struct index *idx)
{
    int64_t items = atomic_load_explicit(&idx->n_items, memory_order_relaxed);
    return items > 0 && (uint64_t)items * 2 > index_size(idx) * INDEX_LOAD_X2;
}

void
index_count(struct index *idx, int64_t n, struct index_spares *spares)
{
    MUST(spares->n_removed <= INDEX_SPARES);
    atomic_fetch_add_explicit(&idx->n_items, n, memory_order_relaxed);
    if (!is_due(idx) || !lock_try_take(&idx->grow_lock))
        return;
    for (int i = 0; i < SPLITS_PER_COUNT && spares->n_removed < INDEX_SPARES / 2 && is_due(idx); i++)
        if (!split_one(idx, spares))
            break;
    lock_give(&idx->grow_lock);
}
