/*
 * class_hold: the hand's order of pages, and pages that keep their class while a
 * sweep reads them; see class.h.
 */
#include "slab/mem/class_list.h"

bool
class_hold_run(struct class *c, uint32_t n, struct class_run *run)
{
    MUST(n > 0);
    lock_take(&c->lock);
    bool found = c->hand != 0;
    if (found) {
        MUST(c->hand_chunk < c->geometry->n_chunks);
        uint32_t end = c->hand_chunk + n;
        if (end > c->geometry->n_chunks)
            end = c->geometry->n_chunks;
        *run = (struct class_run){c->hand, c->hand_chunk, end};
        arena_page(c->set->arena, c->hand)->n_holds++;
        c->hand_chunk = end;
        if (end == c->geometry->n_chunks) {
            c->hand = arena_page(c->set->arena, c->hand)->ring_next;
            c->hand_chunk = 0;
        }
    }
    lock_give(&c->lock);
    return found;
}

struct class *
class_hold_next(struct class_set *s, int node, uint32_t *number)
{
    struct page_pool *pool = &s->pools[node];
    uint32_t end = atomic_load_explicit(&pool->next, memory_order_relaxed);
    for (uint32_t i = pool->first; i < end; i++) {
        uint32_t hand = atomic_load_explicit(&pool->hand, memory_order_relaxed), after;
        do /* several threads may sweep: each gets a page of its own */
            after = hand + 1 < end ? hand + 1 : pool->first;
        while (!atomic_compare_exchange_weak_explicit(
            &pool->hand, &hand, after, memory_order_relaxed, memory_order_relaxed));
        atomic_fetch_add_explicit(&pool->n_passed, 1, memory_order_relaxed);
        MUST(hand >= pool->first);
        struct class *c = class_hold(s, hand);
        if (c != NULL) {
            *number = hand;
            return c;
        }
    }
    return NULL;
}

struct class *
class_hold(struct class_set *s, uint32_t number)
{
    struct page *page = arena_page(s->arena, number);
    /* Pairs with page_set's release, so that the page's node is visible. */
    uint32_t id = atomic_load_explicit(&page->class_id, memory_order_acquire);
    if (id == CLASS_NONE)
        return NULL;
    struct class *c = class_at(s, page->node, id);
    lock_take(&c->lock);
    bool ours =
        atomic_load_explicit(&page->class_id, memory_order_relaxed) == id && page_state(page) == PAGE_USED;
    if (ours) {
        MUST(page->n_holds < UINT16_MAX);
        page->n_holds++;
    }
    lock_give(&c->lock);
    return ours ? c : NULL;
}

void
class_hold_end(struct class *c, uint32_t number)
{
    lock_take(&c->lock);
    MUST(arena_page(c->set->arena, number)->n_holds-- > 0);
    class_give_surplus(c, number);
    lock_give(&c->lock);
}
