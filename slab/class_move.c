/*
 * class_move: the hand's way round a class's pages, and pages that leave it; see class.h.
 */
#include "slab/class_list.h"

enum { FENCE_CHOICE = 64 };

bool
class_advance_hand(struct class *c, uint32_t n, struct class_run *run)
{
    lock_take(&c->lock);
    bool found = c->hand != 0;
    if (found) {
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
    uint32_t id =
        atomic_load_explicit(&page->class_id, memory_order_acquire); /* page_set's release: its node */
    if (id == CLASS_NONE)
        return NULL;
    struct class *c = class_at(s, page->node, id);
    lock_take(&c->lock);
    bool ours =
        atomic_load_explicit(&page->class_id, memory_order_relaxed) == id && page_state(page) == PAGE_USED;
    if (ours)
        page->n_holds++;
    lock_give(&c->lock);
    return ours ? c : NULL;
}

void
class_let_go(struct class *c, uint32_t number)
{
    lock_take(&c->lock);
    MUST(arena_page(c->set->arena, number)->n_holds-- > 0);
    class_give_surplus(c, number);
    lock_give(&c->lock);
}

/* The emptiest of some that have a free chunk; if none has, any that is not fenced. */
static uint32_t
sparsest_locked(struct class *c)
{
    lock_must_own(&c->lock);
    struct arena *a = c->set->arena;
    uint32_t n_pages = atomic_load_explicit(&c->n_pages, memory_order_relaxed), best = 0, i = 0;
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
        if (c->hand == number) {
            c->hand = page->ring_next;
            c->hand_chunk = 0;
        }
        page_set(page, PAGE_DRAINING, c->id);
        if (page->n_free > 0)
            class_avail_remove(c, number);
        class_add_free(c, -(int64_t)page->n_free);
    }
    lock_give(&c->lock);
    return number;
}

uint32_t
class_free_in(struct class *c, uint32_t number)
{
    lock_take(&c->lock);
    uint32_t n = arena_page(c->set->arena, number)->n_free;
    lock_give(&c->lock);
    return n;
}

void
class_unfence(struct class *c, uint32_t number)
{
    lock_take(&c->lock);
    struct page *page = arena_page(c->set->arena, number);
    /* To the far end of the ring: what could not be emptied now is not to be tried again at once. */
    class_ring_remove(c, number);
    class_ring_insert(c, number);
    page_set(page, PAGE_USED, c->id);
    if (page->n_free > 0)
        class_avail_insert(c, number);
    class_add_free(c, page->n_free);
    lock_give(&c->lock);
}

bool
class_release_empty(struct class *c)
{
    uint32_t number = 0;
    lock_take(&c->lock);
    for (number = c->avail; number != 0; number = arena_page(c->set->arena, number)->avail_next) {
        const struct page *page = arena_page(c->set->arena, number);
        if (page->n_free == c->geometry->n_chunks && page->n_holds == 0)
            break;
    }
    if (number != 0) {
        class_add_free(c, -(int64_t)c->geometry->n_chunks);
        class_avail_remove(c, number);
        class_detach(c, number);
    }
    lock_give(&c->lock);
    return number != 0;
}

bool
class_release(struct class *c, uint32_t number)
{
    lock_take(&c->lock);
    const struct page *page = arena_page(c->set->arena, number);
    bool empty = page->n_free == c->geometry->n_chunks && page->n_holds == 0;
    if (empty) {
        class_detach(c, number);
    }
    lock_give(&c->lock);
    return empty;
}
