/*
 * class: the size classes, the pages of each, and the free chunks in these.
 *
 * Classes are numbered from 1, smallest first; slab/mem/geometry.h plans their sizes.
 *
 * Memory moves pool of pages -> class -> magazine of a thread -> item, and back through limbo
 * (slab/core/store_thread.h).  A thread takes a class lock once for a run of chunks, never per item.
 *
 *   of a class:  sum over its pages of n_free == n_free + free chunks of fenced pages
 *
 * Locks:   LOCK_CLASS per (node, class), then LOCK_PAGES for the node's pool.
 */
#ifndef SLAB_MEM_CLASS_H
#define SLAB_MEM_CLASS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/lock.h"
#include "slab/mem/page.h"

enum { CLASS_MAX = GEOMETRY_MAX, CLASS_NONE = 0 };
static_assert((int)CLASS_MAX == (int)LAYOUT_CLASSES, "the superblock has a place for the size of each");
static_assert(CLASS_MAX <= UINT8_MAX, "a page's class_id has eight bits");

/* A class on one node. */
struct class {
    _Alignas(64) struct lock lock;
    const struct geometry *geometry;
    struct class_set *set;
    uint32_t id;
    int node;
    uint32_t avail; /* [lock] a page with free chunks; the list's head */
    /* [lock] the position of its own sweep (slab/reclaim/evict.h); 0 without pages */
    uint32_t hand;
    uint32_t hand_chunk;      /* [lock] the chunk in that page */
    _Atomic uint32_t n_pages; /* stored under lock, relaxed */
    _Atomic uint64_t n_free;  /* free chunks of pages not fenced; stored under lock, relaxed */
};

/* How readily pages change class automatically. */
enum class_moves {
    CLASS_MOVES_FORCED, /* when a class cannot evict items of its own, or a page of another class is empty */
    /* and when a class has a page's worth of free chunks and another class needs a page */
    CLASS_MOVES_NEEDED,
    CLASS_MOVES_EAGER, /* and a few pages a second before a class needs them */
};

struct class_set {
    struct arena *arena;
    _Atomic uint8_t moves;                   /* enum class_moves; relaxed */
    uint32_t n;                              /* classes */
    struct geometry geometry[CLASS_MAX + 1]; /* the same for all nodes; fixed at start */
    uint8_t *by_size;                        /* class of a size: by_size[(size + 7) / 8] */
    uint32_t chunk_max;
    struct class *classes;   /* n_nodes * (n + 1) */
    struct page_pool *pools; /* n_nodes */
};

/* false: out of memory.  `growth` > 1; `chunk_min` is rounded up to a multiple of 8. */
MUST_USE bool class_set_init(struct class_set *, struct arena *, double growth, size_t chunk_min);
void class_set_fini(struct class_set *);

/* Do pages stay in their classes?  Then each class evicts its own items when it runs out. */
static inline bool
class_pages_stay(const struct class_set *s)
{
    return atomic_load_explicit(&s->moves, memory_order_relaxed) == CLASS_MOVES_FORCED;
}

/* Do sparse pages go to the pool before a class needs them? */
static inline bool
class_moves_are_eager(const struct class_set *s)
{
    return atomic_load_explicit(&s->moves, memory_order_relaxed) == CLASS_MOVES_EAGER;
}

/* The class for `size` bytes, 1..chunk_max. */
static inline uint32_t
class_for(const struct class_set *s, size_t size)
{
    CHECKED_MUST(size > 0 && size <= s->chunk_max);
    return s->by_size[(size + 7) / 8];
}

static inline struct class *
class_at(const struct class_set *s, int node, uint32_t id)
{
    CHECKED_MUST(node >= 0 && node < s->arena->n_nodes && id <= s->n);
    return &s->classes[(uint32_t)node * (s->n + 1) + id];
}

/* A value of a moment ago. */
static inline uint32_t
class_pages(const struct class *c)
{
    return atomic_load_explicit(&c->n_pages, memory_order_relaxed);
}

