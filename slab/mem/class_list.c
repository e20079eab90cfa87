#include "slab/mem/class_list.h"

void
list_ring_insert(struct class *c, uint32_t number)
{
    lock_must_own(&c->lock);
    struct arena *a = c->set->arena;
    struct page *page = arena_page(a, number);
    if (c->hand == 0) {
        page->ring_next = page->ring_prev = number;
        c->hand = number;
        c->hand_chunk = 0;
        return;
    }
    /* Just before the hand: a new page is swept last. */
    struct page *hand = arena_page(a, c->hand);
    page->ring_next = c->hand;
    page->ring_prev = hand->ring_prev;
    arena_page(a, hand->ring_prev)->ring_next = number;
    hand->ring_prev = number;
}

void
list_ring_remove(struct class *c, uint32_t number)
{
    lock_must_own(&c->lock);
    struct arena *a = c->set->arena;
    struct page *page = arena_page(a, number);
    MUST(arena_page(a, page->ring_prev)->ring_next == number &&
         arena_page(a, page->ring_next)->ring_prev == number);
    if (c->hand == number) {
        c->hand = page->ring_next == number ? 0 : page->ring_next;
        c->hand_chunk = 0;
    }
    arena_page(a, page->ring_prev)->ring_next = page->ring_next;
    arena_page(a, page->ring_next)->ring_prev = page->ring_prev;
}

void
list_avail_insert(struct class *c, uint32_t number)
{
    lock_must_own(&c->lock);
    struct page *page = arena_page(c->set->arena, number);
    page->avail_prev = 0;
    page->avail_next = c->avail;
    if (c->avail != 0)
        arena_page(c->set->arena, c->avail)->avail_prev = number;
    c->avail = number;
}

void
list_avail_remove(struct class *c, uint32_t number)
{
    lock_must_own(&c->lock);
    struct page *page = arena_page(c->set->arena, number);
    MUST(page->avail_prev != 0 || c->avail == number);
    if (page->avail_prev != 0)
        arena_page(c->set->arena, page->avail_prev)->avail_next = page->avail_next;
    else
        c->avail = page->avail_next;
    if (page->avail_next != 0)
        arena_page(c->set->arena, page->avail_next)->avail_prev = page->avail_prev;
}

void
list_detach(struct class *c, uint32_t number)
{
    lock_must_own(&c->lock);
    list_ring_remove(c, number);
    list_add_pages(c, -1);
    page_map_clear(c->set->arena, number, c->geometry->n_chunks);
    page_pool_give(&c->set->pools[c->node], number);
}
