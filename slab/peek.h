/*
 * peek: finding a key in the mapped bytes of an arena, and reading its item.
 *
 * Pure functions over the layout (slab/layout.h) alone.  The index uses them, and so can a process
 * that has only a mapping of the arena.  They need no part of the engine, and write nothing.
 *
 *   hash -> bucket number -> slots whose tag matches -> item -> key -> value
 *                              `-> the next overflow bucket
 *
 * peek_bucket_number to peek_bytes_equal are for every reader.  The rest is for a
 * reader outside the engine's epochs.  A chunk that it reads may be reused at any
 * moment, so it trusts no length: it reads each word of an item once and checks it
 * against the item's page, so that it touches nothing outside of the page.  A copy is
 * valid only if slot and sequence number afterwards are the same as before.
 */
#ifndef SLAB_PEEK_H
#define SLAB_PEEK_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "slab/layout.h"

/* ---- the index ----------------------------------------------------------- */

/* The number of a hash's bucket among n_buckets buckets, which are at least 2. */
static inline uint64_t
peek_bucket_number(uint64_t hash, uint64_t n_buckets)
{
    /* The mask covers n_buckets.  A number that does not exist yet maps to the bucket that will be split. */
    uint64_t mask = ~UINT64_C(0) >> __builtin_clzll(n_buckets - 1);
    uint64_t b = hash & mask;
    return b < n_buckets ? b : b & (mask >> 1);
}

/* The bits of a hash that its slot repeats, in their place. */
static inline uint64_t
peek_tag(uint64_t hash)
{
    return hash >> 48 << 48;
}

/* The offset in a slot if its tag matches, else 0. */
static inline uint64_t
peek_slot_match(const struct bucket *b, int i, uint64_t tag)
{
    uint64_t slot = atomic_load_explicit(&b->slot[i], memory_order_acquire) ^ tag;
    return slot <= SLOT_OFFSET_MASK ? slot : 0;
}

/* The number of the overflow bucket after the one with that head word; 0: it is the last. */
static inline uint32_t
peek_next_bucket(uint64_t head)
{
    return (uint32_t)(head >> 32);
}

/*
 * Were slots of the chain moved between these two loads of its first head word?
 * Then a miss proves nothing.
 */
static inline bool
peek_has_moved(uint64_t before, uint64_t after)
{
    return ((before ^ after) & BUCKET_VERSION_MASK) != 0 || (before & BUCKET_VERSION_ONE) != 0;
}

/* Equality of short byte runs without a call; reads nothing beyond either end. */
static inline bool
peek_bytes_equal(const char *a, const char *b, uint32_t n)
{
    uint64_t x, y;
    if (__builtin_expect(n >= 8, 1)) {
        uint32_t i = 0;
        for (; i + 8 < n; i += 8) {
            memcpy(&x, a + i, 8);
            memcpy(&y, b + i, 8);
            if (x != y)
                return false;
        }
        memcpy(&x, a + n - 8, 8);
        memcpy(&y, b + n - 8, 8);
        return x == y;
    }
    uint32_t diff = 0;
    for (uint32_t i = 0; i < n; i++)
        diff |= (uint32_t)(a[i] ^ b[i]);
    return diff == 0;
}

/* ---- for readers outside an epoch ------------------------------------------ */

/* Is this an arena of `size` bytes that this code can read? */
static inline bool
peek_can_read(const void *base, uint64_t size)
{
    const struct superblock *sb = base;
    return size >= LAYOUT_SUPERBLOCK_SIZE && sb->magic == LAYOUT_MAGIC && sb->version == LAYOUT_VERSION &&
           (sb->read_features & ~(uint32_t)LAYOUT_READ_FEATURES) == 0 && sb->arena_size == size;
}

/* The number of buckets; 0 if the stored number is impossible. */
static inline uint64_t
peek_n_buckets(const char *base)
{
    const struct superblock *sb = (const struct superblock *)base;
    uint64_t n = atomic_load_explicit(&sb->n_buckets, memory_order_acquire);
    return n >= 2 && n <= (sb->overflow - sb->buckets) / sizeof(struct bucket) ? n : 0;
}

static inline const struct bucket *
peek_bucket(const char *base, uint64_t number)
{
    const struct superblock *sb = (const struct superblock *)base;
    return (const struct bucket *)(base + sb->buckets) + number;
}

