/*
 * arena: one reservation of address space that holds all that must outlive the
 * process or be seen by another one.
 *
 * Only address space is reserved at first; memory comes when it is touched.
 * What may be touched is rationed in units of one page: slab pages and the
 * index's growth draw on the same budget, which is the operator's -m.
 *
 *   budget left + pages not fresh + index units == n_pages
 *
 * The limit may change while everything runs (arena_resize), up to what was
 * reserved at start.  After it fell the budget is negative until so many units
 * have been given back.
 *
 * Backing is one choice at start and nothing else cares: private anonymous
 * memory, a memfd, or a file.
 *
 * Threads: arena_budget_* and arena_resize from any; the rest during start and end.
 */
#ifndef SLAB_MEM_ARENA_H
#define SLAB_MEM_ARENA_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must.h"
#include "slab/layout.h"

enum arena_backing { ARENA_PRIVATE, ARENA_MEMFD, ARENA_FILE };

struct arena_options {
    size_t limit; /* bytes that may be backed */
    size_t
        limit_max; /* how far the limit may be raised later: address space, if it can be had; 0 = not at all */
    enum arena_backing backing;
    const char *path; /* ARENA_FILE: created if missing, emptied */
    bool one_node;    /* whatever the machine has: memory lies where the kernel puts it */
    bool huge_pages;
    bool lock_memory;
};

struct arena {
    char *base;
    size_t size;      /* of the reservation */
    size_t page_size; /* a power of two, 64 KiB to 1 MiB */
    uint32_t page_shift;
    uint32_t n_reserved;      /* pages that there is address space for */
    _Atomic uint32_t n_pages; /* pages, or units of the index, that the limit allows; relaxed */
    bool locked;              /* in memory: what the limit allows */
    bool huge_pages;          /* were asked for */
    int n_nodes;
    int fd;                             /* of the memfd or file, -1 */
    size_t buckets_size, overflow_size; /* address space for each */
    _Atomic int64_t
        budget; /* units of page_size not handed out, negative when some are to come back; relaxed */
};

/* Reserves and lays out; the superblock is filled.  false: `why` has a sentence. */
MUST_USE bool arena_init(struct arena *, const struct arena_options *, char *why, size_t n_why);
void arena_fini(struct arena *);

/* Writes into the superblock what time it is, for readers outside the process.  One thread at a time. */
void arena_beat(struct arena *);

/*
 * Bytes that are resident beside a limit once it is used up: the page table,
 * and, of huge pages, what lies behind the end of the buckets, the overflow
 * buckets, and each node's pages.
 */
size_t arena_beside(const struct arena *, size_t limit);

/* The page size for a limit: about a 4096th of it, so that small caches are not eaten by half-empty pages. */
size_t arena_page_size(size_t limit);

static inline void *
arena_at(const struct arena *a, uint64_t offset)
{
    CHECKED_MUST(offset < a->size);
    return a->base + offset;
}

static inline struct superblock *
arena_superblock(const struct arena *a)
{
    return (struct superblock *)a->base;
}

/* Pages are numbered from 1. */
static inline struct page *
arena_page(const struct arena *a, uint32_t number)
{
    CHECKED_MUST(number != 0 && number <= a->n_reserved);
    return (struct page *)(a->base + LAYOUT_SUPERBLOCK_SIZE) + number;
}

static inline uint64_t
arena_page_offset(const struct arena *a, uint32_t number)
{
    CHECKED_MUST(number != 0 && number <= a->n_reserved);
    return arena_superblock(a)->pages + ((uint64_t)(number - 1) << a->page_shift);
}

static inline uint32_t
arena_page_of(const struct arena *a, uint64_t offset)
{
    CHECKED_MUST(offset >= arena_superblock(a)->pages && offset < a->size);
    return (uint32_t)((offset - arena_superblock(a)->pages) >> a->page_shift) + 1;
}

/* The node of a page that was ever used. */
static inline int
arena_node_at(const struct arena *a, uint64_t offset)
{
    return arena_page(a, arena_page_of(a, offset))->node;
}

/* Pages of one node are one stripe: the first of its numbers, which for node n_nodes is behind the last. */
uint32_t arena_first_page(const struct arena *, int node);
/* The node whose stripe a page lies in. */
int arena_node_of(const struct arena *, uint32_t number);
/* How many pages of each node the limit allows; the budget says how many of all. */
uint32_t arena_share(const struct arena *);

/*
 * Another limit, in bytes; false, and nothing has changed, if there is no
 * address space for it, or the memory cannot be locked.  Afterwards the pools
 * must be told (page_pool_open), and what the budget lacks be given back.
 */
MUST_USE bool arena_resize(struct arena *, size_t limit);

/* Units to be given back. */
static inline bool
arena_is_over(const struct arena *a)
{
    return atomic_load_explicit(&a->budget, memory_order_relaxed) < 0;
}

/* Takes one unit; false if none is left. */
MUST_USE bool arena_budget_take(struct arena *);
void arena_budget_give(struct arena *);

/* Gives a page's memory back to the kernel, its contents lost; false if the kernel keeps it (locked memory). */
bool arena_discard_page(struct arena *, uint32_t number);

#endif
