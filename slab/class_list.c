#include "slab/class_list.h"

void
class_ring_insert(struct class *c, uint32_t number)
{
    struct arena *a = c->set->arena;
    struct page *page = arena_page(a, number);
    if (c->hand == 0) {
        page->ring_next = page->ring_prev = number;
        c->hand = number;
        c->hand_chunk = 0;
        return;
    }
    /* Behind the hand: a new page is swept last. */
    struct page *hand = arena_page(a, c->hand);
    page->ring_next = c->hand;
    page->ring_prev = hand->ring_prev;
    arena_page(a, hand->ring_prev)->ring_next = number;
    hand->ring_prev = number;
}

void
class_ring_remove(struct class *c, uint32_t number)
{
    struct arena *a = c->set->arena;
    struct page *page = arena_page(a, number);
    if (c->hand == number) {
        c->hand = page->ring_next == number ? 0 : page->ring_next;
        c->hand_chunk = 0;
    }
    arena_page(a, page->ring_prev)->ring_next = page->ring_next;
    arena_page(a, page->ring_next)->ring_prev = page->ring_prev;
}

void
class_avail_insert(struct class *c, uint32_t number)
{
    struct page *page = arena_page(c->set->arena, number);
    page->avail_prev = 0;
    page->avail_next = c->avail;
    if (c->avail != 0)
        arena_page(c->set->arena, c->avail)->avail_prev = number;
    c->avail = number;
}

void
class_avail_remove(struct class *c, uint32_t number)
{
    struct page *page = arena_page(c->set->arena, number);
    if (page->avail_prev != 0)
        arena_page(c->set->arena, page->avail_prev)->avail_next = page->avail_next;
    else
        c->avail = page->avail_next;
    if (page->avail_next != 0)
        arena_page(c->set->arena, page->avail_next)->avail_prev = page->avail_prev;
}

void
class_detach(struct class *c, uint32_t number)
{
    class_ring_remove(c, number);
    class_add_pages(c, -1);
    page_pool_give(&c->set->pools[c->node], number);
}

static bool
is_surplus(const struct class *c, const struct page *page)
{
    return page->n_free == c->geometry->n_chunks && page->n_holds == 0 && page_state(page) == PAGE_USED &&
           !class_pages_stay(c->set) &&
           atomic_load_explicit(&c->n_free, memory_order_relaxed) >= 2 * (uint64_t)c->geometry->n_chunks;
}

void
class_give_surplus(struct class *c, uint32_t number)
{
    lock_must_own(&c->lock);
    struct page *page = arena_page(c->set->arena, number);
    if (!is_surplus(c, page))
        return;
    class_add_free(c, -(int64_t)page->n_free);
    class_avail_remove(c, number);
    class_detach(c, number);
}
