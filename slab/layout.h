/*
 * layout: the contents of the arena, byte by byte.
 *
 * Another process may map everything here, and the next process may find it
 * again, so it holds offsets from the arena's beginning instead of pointers:
 *
 *   superblock | page table | buckets (grows) | overflow buckets (grows) | dictionaries | pages
 *
 * A published item does not change, except for the fields marked [a].
 */
#ifndef SLAB_LAYOUT_H
#define SLAB_LAYOUT_H

#include <assert.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { LAYOUT_VERSION = 3, LAYOUT_SUPERBLOCK_SIZE = 4096, LAYOUT_LINE = 64, LAYOUT_CLASSES = 250 };

#define LAYOUT_MAGIC UINT64_C(0x31726564726c616c) /* "lalrder1", little endian */

/*
 * A process that does not know a bit of `features` must not write to the arena.  One that does
 * not know a bit of `read_features` must not read it.  A bit of `hints` may be ignored.
 */
enum { LAYOUT_FORMS = 1 << 0 }; /* values may have other forms than plain: enum item_flags */
enum { LAYOUT_FEATURES = LAYOUT_FORMS, LAYOUT_READ_FEATURES = LAYOUT_FORMS, LAYOUT_HINTS = 0 };

/*
 * The first page of the arena: all that a process needs which has only the mapped bytes.  Words
 * that change often have cache lines of their own, apart from those that every lookup loads.
 *
 * [a] atomic; the rest is written once, before the first item
 */
struct superblock {
    uint64_t magic;
    uint32_t version;
    uint32_t features, read_features, hints; /* LAYOUT_FEATURES and the other two */
    uint32_t page_shift;                     /* a page has 1 << page_shift bytes */
    uint32_t n_nodes;
    uint64_t arena_size;
    uint64_t page_table; /* offsets; each region ends where the next begins */
    uint64_t buckets;
    uint64_t overflow;
    uint64_t dictionaries;
    uint64_t pages;
    uint32_t n_pages; /* pages that have address space; more than the limit allows */
    /* the smallest chunk, as configured; the first class is that size, enlarged to fill a page */
    uint32_t chunk_min;
    uint32_t chunk_max; /* size of the largest class; larger values are divided into chunks of this size */
    uint32_t n_classes;

    /* A lookup loads these. */
    _Alignas(LAYOUT_LINE) _Atomic uint64_t
        n_buckets;              /* [a] linear hashing's size; release in split_one, acquire in index_size */
    _Atomic uint64_t flush_seq; /* [a] items with a smaller number are flushed; release in flush_now */
    uint64_t hash_seed;         /* of base/hash.h */

    /*
     * The time at the last arena_beat, about once a second.  A reader loads
     * monotonic_ns (acquire), the others, and monotonic_ns again.  If both loads are
     * equal and not 0, all values belong to one beat.
     */
    _Alignas(LAYOUT_LINE) _Atomic uint64_t monotonic_ns; /* [a] CLOCK_MONOTONIC; 0 while the others change */
    _Atomic uint64_t stamps;  /* [a] the server's time, in sixteenths of a second */
    _Atomic uint64_t boot_ns; /* [a] CLOCK_BOOTTIME */
    _Atomic int64_t unix_ns;  /* [a] CLOCK_REALTIME */
    _Atomic int64_t
        zero_unix_s; /* [a] the Unix time of the server's second 0, for expiries that are Unix times */

    /* Writers change these. */
    _Alignas(LAYOUT_LINE) _Atomic uint64_t seq; /* [a] the next block of item sequence numbers; relaxed */
    _Atomic uint32_t
        overflow_free; /* [a] the first free overflow bucket, 0 = none; relaxed, under spare_lock */
    /* [a] all used numbers are below this; number 0 is never used; relaxed, under spare_lock */
    _Atomic uint32_t overflow_used;

    _Alignas(LAYOUT_LINE) uint32_t chunk_size[LAYOUT_CLASSES + 1]; /* of classes 1..n_classes */
};
static_assert(sizeof(struct superblock) <= LAYOUT_SUPERBLOCK_SIZE, "one small page");
static_assert(offsetof(struct superblock, magic) == 0, "found before the version is known");
static_assert(offsetof(struct superblock, version) == 8, "found before the version is known");
static_assert(offsetof(struct superblock, arena_size) == 32, "no padding before it");
static_assert(offsetof(struct superblock, pages) == 72, "no padding before it");
static_assert(offsetof(struct superblock, n_buckets) == 2 * LAYOUT_LINE, "a line for lookups, ...");
static_assert(offsetof(struct superblock, hash_seed) + 8 <= 3 * LAYOUT_LINE, "all of it");
static_assert(offsetof(struct superblock, monotonic_ns) == 3 * LAYOUT_LINE, "... one for the clock, ...");
static_assert(offsetof(struct superblock, zero_unix_s) + 8 <= 4 * LAYOUT_LINE, "all of it");
static_assert(offsetof(struct superblock, seq) == 4 * LAYOUT_LINE, "... and one for writers");
static_assert(offsetof(struct superblock, chunk_size) == 5 * LAYOUT_LINE, "after the lines that change");

