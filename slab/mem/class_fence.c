/*
 * class_fence: pages that take no new items and are emptied, to leave their class; see class.h.
 */
#include "slab/mem/class_list.h"

enum { FENCE_CHOICE = 64 };

/* The sparsest of some pages that have a free chunk; if none has, any that is not fenced. */
static uint32_t
sparsest_locked(struct class *c)
{
    lock_must_own(&c->lock);
    struct arena *a = c->set->arena;
    uint32_t n_pages = class_pages(c), best = 0, i = 0;
    for (uint32_t p = c->avail; p != 0 && i < FENCE_CHOICE; p = arena_page(a, p)->avail_next, i++)
        if (best == 0 || arena_page(a, p)->n_free > arena_page(a, best)->n_free)
            best = p;
    for (uint32_t p = c->hand; best == 0 && i < n_pages; p = arena_page(a, p)->ring_next, i++)
        if (page_state(arena_page(a, p)) == PAGE_USED)
            best = p;
    return best;
}

uint32_t
class_fence(struct class *c)
{
    lock_take(&c->lock);
    uint32_t number = sparsest_locked(c);
    if (number != 0) {
        struct page *page = arena_page(c->set->arena, number);
        MUST(page_state(page) == PAGE_USED);
        if (c->hand == number) {
            c->hand = page->ring_next;
            c->hand_chunk = 0;
        }
        page_set(page, PAGE_DRAINING, c->id);
        if (page->n_free > 0)
            list_avail_remove(c, number);
        list_add_free(c, -(int64_t)page->n_free);
    }
    lock_give(&c->lock);
    return number;
}

void
class_fence_lift(struct class *c, uint32_t number)
{
    lock_take(&c->lock);
    struct page *page = arena_page(c->set->arena, number);
    MUST(page_state(page) == PAGE_DRAINING);
    /* To the end of the ring: a page that could not be emptied now is not tried again immediately. */
    list_ring_remove(c, number);
    list_ring_insert(c, number);
    page_set(page, PAGE_USED, c->id);
    if (page->n_free > 0)
        list_avail_insert(c, number);
    list_add_free(c, page->n_free);
    lock_give(&c->lock);
}

bool
class_fence_release(struct class *c, uint32_t number)
{
    lock_take(&c->lock);
    const struct page *page = arena_page(c->set->arena, number);
    MUST(page_state(page) == PAGE_DRAINING);
    bool empty = page->n_free == c->geometry->n_chunks && page->n_holds == 0;
    if (empty) {
        list_detach(c, number);
    }
    lock_give(&c->lock);
    return empty;
}