/*
 * The overflow bucket after the one with that head word; NULL: it is the last,
 * or the number is impossible.
 */
static inline const struct bucket *
peek_overflow(const char *base, uint64_t head)
{
    const struct superblock *sb = (const struct superblock *)base;
    uint64_t number = peek_next_bucket(head), n = (sb->dictionaries - sb->overflow) / sizeof(struct bucket);
    return number != 0 && number < n ? (const struct bucket *)(base + sb->overflow) + number : NULL;
}

/* Bytes from `offset` to the end of its page; 0 if no chunk begins there. */
static inline uint64_t
peek_bytes_left(const char *base, uint64_t offset)
{
    const struct superblock *sb = (const struct superblock *)base;
    uint64_t page_size = UINT64_C(1) << sb->page_shift;
    if (offset % 8 != 0 || offset < sb->pages || offset >= sb->arena_size)
        return 0;
    return page_size - ((offset - sb->pages) & (page_size - 1));
}

/* The parts of an item, all of them within its page. */
struct peek_item {
    uint64_t offset;
    uint32_t flags;    /* enum item_flags */
    uint32_t n_stored; /* bytes of the stored value */
    uint32_t n_here;   /* bytes of it in the item's own chunk */
    uint32_t nkey;
    const char *key, *value;
};

/* false: the bytes at `offset` cannot be an item. */
static inline bool
peek_item(const char *base, uint64_t offset, struct peek_item *p)
{
    const struct superblock *sb = (const struct superblock *)base;
    const struct item *it = (const struct item *)(base + offset);
    uint64_t left = peek_bytes_left(base, offset);
    if (left < sizeof *it)
        return false;
    p->offset = offset;
    p->flags = atomic_load_explicit(&it->flags, memory_order_relaxed);
    p->n_stored = __atomic_load_n(&it->vlen, __ATOMIC_RELAXED);
    p->nkey = __atomic_load_n(&it->nkey, __ATOMIC_RELAXED);
    uint64_t head = sizeof *it + item_extra(p->flags, p->n_stored) + p->nkey;
    if (head > left || head > sb->chunk_max)
        return false;
    p->n_here = item_stored_here(p->flags, p->n_stored, p->nkey, sb->chunk_max);
    p->key = base + offset + head - p->nkey;
    p->value = base + offset + head;
    return p->n_here <= left - head && p->n_here <= p->n_stored;
}

static inline bool
peek_key_equals(const struct peek_item *p, const char *key, uint32_t n)
{
    return p->nkey == n && !(p->flags & ITEM_BODY) && peek_bytes_equal(p->key, key, n);
}

/* The bytes of a link of the item, at most `most`; NULL if the chunk is not a link of it. */
static inline const struct link *
peek_link(const char *base, const struct peek_item *p, uint64_t offset, uint32_t most, uint32_t *n)
{
    const struct link *link = (const struct link *)(base + offset);
    uint64_t left = peek_bytes_left(base, offset);
    if (left < sizeof *link ||
        atomic_load_explicit(&link->mark, memory_order_acquire) != link_mark_of(p->offset))
        return NULL;
    *n = __atomic_load_n(&link->n, __ATOMIC_RELAXED);
    if (*n == 0 || *n > left - sizeof *link)
        return NULL;
    *n = *n < most ? *n : most; /* the link may already belong to a longer value: slab/store/extend.h */
    return link;
}

/* Copies the value's n_stored bytes; false: its chain is incomplete. */
static inline bool
peek_copy(const char *base, const struct peek_item *p, char *to)
{
    uint32_t at = p->n_here, n;
    memcpy(to, p->value, p->n_here);
    if (at == p->n_stored)
        return true;
    const struct item *it = (const struct item *)(base + p->offset);
    uint64_t next = __atomic_load_n(
        (const uint64_t *)(it->body + item_fields[p->flags & ITEM_OWN_CAS]), __ATOMIC_RELAXED);
    while (at < p->n_stored) {
        const struct link *link = peek_link(base, p, next, p->n_stored - at, &n);
        if (link == NULL)
            return false;
        memcpy(to + at, link->bytes, n);
        at += n;
        next = atomic_load_explicit(&link->next, memory_order_acquire);
    }
    return true;
}

#endif