/*
 * An item: 24 bytes, then the optional fields that its flags name, then the key, then the value.
 *
 *   0        8         12      16     20    21    22     24
 *   | seq    | exptime | atime | vlen | nkey| heat| flags | [own cas 8] [next 8] [client flags 4] [holds 4] key value
 *
 * seq is 0 while the chunk is free, being written or unlinked, and unique and increasing
 * otherwise:  seq != 0 <=> the item is in the index (seq is set just before the slot).
 * Clients see it as the CAS number, unless they chose one of their own.  With it, readers
 * outside the process check a copy, and recovery finds the newest item.
 *
 * [a] atomic, changed in place: seq under the bucket's lock, the others by any thread.
 */
struct item {
    _Atomic uint64_t seq;     /* [a] release in store's publish, acquire in sweep */
    _Atomic uint32_t exptime; /* [a] an expiry (base/clock.h), 0 = never; relaxed */
    _Atomic uint32_t atime;   /* [a] clock stamp of the last access (base/clock.h); relaxed */
    uint32_t vlen;            /* bytes of the stored value: read it with item_n_stored or item_n_value */
    union {
        struct {
            uint8_t nkey;
            _Atomic uint8_t heat;   /* [a] accesses, less those that the sweep has discounted; relaxed */
            _Atomic uint16_t flags; /* [a] enum item_flags; only the status bits change */
        };
        _Atomic uint32_t nkey_and_flags; /* all three at once: item_has_key reads it; relaxed */
    };
    unsigned char body[];
};
static_assert(sizeof(struct item) == 24, "an item has 24 bytes of overhead");

enum item_flags {
    /* shape of the item: fixed */
    ITEM_CLIENT_FLAGS = 1 << 0, /* it has 32 bits of client flags; without this bit they are 0 */
    ITEM_OWN_CAS = 1 << 1,      /* the client chose the CAS number */
    ITEM_CHAINED = 1 << 2,      /* the value continues in links */
    ITEM_KEY_BINARY = 1 << 3,   /* the client sent the key base64-encoded */
    /* the form of the value, one of: plain (0), ... */
    ITEM_PACKED = 1 << 4, /* compressed: struct packed_value */
    ITEM_SHARED = 2 << 4, /* another item, a body, has it: struct shared_value */
    ITEM_FORM = 3 << 4,   /* the mask of both bits */
    ITEM_BODY = 1 << 6,   /* the item is a body: the value that others refer to */
    /* the mover has tried to pack the value, and it did not pay; changed in place, atomically */
    ITEM_VAIN = 1 << 7,
    /* status: changed in place, atomically */
    ITEM_STALE = 1 << 8,          /* invalidated: clients still get it, and one of them should recompute it */
    ITEM_TOKEN_SENT = 1 << 9,     /* one client was asked to recompute it */
    ITEM_FETCHED = 1 << 10,       /* was read since it was stored */
    ITEM_PINNED = 1 << 11,        /* pinned: never evicted; set before the item is published */
    ITEM_REMOTE_READS = 15 << 12, /* consecutive reads from other nodes, counted by slab/core/locality.h */
};

/* A value that takes this many bytes or more in the arena has a count of senders. */
enum { LAYOUT_HOLDS_FROM = 4096 };

/*
 * Bytes of the optional fields, by the low three flags.  This is also the offset
 * of the next field: own cas 8, next 8, client flags 4, in this order.
 */
static_assert(ITEM_CLIENT_FLAGS == 1 && ITEM_OWN_CAS == 2 && ITEM_CHAINED == 4, "an index of item_fields");
static const uint8_t item_fields[8] = {0, 4, 8, 12, 8, 12, 16, 20};

/* Bytes between header and key, for a shape. */
static inline uint32_t
item_extra(uint32_t flags, uint32_t n_stored)
{
    return item_fields[flags & 7] + (n_stored >= LAYOUT_HOLDS_FROM ? 4u : 0u);
}

