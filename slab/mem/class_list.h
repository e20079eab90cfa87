/*
 * class_list: the two lists of a class's pages, and their sums.
 *
 * All its pages are in a ring, in the hand's order.  Those that have a free
 * chunk and are not fenced are in a list, too: `avail`.
 *
 * Private to class.c, class_hold.c and class_fence.c.
 *
 * Locks:   the caller holds the class's.
 */
#ifndef SLAB_MEM_CLASS_LIST_H
#define SLAB_MEM_CLASS_LIST_H

#include "slab/mem/class.h"

/* Inserts the page just before the hand, so that it is swept last. */
void list_ring_insert(struct class *, uint32_t page);
/* If the hand is at the page, it moves to the next one. */
void list_ring_remove(struct class *, uint32_t page);

void list_avail_insert(struct class *, uint32_t page);
void list_avail_remove(struct class *, uint32_t page);

static inline void
list_add_free(struct class *c, int64_t n)
{
    lock_must_own(&c->lock);
    uint64_t now = atomic_load_explicit(&c->n_free, memory_order_relaxed);
    CHECKED_MUST(n >= 0 || now >= (uint64_t)-n);
    atomic_store_explicit(&c->n_free, now + (uint64_t)n, memory_order_relaxed);
}

static inline void
list_add_pages(struct class *c, int n)
{
    lock_must_own(&c->lock);
    uint32_t now = atomic_load_explicit(&c->n_pages, memory_order_relaxed);
    MUST(n >= 0 || now >= (uint32_t)-n);
    atomic_store_explicit(&c->n_pages, now + (uint32_t)n, memory_order_relaxed);
}

/* Removes the page from the ring and gives it to the pool. */
void list_detach(struct class *, uint32_t page);

#endif
