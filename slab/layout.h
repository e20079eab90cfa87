/*
 * layout: what lies in the arena, byte by byte.
 *
 * Everything here may be mapped by another process, or found again by the next
 * one, so it holds offsets from the arena's beginning, never pointers:
 *
 *   superblock | page table | buckets (grows) | overflow buckets (grows) | pages
 *
 * An item is immutable once published but for the fields marked [a].
 */
#ifndef SLAB_LAYOUT_H
#define SLAB_LAYOUT_H

#include <assert.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum { LAYOUT_VERSION = 1, LAYOUT_SUPERBLOCK_SIZE = 4096 };

#define LAYOUT_MAGIC UINT64_C(0x31726564726c616c) /* "lalrder1", little endian */

struct superblock {
    uint64_t magic;
    uint32_t version;
    uint32_t page_shift;
    uint64_t arena_size;
    uint64_t page_table; /* offsets */
    uint64_t buckets;
    uint64_t overflow;
    uint64_t pages;
    uint32_t n_pages; /* that there is address space for; more than the limit allows */
    uint32_t n_nodes;
    uint32_t chunk_max; /* size of the largest class: what a chained value is cut into */
    uint32_t pad;
    _Atomic uint64_t n_buckets; /* [a] linear hashing's size; release in index_split, acquire in index_find */
    _Atomic uint64_t seq;       /* [a] the next block of item sequence numbers; relaxed */
    _Atomic uint64_t flush_seq; /* [a] items with a smaller number were flushed; release in store_flush */
};
static_assert(sizeof(struct superblock) <= LAYOUT_SUPERBLOCK_SIZE, "one small page");

/*
 * An item: 24 bytes, then what its flags say, then the key, then the value.
 *
 *   0        8         12      16     20    21    22     24
 *   | seq    | exptime | atime | vlen | nkey| heat| flags | [own cas 8] [next 8] [client flags 4] [pins 4] key value
 *
 * seq is 0 while the chunk is free, being written or unlinked, and unique and
 * rising otherwise:  seq != 0  <=>  the item is in the index (or is about to
 * be: it is set before the slot).  It is the CAS number that clients see unless
 * they chose one of their own, and the sequence number by which readers outside
 * the process validate a copy and recovery finds the newest.
 *
 * [a] atomic, changed in place: seq under the bucket's lock, the others by anyone.
 */
struct item {
    _Atomic uint64_t seq;     /* [a] release in store's publish, acquire in sweep */
    _Atomic uint32_t exptime; /* [a] an expiry (base/clock.h), 0 = never; relaxed */
    _Atomic uint32_t atime;   /* [a] stamp of the last access (base/clock.h); relaxed */
    uint32_t vlen; /* bytes of the value as it is stored: read it by item_n_stored or item_n_value */
    uint8_t nkey;
    _Atomic uint8_t heat;   /* [a] accesses that the sweep has not yet forgotten; relaxed */
    _Atomic uint16_t flags; /* [a] enum item_flags; only the status bits change */
    unsigned char body[];
};
static_assert(sizeof(struct item) == 24, "the promise of 24 bytes an item");

enum item_flags {
    /* how the item is laid out: fixed */
    ITEM_CLIENT_FLAGS = 1 << 0, /* 32 bits of client flags are there; else they are 0 */
    ITEM_OWN_CAS = 1 << 1,      /* the client chose the CAS number */
    ITEM_CHAINED = 1 << 2,      /* the value goes on in links */
    ITEM_KEY_BINARY = 1 << 3,   /* the key came base64-encoded */
    /* status: changed in place, atomically */
    ITEM_STALE = 1 << 8,      /* invalidated: serve it, but somebody should recompute */
    ITEM_TOKEN_SENT = 1 << 9, /* somebody was told to */
    ITEM_FETCHED = 1 << 10,   /* was read since it was set */
    ITEM_KEPT = 1 << 11,      /* never evicted; fixed before it is published */
    ITEM_AFAR = 15 << 12,     /* reads in a row from other nodes, as slab/locality.h counts them */
};

/* A value that takes so many bytes or more in the arena has a count of senders. */
enum { LAYOUT_PINS_FROM = 4096 };

/*
 * Bytes of the optional fields by the low three flags, which are also where the
 * next field begins: own cas 8, next 8, client flags 4, in this order.
 */