/* Bytes of the value in the item's own chunk, for a shape: all of them, unless it is chained. */
static inline uint32_t
item_stored_here(uint32_t flags, uint32_t n_stored, uint32_t nkey, uint32_t chunk_max)
{
    if (!(flags & ITEM_CHAINED))
        return n_stored;
    return chunk_max - (uint32_t)sizeof(struct item) - item_extra(flags, n_stored) - nkey;
}

/*
 * A packed value, as it lies in the item:
 *
 *   | slot 1 | length 1..3 | the codec's bytes |
 *
 * The slot is that of the dictionary that the value was compressed with, or, below PACKED_PLAIN, the
 * number of a codec that used none (slab/codec/codec.def).  The length is the value's as clients
 * see it: seven bits a byte, the lowest first, and the upper bit says that another byte follows.
 */
struct packed_value {
    uint32_t slot;
    uint32_t n_value; /* the length as clients see it */
    uint32_t n_bytes; /* of the codec's bytes */
    const unsigned char *bytes;
};
enum { PACKED_PLAIN = 8, PACKED_LENGTH_MAX = 3, PACKED_HEAD_MAX = 1 + PACKED_LENGTH_MAX };

/* false: `n` bytes cannot be a packed value. */
static inline _Bool
packed_read(const unsigned char *p, uint32_t n, struct packed_value *out)
{
    uint32_t n_value = 0, i = 0;
    do {
        i++;
        if (i > PACKED_LENGTH_MAX || i >= n)
            return 0;
        n_value |= (uint32_t)(p[i] & 0x7F) << (7 * (i - 1));
    } while (p[i] & 0x80);
    *out = (struct packed_value){p[0], n_value, n - i - 1, p + i + 1};
    return 1;
}

/* Writes slot and length; returns how many bytes that took, at most PACKED_HEAD_MAX. */
static inline uint32_t
packed_write(unsigned char *p, uint32_t slot, uint32_t n_value)
{
    uint32_t i = 1;
    p[0] = (unsigned char)slot;
    for (; n_value >= 0x80; n_value >>= 7)
        p[i++] = (unsigned char)(n_value | 0x80);
    p[i++] = (unsigned char)n_value;
    return i;
}

/*
 * A shared value, as it lies in the item, which is a referer:
 *
 *   | content hash 8 | length 4 |
 *
 * The value is that of the body, an item with ITEM_BODY whose key is the content hash.  Keys of bodies are a
 * name space of their own: no key of a client is equal to one.  The client flags of a body are the number of
 * its referers.  A body has any form but this.
 *
 *   the referers of a body == linked items with its content hash (and, for a moment, threads that add one)
 */
struct shared_value {
    uint64_t hash;
    uint32_t n_value; /* the length as clients see it */
};
enum { SHARED_BYTES = 12, BODY_KEY = 8 };

static inline struct shared_value
shared_read(const void *p)
{
    struct shared_value v;
    memcpy(&v.hash, p, sizeof v.hash);
    memcpy(&v.n_value, (const char *)p + sizeof v.hash, sizeof v.n_value);
    return v;
}

/* Writes SHARED_BYTES. */
static inline void
shared_write(void *p, const struct shared_value *v)
{
    memcpy(p, &v->hash, sizeof v->hash);
    memcpy((char *)p + sizeof v->hash, &v->n_value, sizeof v->n_value);
}

/*
 * A dictionary: one of PACKED_SLOTS places of equal size in the arena.  A process compresses
 * with it only while it is live, and may decompress with it until no item names its slot.
 */
enum dictionary_state { DICTIONARY_FREE, DICTIONARY_LIVE, DICTIONARY_RETIRED };
enum { PACKED_SLOTS = 256, DICTIONARY_PLACE = 32 << 10 };
struct dictionary {
    _Atomic uint8_t state; /* [a] enum dictionary_state; release in dictionary.c */
    uint8_t codec;         /* the row of codec.def */
    uint16_t pad;
    uint32_t n; /* bytes */
    unsigned char bytes[];
};
static_assert(sizeof(struct dictionary) == 8, "the bytes are aligned");
enum { DICTIONARY_MAX = DICTIONARY_PLACE - 8 }; /* bytes of the longest dictionary */

/*
 * A further chunk of a chained value.  mark distinguishes a link from an item (bit
 * 63 is never set in a seq) and names its item.  It is 0 whenever the item's seq
 * is, except in the moment between publishing the link and the item.
 */
