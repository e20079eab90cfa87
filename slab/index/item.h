/*
 * item: the positions of the parts of an item, and the small facts about it.
 *
 * Pure functions over the layout (slab/layout.h).  An item's shape (which
 * optional fields it has, and whether its value is chained) is fixed when it is
 * written.  Only these functions compute from it.
 */
#ifndef SLAB_INDEX_ITEM_H
#define SLAB_INDEX_ITEM_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/must.h"
#include "base/clock.h"
#include "slab/layout.h"
#include "slab/peek.h"
#include "slab/store.h"

enum {
    ITEM_HEAT_MAX = 7, /* the sweep does not distinguish more accesses than this */
    ITEM_SHAPE = ITEM_CLIENT_FLAGS | ITEM_OWN_CAS | ITEM_CHAINED | ITEM_KEY_BINARY | ITEM_FORM | ITEM_BODY,
    /* the status that an item keeps when its value is written anew */
    ITEM_KEPT = ITEM_STALE | ITEM_TOKEN_SENT | ITEM_FETCHED | ITEM_PINNED,
};
static_assert((ITEM_SHAPE & (ITEM_KEPT | ITEM_VAIN | ITEM_REMOTE_READS)) == 0 &&
                  (ITEM_KEPT & (ITEM_VAIN | ITEM_REMOTE_READS)) == 0,
    "a bit is of the shape, kept, or neither");
static_assert(ITEM_HEAT_MAX <= UINT8_MAX, "heat has eight bits");
static_assert(STORE_KEY_MAX <= UINT8_MAX, "a key's length has eight bits");

static inline uint32_t
item_flags(const struct item *it)
{
    return atomic_load_explicit(&it->flags, memory_order_relaxed);
}

static inline uint64_t
item_seq(const struct item *it)
{
    return atomic_load_explicit(&it->seq, memory_order_acquire);
}

/* The item whose chunk begins at `offset` of the arena that begins at `base`, and the inverse. */
static inline struct item *
item_at(const char *base, uint64_t offset)
{
    CHECKED_MUST(peek_bytes_left(base, offset) >= sizeof(struct item));
    return (struct item *)(base + offset);
}

static inline uint64_t
item_offset(const char *base, const struct item *it)
{
    return (uint64_t)((const char *)it - base);
}

/*
 * A value has two lengths: the bytes that it takes in the arena, and those that clients
 * see (item_n_value).  The first determines places, chunks and accounting, the second
 * every answer.  They are equal for a plain value, which is stored as the client sent it.
 */
static inline uint32_t
item_n_stored(const struct item *it)
{
    return it->vlen;
}

/* Header, extras, key and value, as if in one piece: the memory that the item takes. */
static inline uint64_t
item_size(const struct item *it)
{
    return sizeof *it + item_extra(item_flags(it), item_n_stored(it)) + it->nkey +
           (uint64_t)item_n_stored(it);
}

static inline uint64_t *
item_own_cas(struct item *it)
{
    CHECKED_MUST(item_flags(it) & ITEM_OWN_CAS);
    return (uint64_t *)it->body;
}

/* The CAS number that clients see: their own, or the sequence number that the item has, or had. */
static inline uint64_t
item_cas(struct item *it, uint64_t seq)
{
    return (item_flags(it) & ITEM_OWN_CAS) ? *item_own_cas(it) : seq;
}

static inline uint64_t *
item_next(const struct item *it)
{
    CHECKED_MUST(item_flags(it) & ITEM_CHAINED);
    return (uint64_t *)(it->body + item_fields[item_flags(it) & ITEM_OWN_CAS]);
}

static inline uint32_t *
item_client_flags_at(const struct item *it)
{
    CHECKED_MUST(item_flags(it) & ITEM_CLIENT_FLAGS);
    return (uint32_t *)(it->body + item_fields[item_flags(it) & (ITEM_OWN_CAS | ITEM_CHAINED)]);
}

static inline uint32_t
item_client_flags(const struct item *it)
{
    return (item_flags(it) & ITEM_CLIENT_FLAGS) ? *item_client_flags_at(it) : 0;
}

static_assert((int)LAYOUT_HOLDS_FROM == (int)STORE_HOLD_MIN, "an item that may be held has a count");

/* Has it a count of the senders of the item's own chunk? */
static inline bool
item_has_holds(const struct item *it)
{
    return item_n_stored(it) >= LAYOUT_HOLDS_FROM;
}

/* That count, of an item that has one. */
static inline _Atomic uint32_t *
item_holds(const struct item *it)
{
    CHECKED_MUST(item_has_holds(it));
    return (_Atomic uint32_t *)(it->body + item_fields[item_flags(it) & 7]);
}

static inline char *
item_key(const struct item *it)
{
    return (char *)it->body + item_extra(item_flags(it), item_n_stored(it));
}

static inline char *
item_value(const struct item *it)
{
    return item_key(it) + it->nkey;
}

/*
 * The parts of a packed value.  The mover has decompressed it once, so that they are known to be right.  The
 * bytes of a chained one continue in the links: slab/form/value.h.
 */
static inline struct packed_value
item_packed(const struct item *it)
{
    struct packed_value v;
    bool good = packed_read((const unsigned char *)item_value(it), item_n_stored(it), &v);
    CHECKED_MUST((item_flags(it) & ITEM_FORM) == ITEM_PACKED);
    MUST(good);
    return v;
}

