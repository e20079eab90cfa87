/*
 * page: a page's state and free map, and the pools of pages that have no class.
 *
 * A node has one pool.  An empty page waits there, backed by memory, for the
 * next class that asks.  A page whose memory was returned to the kernel, or that
 * never had any, needs a unit of the budget to be used.
 *
 *   of a pool:  n_free == length of `free` == pages of the node that are PAGE_FREE
 *
 * Builds for tests guard pages without a class (slab/mem/guard.h).
 *
 * Locks:   LOCK_PAGES for a pool; a free map is guarded by its class's lock (LOCK_CLASS).
 */
#ifndef SLAB_MEM_PAGE_H
#define SLAB_MEM_PAGE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/lock.h"
#include "slab/mem/arena.h"
#include "slab/mem/geometry.h"

/* ---- state ------------------------------------------------------------ */

static inline uint8_t
page_state(const struct page *page)
{
    return atomic_load_explicit(&page->state, memory_order_relaxed);
}

static inline void
page_set(struct page *page, enum page_state state, uint32_t class_id)
{
    MUST(class_id <= GEOMETRY_MAX && (class_id != 0) == (state == PAGE_USED || state == PAGE_DRAINING));
    atomic_store_explicit(&page->state, (uint8_t)state, memory_order_relaxed);
    atomic_store_explicit(
        &page->class_id, (uint8_t)class_id, memory_order_release); /* class_hold's acquire */
}

/* ---- free map: with page->n_free and page->hint ------------------------- */

/* All `n` chunks are free. */
void page_map_fill(struct arena *, uint32_t page, uint32_t n);
/*
 * Takes up to `n` chunks of a page of this geometry, lowest first; stores their
 * offsets in `chunks`.  Returns how many.
 */
size_t page_map_take(struct arena *, uint32_t page, const struct geometry *, uint64_t *chunks, size_t n);
/* Zeroes the map of a page whose `n` chunks are free: its next class may have a chunk there. */
void page_map_clear(struct arena *, uint32_t page, uint32_t n);
void page_map_give(struct arena *, uint32_t page, uint32_t chunk);
bool page_map_has(const struct arena *, uint32_t page, uint32_t chunk);

/* Do the count of free chunks and the hint fit the map of `n` chunks?  false: `why` says why not. */
bool page_map_check(const struct arena *, uint32_t page, uint32_t n, char *why, size_t n_why);

/* ---- pool ------------------------------------------------------------- */

/* A node's pages that belong to no class. */
struct page_pool {
    _Alignas(64) struct lock lock;
    struct arena *arena;
    int node;
    uint32_t free;              /* [lock] stack of PAGE_FREE pages, through ring_next */
    uint32_t fresh;             /* [lock] stack of PAGE_FRESH pages that were used before */
    uint32_t first;             /* of the node */
    uint32_t end;               /* [lock] pages never used: next .. end-1; follows the limit */
    _Atomic uint32_t next;      /* stored under lock, relaxed: pages below this were used, or are */
    _Atomic uint32_t hand;      /* the page that the sweep visits next; relaxed */
    _Atomic uint64_t n_passed;  /* pages that the hand has passed, ever; relaxed */
    _Atomic uint32_t n_free;    /* length of `free`; relaxed */
    _Atomic uint8_t asks, kept; /* classes, or 0: see slab/mem/room.h; relaxed */
};

/* Free pages, a moment ago. */
static inline uint32_t
page_pool_pages(const struct page_pool *pool)
{
    return atomic_load_explicit(&pool->n_free, memory_order_relaxed);
}

void page_pool_init(struct page_pool *, struct arena *, int node);
void page_pool_fini(struct page_pool *);

/* The limit has changed: sets how many of its pages the node may use. */
void page_pool_open(struct page_pool *);

/* A page from the pool, or an unbacked one if the budget allows; 0 if neither. */
uint32_t page_pool_take(struct page_pool *);
void page_pool_give(struct page_pool *, uint32_t page);

/*
 * Returns a free page's memory to the kernel; the caller gets its unit of the
 * budget.  false if the pool is empty.
 */
MUST_USE bool page_pool_shed(struct page_pool *);

/* The pool's invariant; while no thread changes the store. */
bool page_pool_check(const struct page_pool *, char *why, size_t n_why);

#endif