struct link {
    _Atomic uint64_t mark; /* [a] LINK_MARK | offset of the item */
    _Atomic uint64_t
        next;   /* [a] offset of the next link, 0 at the end; release in extend, acquire in chain_next */
    uint32_t n; /* value bytes here; a reader uses no more of them than its item has */
    /* [a] of the first link: senders of the chain, through whichever item they found it */
    _Atomic uint32_t holds;
    unsigned char bytes[];
};
static_assert(sizeof(struct link) == 24, "a link costs as much as an item");
static_assert(offsetof(struct item, seq) == 0 && offsetof(struct link, mark) == 0, "a chunk's first word");

#define LINK_MARK (UINT64_C(1) << 63)

/* The mark of the links of the item at `offset`, and its inverse. */
static inline uint64_t
link_mark_of(uint64_t offset)
{
    return LINK_MARK | offset;
}

static inline uint64_t
link_item_of(uint64_t mark)
{
    return mark & ~LINK_MARK;
}

/* The use of a chunk of a page with a class, by its first word. */
enum chunk_kind {
    CHUNK_FREE, /* 0: no item can be found here; the chunk is free, being written or unlinked */
    CHUNK_ITEM, /* a sequence number */
    CHUNK_LINK, /* a link's mark */
};

static inline enum chunk_kind
chunk_kind(uint64_t word)
{
    return word == 0 ? CHUNK_FREE : (word & LINK_MARK) ? CHUNK_LINK : CHUNK_ITEM;
}

/* The first word of the chunk at `offset`. */
static inline _Atomic uint64_t *
chunk_word_at(const char *base, uint64_t offset)
{
    return (_Atomic uint64_t *)(base + offset);
}

/* A bit of the count of senders of a large value: the last sender frees the item. */
#define HOLDS_RETIRED (UINT32_C(1) << 31)

/* A bit of the count of a chain: a longer value is taking it over; senders wait. */
#define HOLDS_CLAIMED (UINT32_C(1) << 30)

/*
 * A bucket: one cache line of the index.
 *
 *   used slots + those of its overflow chain == linked items that hash here
 *   an overflow bucket is linked only if every slot before it is used
 *
 * [a] atomic, stored under the bucket's lock bit, loaded by any thread
 */
enum { BUCKET_SLOTS = 7 };
struct bucket {
    _Atomic uint64_t head; /* [a] lock:1 version:31 overflow:32; version is odd while slots move */
    _Atomic uint64_t
        slot[BUCKET_SLOTS]; /* [a] tag:16 offset:48; release store pairs with the acquire in index_find */
};
static_assert(sizeof(struct bucket) == 64, "a lookup touches one line");

#define SLOT_OFFSET_MASK    ((UINT64_C(1) << 48) - 1)

/* Parts of the head word. */
#define BUCKET_LOCKED       UINT64_C(1)
#define BUCKET_VERSION_ONE  UINT64_C(2)
#define BUCKET_VERSION_MASK ((UINT64_C(1) << 32) - 2)

/*
 * A page, in the page table.  The page itself begins with its free map, one bit
 * per chunk, 1 = free.  Chunks follow and have no allocator header.
 *
 *   n_free == bits set in the free map; chunks in magazines, in limbo and of
 *   items being written are not free
 *
 * [c] guarded by the lock of its (node, class); [a] atomic, stored under that lock
 */
enum page_state {
    PAGE_FRESH,    /* not backed by memory: never used, or returned to the kernel */
    PAGE_FREE,     /* backed, in its node's pool */
    PAGE_USED,     /* has a class */
    PAGE_DRAINING, /* fenced: gets no new items, is being emptied */
};

struct page {
    _Atomic uint8_t state;    /* [a] enum page_state; relaxed, exact under the lock */
    _Atomic uint8_t class_id; /* [a] 0 = none; release, so that a thread that reads it sees the node */
    uint8_t node;             /* stored before the page first has a class, and never again */
    uint8_t pad;
    uint32_t n_free; /* [c] */
    uint32_t ring_next,
        ring_prev; /* [c] all pages of the class, in the hand's order; page number, 0 = none */
    uint32_t avail_next, avail_prev; /* [c] pages with a free chunk that are not fenced */
    _Atomic uint32_t soonest; /* [a] no item here expires before this time; 0 = none expires; relaxed min */
    uint16_t hint;            /* [c] first word of the free map that may have a set bit */
    uint16_t n_holds; /* [c] sweeps that are reading its chunks; until they end, the page keeps its class */
};
static_assert(sizeof(struct page) == 32, "two entries a cache line");

/* Pages are numbered from 1, so that 0 can end a list. */

#endif