static inline bool
item_is_shared(const struct item *it)
{
    return (item_flags(it) & ITEM_FORM) == ITEM_SHARED;
}

/* The parts of a shared value. */
static inline struct shared_value
item_shared(const struct item *it)
{
    CHECKED_MUST(item_is_shared(it) && item_n_stored(it) == SHARED_BYTES);
    return shared_read(item_value(it));
}

static inline bool
item_is_body(const struct item *it)
{
    return item_flags(it) & ITEM_BODY;
}

/* The number of referers of a body: changed under its bucket's lock, relaxed. */
static inline _Atomic uint32_t *
item_referers(const struct item *it)
{
    CHECKED_MUST(item_is_body(it));
    return (_Atomic uint32_t *)item_client_flags_at(it);
}

/* The length as clients see it. */
static inline uint32_t
item_n_value(const struct item *it)
{
    if (LIKELY(!(item_flags(it) & ITEM_FORM)))
        return item_n_stored(it);
    return item_is_shared(it) ? item_shared(it).n_value : item_packed(it).n_value;
}

/* The memory that the item would take if its value were plain: the size that clients see. */
static inline uint64_t
item_client_size(const struct item *it, uint32_t chunk_max)
{
    uint32_t n = item_n_value(it), flags = item_flags(it) & ~(uint32_t)ITEM_CHAINED;
    uint64_t size = sizeof *it + item_extra(flags, n) + it->nkey + (uint64_t)n;
    return size <= chunk_max ? size : size - item_extra(flags, n) + item_extra(flags | ITEM_CHAINED, n);
}

/* Value bytes in the item's own chunk: all of them, unless it is chained. */
static inline uint32_t
item_value_here(const struct item *it, uint32_t chunk_max)
{
    return item_stored_here(item_flags(it), item_n_stored(it), it->nkey, chunk_max);
}

/*
 * The length of a body's key, in a store_key, has this bit too.  So the key of a body is never equal to
 * that of a client, and one comparison serves both.
 */
enum { ITEM_KEY_OF_BODY = ITEM_BODY << 16 };
static_assert((int)ITEM_KEY_OF_BODY > (int)STORE_KEY_MAX, "no client's key has this bit in its length");

/* The length of the key, as a store_key has it.  One load and one mask, since every get does this. */
static inline uint32_t
item_key_length(const struct item *it)
{
    uint32_t word = atomic_load_explicit(&it->nkey_and_flags, memory_order_relaxed);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return word & (UINT8_MAX | ITEM_KEY_OF_BODY);
#else
    return word >> 24 | (word & ITEM_BODY) << 16;
#endif
}

static inline bool
item_has_key(const struct item *it, const struct store_key *key)
{
    return item_key_length(it) == key->n && peek_bytes_equal(item_key(it), key->p, key->n & UINT8_MAX);
}

/* As clock_expiry_s makes it: convert it with clock_due_s to compare it. */
static inline uint32_t
item_exptime(const struct item *it)
{
    return atomic_load_explicit(&it->exptime, memory_order_relaxed);
}

static inline bool
item_expired(const struct item *it, uint32_t now)
{
    uint32_t t = item_exptime(it);
    return t != 0 && clock_due_s(t) <= now;
}

static inline bool
item_flushed(const struct item *it, const struct superblock *sb)
{
    /* Flushed before it was published, or unlinked (0): a caller that must tell these apart does so. */
    return atomic_load_explicit(&it->seq, memory_order_relaxed) <
           atomic_load_explicit(&sb->flush_seq, memory_order_relaxed);
}

/*
 * Expiry, status bits and, when an item is marked stale, its sequence number change in place, under
 * its bucket's lock.  A command that changes more than one of them writes flags, expiry, number, in
 * this order, the latter two with release.  A reader without the lock loads number, expiry, flags,
 * the former two with acquire.  If the reader then sees neither ITEM_STALE nor ITEM_TOKEN_SENT, no
 * part of such a change was visible to it.  Else it must read again under the lock.
 */
static inline void
item_set_status(struct item *it, uint32_t bits)
{
    CHECKED_MUST((bits & ITEM_SHAPE) == 0); /* the shape is fixed */
    if ((item_flags(it) & bits) != bits)
        atomic_fetch_or_explicit(&it->flags, (uint16_t)bits, memory_order_relaxed);
}

/* Copies heat and last access to an item that replaces another. */
static inline void
item_copy_access(struct item *to, const struct item *from)
{
    atomic_store_explicit(
        &to->heat, atomic_load_explicit(&from->heat, memory_order_relaxed), memory_order_relaxed);
    atomic_store_explicit(
        &to->atime, atomic_load_explicit(&from->atime, memory_order_relaxed), memory_order_relaxed);
}

/*
 * Counts an access.  Writes only what changes, so that a hot item's line stays shared
 * between cores: once an item is hot, only its clock stamp changes, a few times a second
 * at most.  Two threads may lose one of two counts, which the sweep tolerates.
 */
static inline void
item_bump(struct item *it, uint32_t stamp)
{
    if (atomic_load_explicit(&it->atime, memory_order_relaxed) != stamp)
        atomic_store_explicit(&it->atime, stamp, memory_order_relaxed);
    uint8_t heat = atomic_load_explicit(&it->heat, memory_order_relaxed);
    if (heat < ITEM_HEAT_MAX) {
        atomic_store_explicit(&it->heat, heat + 1, memory_order_relaxed);
        item_set_status(it, ITEM_FETCHED);
    }
}

#endif