static inline uint64_t
class_free_chunks(const struct class *c)
{
    return atomic_load_explicit(&c->n_free, memory_order_relaxed);
}

/* Bytes of the class's chunks that are not free, for any reason. */
static inline uint64_t
class_used_bytes(const struct class *c)
{
    uint64_t n = (uint64_t)class_pages(c) * c->geometry->n_chunks, n_free = class_free_chunks(c);
    return (n > n_free ? n - n_free : 0) * c->geometry->size; /* the two were not read at the same moment */
}

/* The first page after `page` that was ever used, 0 if there is none.  Start from 0 for all pages. */
uint32_t class_next_page(const struct class_set *, uint32_t page);

/* The class of a chunk's page. */
struct class *class_of_chunk(const struct class_set *, uint64_t chunk);

/*
 * Takes up to `n` free chunks, from a page of the pool if the class has none;
 * returns how many.  They are as close together as possible.
 */
size_t class_take(struct class *, uint64_t *chunks, size_t n);

/* Returns chunks of any class and node to their pages. */
void class_give(struct class_set *, const uint64_t *chunks, size_t n);

/* Adds a page to a class, from the pool, or fresh from the budget; false if there is none. */
MUST_USE bool class_grow(struct class *);

/* Chunk `i` of a page of this class. */
static inline uint64_t
class_chunk(const struct class *c, uint32_t page, uint32_t i)
{
    CHECKED_MUST(i <= c->geometry->n_chunks); /* n_chunks itself is allowed: the end of the last chunk */
    return arena_page_offset(c->set->arena, page) + c->geometry->first + (uint64_t)i * c->geometry->size;
}

/*
 * Gives an empty page to the pool if its class has plenty of free chunks left,
 * unless pages stay in their classes.
 */
void class_give_surplus(struct class *, uint32_t page);

/* Have other nodes more than `n` pages without a class?  A node takes these before it evicts. */
bool class_others_have(const struct class_set *, int node, uint64_t n);

/* Free chunks of a page. */
uint32_t class_free_in(struct class *, uint32_t page);

/* Gives one wholly empty page of the class to the pool; false if it has none. */
MUST_USE bool class_release_empty(struct class *);

/*
 * Returns a free page's memory to the kernel; the caller gets its unit of the
 * budget.  false if the pool is empty.
 */
MUST_USE bool class_take_unit(struct class_set *);

/*
 * Is the chunk free according to its page's map? Under the class lock, or while
 * no thread changes the store.
 */
bool class_chunk_is_free(const struct class *, uint32_t page, uint32_t i);

/* The class's invariants; while no thread changes the store. */
bool class_check(const struct class *, char *why, size_t n_why);

/* ---- class_hold.c: the hand, and pages that keep their class ------------- */

/* A run of chunks for the sweep. */
struct class_run {
    uint32_t page;
    uint32_t from, to; /* chunk numbers */
};

/*
 * Takes the next run of at most `n` chunks and moves the hand past it; false if
 * the class has no page.  The page is held: it keeps its class, so that its
 * chunks stay at their places, until class_hold_end.
 */
MUST_USE bool class_hold_run(struct class *, uint32_t n, struct class_run *);

/*
 * Holds the next page of a node, of any class, and moves the node's hand past
 * it; NULL if all pages have no class or are fenced.
 */
struct class *class_hold_next(struct class_set *, int node, uint32_t *page);

/* Holds a page of any class; NULL if it has none or is fenced. */
struct class *class_hold(struct class_set *, uint32_t page);
void class_hold_end(struct class *, uint32_t page);

/* ---- class_fence.c: pages that leave their class ------------------------- */

/* Fences a page, one of the sparsest; 0 if there is none (or all are fenced). */
uint32_t class_fence(struct class *);
/* Ends the fence of a page, which serves again. */
void class_fence_lift(struct class *, uint32_t page);
/* Gives a fenced page whose chunks are all free to the pool; false if some are not, or the page is held. */
MUST_USE bool class_fence_release(struct class *, uint32_t page);

#endif