static_assert(ITEM_CLIENT_FLAGS == 1 && ITEM_OWN_CAS == 2 && ITEM_CHAINED == 4, "an index of item_fields");
static const uint8_t item_fields[8] = {0, 4, 8, 12, 8, 12, 16, 20};

/* Bytes between header and key, for a shape. */
static inline uint32_t
item_extra(uint32_t flags, uint32_t n_stored)
{
    return item_fields[flags & 7] + (n_stored >= LAYOUT_PINS_FROM ? 4u : 0u);
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
 * The further chunks of a chained value.  mark tells a link from an item (bit
 * 63 is never set in a seq) and names its item; it is 0 whenever the item's seq
 * is, but for the moment between publishing the one and the other.
 */
struct link {
    _Atomic uint64_t mark; /* [a] LINK_MARK | offset of the item */
    _Atomic uint64_t
        next;   /* [a] offset of the next link, 0 at the end; release in extend, acquire in chain_next */
    uint32_t n; /* value bytes here; a reader takes no more of them than its item has */
    _Atomic uint32_t pins; /* [a] of the first link: senders of the chain, whichever item they found it by */
    unsigned char bytes[];
};
static_assert(sizeof(struct link) == 24, "a link costs as much as an item");

#define LINK_MARK (UINT64_C(1) << 63)

/* The mark of the links of the item at `offset`, and back. */
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

/* What a chunk of a page with a class holds, by its first word. */
enum chunk_kind {
    CHUNK_FREE, /* 0: nothing that can be found; it may be free, being written or unlinked */
    CHUNK_ITEM, /* an item's number */
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

/* The count of senders of a large value; with PINS_RETIRED the last of them frees the item. */
#define PINS_RETIRED (UINT32_C(1) << 31)

/* Of a chain: it is being taken over by a longer value; senders wait. */
#define PINS_CLAIMED (UINT32_C(1) << 30)

/*
 * A bucket: one cache line of the index.
 *   used slots + those of its overflow chain == linked items that hash here
 *   an overflow bucket hangs on only if every slot before it is used
 * [a] atomic, stored under the bucket's lock bit, loaded by anyone
 */
enum { BUCKET_SLOTS = 7 };
struct bucket {
    _Atomic uint64_t head; /* [a] lock:1 version:31 overflow:32; version is odd while slots move */
    _Atomic uint64_t
        slot[BUCKET_SLOTS]; /* [a] tag:16 offset:48; release store pairs with the acquire in index_find */
};
static_assert(sizeof(struct bucket) == 64, "a lookup touches one line");

#define SLOT_OFFSET_MASK ((UINT64_C(1) << 48) - 1)

/*
 * A page, in the page table.  The page itself begins with its free map, one bit
 * a chunk, 1 = free; chunks follow and carry no allocator header.
 *   n_free == bits set in the free map; chunks of magazines, of limbo and of
 *   items being written are not free
 * [c] guarded by the lock of its (node, class); [a] atomic, stored under that lock
 */
enum page_state {
    PAGE_FRESH,    /* not backed by memory: never used, or given back to the kernel */
    PAGE_FREE,     /* backed, in its node's pool */
    PAGE_USED,     /* of a class */
    PAGE_DRAINING, /* fenced: takes no new items, is being emptied */
};

struct page {
    _Atomic uint8_t state;    /* [a] enum page_state; relaxed, but for who holds the lock */
    _Atomic uint8_t class_id; /* [a] 0 = none; release, so that who sees it sees the node */
    uint8_t node;             /* stored before the page first has a class, and never again */
    uint8_t pad;
    uint32_t n_free; /* [c] */
    uint32_t ring_next,
        ring_prev; /* [c] all pages of the class, the hand's way round; page number, 0 = none */
    uint32_t avail_next, avail_prev; /* [c] those with a free chunk that are not fenced */
    _Atomic uint32_t soonest;        /* [a] no item here expires before; 0 = none expires; relaxed min */
    uint16_t hint;                   /* [c] first word of the free map that may have a bit */
    uint16_t n_holds; /* [c] sweeps that are reading its chunks: it keeps its class meanwhile */
};
static_assert(sizeof(struct page) == 32, "two entries a cache line");

/* Pages are numbered from 1, so that 0 can end a list. */

#endif
