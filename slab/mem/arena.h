/*
 * arena: one reservation of address space that holds everything that another
 * process, or the next one, may map.
 *
 * At first only address space is reserved; the kernel adds memory when a page is
 * touched.  A budget in units of one page limits what may be touched: slab pages and
 * the index's growth take from the same budget, which is the operator's -m.
 *
 *   budget left + pages not fresh + index units == n_pages
 *
 * The limit may change at any time (arena_resize), up to the size reserved at start.  After it
 * was lowered, the budget is negative until that number of units has been returned.
 *
 * The backing is chosen at start, and only the arena knows it: private anonymous
 * memory, a memfd, or a file.
 *
 * Threads: arena_init and arena_fini during start and end; arena_beat one at a time; the rest any.
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
    /* arena_resize may raise the limit to this, if the address space is available; 0 = not at all */
    size_t limit_max;
    enum arena_backing backing;
    const char *path; /* ARENA_FILE: created if missing, emptied */
    bool one_node;    /* one node, whatever the machine has: the kernel places the memory */
    bool huge_pages;
    bool lock_memory;
};

struct arena {
    char *base;
    size_t size;      /* of the reservation */
    size_t page_size; /* a power of two, 64 KiB to 1 MiB */
    uint32_t page_shift;
    uint32_t n_reserved;      /* pages that have address space */
    _Atomic uint32_t n_pages; /* pages, or units of the index, that the limit allows; relaxed */
    bool locked;              /* the memory that the limit allows is locked */
    bool huge_pages;          /* were requested */
    int n_nodes;
    int fd;                             /* of the memfd or file, -1 */
    size_t buckets_size, overflow_size; /* address space for each */
    _Atomic int64_t budget; /* units of page_size that are left, negative if some must be returned; relaxed */
};

/* Reserves and lays out; fills the superblock.  false: `why` has a sentence. */
MUST_USE bool arena_init(struct arena *, const struct arena_options *, char *why, size_t n_why);
void arena_fini(struct arena *);

/* Writes the present time into the superblock, for readers outside the process. */
void arena_beat(struct arena *);

/*
 * Bytes that are resident in addition to a limit that is used up: the page table, and the
 * ends of huge pages after the buckets, the overflow buckets, and each node's pages.
 */
size_t arena_beside(const struct arena *, size_t limit);

/* The page size for a limit: about a 4096th of it, so that half-empty pages cost a small cache little. */
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

/*
 * The pages of one node are one stripe.  Returns its first page number; for node
 * n_nodes, one after the last page.
 */
uint32_t arena_first_page(const struct arena *, int node);
/* The node whose stripe contains a page. */
int arena_node_of(const struct arena *, uint32_t number);
/* The number of pages of a node that the limit allows; the budget limits the sum. */
uint32_t arena_share(const struct arena *, int node);

/*
 * Changes the limit, in bytes.  false, and nothing has changed: the address
 * space is too small, or the memory cannot be locked.  Afterwards the caller
 * must open the pools (page_pool_open) and return what the budget lacks.
 */
MUST_USE bool arena_resize(struct arena *, size_t limit);

/* Must units be returned? */
static inline bool
arena_is_over(const struct arena *a)
{
    return atomic_load_explicit(&a->budget, memory_order_relaxed) < 0;
}

/* Takes one unit; false if none is left. */
MUST_USE bool arena_budget_take(struct arena *);
void arena_budget_give(struct arena *);

/*
 * Returns a page's memory to the kernel, and loses its contents; false if the
 * kernel keeps it (locked memory).
 */
bool arena_discard_page(struct arena *, uint32_t number);

#endif
