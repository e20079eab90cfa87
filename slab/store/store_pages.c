/*
 * The page map: the use of each page, and statistics of its items.
 *
 * Counts are those of a moment ago.  Of the items a few on each page are read, evenly spread, so
 * that a map of all memory costs a walk over the page table and one cache line for each of them.
 */
#include "base/clock.h"
#include "slab/index/chain.h"
#include "slab/store.h"
#include "slab/reclaim/sweep.h"

enum {
    SAMPLE = 16, /* chunks of a page ... */
    FEW = 64,    /* ... but all of them if fewer than this are used */
};

static_assert((int)STORE_CLASSES_MAX == (int)CLASS_MAX, "the public number of classes");

static uint64_t
bytes_in_chunk(const struct store_thread *t, const struct item *it, uint64_t chunk)
{
    if (item_offset(t->base, it) != chunk)
        return sizeof(struct link) + chain_at(t->base, chunk)->n;
    return (item_flags(it) & ITEM_CHAINED) ? t->store->classes.chunk_max : item_size(it);
}

static void
sample(struct store_thread *t, struct class *c, struct store_page *page)
{
    store_thread_must_be_outside(t);
    uint64_t bytes = 0, age = 0, heat = 0, n = 0;
    uint32_t n_chunks = c->geometry->n_chunks, now = clock_stamp();
    uint32_t step = page->n_used < FEW ? 1 : n_chunks / SAMPLE + 1;
    epoch_enter(t->epoch, t->record);
    for (uint32_t i = 0; i < n_chunks; i += step) {
        uint64_t chunk = class_chunk(c, page->number, i);
        const struct item *it = sweep_item_of(t, chunk);
        if (it == NULL)
            continue;
        n++;
        bytes += bytes_in_chunk(t, it, chunk);
        age += clock_age(now, atomic_load_explicit(&it->atime, memory_order_relaxed));
        heat += atomic_load_explicit(&it->heat, memory_order_relaxed);
    }
    epoch_leave(t->epoch, t->record);
    if (n == 0)
        return;
    page->live = (double)bytes / (double)n * page->n_used / (double)t->store->arena.page_size;
    page->age_s = (double)age / (double)n / (1 << CLOCK_STAMP_SHIFT);
    page->heat = (double)heat / (double)n;
}

static void
fill_used(struct store_thread *t, struct class *c, struct store_page *page)
{
    uint32_t n_free = class_free_in(c, page->number);
    page->state = STORE_PAGE_USED;
    page->class_id = c->id;
    page->chunk_size = c->geometry->size;
    page->n_chunks = c->geometry->n_chunks;
    page->n_used = n_free < page->n_chunks ? page->n_chunks - n_free : 0;
    page->expires =
        atomic_load_explicit(&arena_page(&t->store->arena, page->number)->soonest, memory_order_relaxed);
    sample(t, c, page);
}

static enum store_page_state
state_without_class(const struct page *p)
{
    switch (page_state(p)) {
    case PAGE_FREE: return STORE_PAGE_FREE;
    case PAGE_DRAINING: return STORE_PAGE_DRAINING;
    default: return STORE_PAGE_ABSENT; /* or the page has just been taken */
    }
}

bool
store_next_page(struct store_thread *t, uint32_t after, struct store_page *page)
{
    store_thread_must_be_outside(t);
    struct store *store = t->store;
    uint32_t number = class_next_page(&store->classes, after);
    if (number == 0)
        return false;
    *page = (struct store_page){.number = number};
    struct class *c = class_hold(&store->classes, number);
    if (c != NULL) {
        fill_used(t, c, page);
        class_hold_end(c, number);
    } else {
        page->state = state_without_class(arena_page(&store->arena, number));
    }
    page->node = arena_node_of(&store->arena, number);
    return true;
}
