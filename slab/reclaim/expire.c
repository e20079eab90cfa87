#include "slab/reclaim/expire.h"

#include "base/clock.h"
#include "slab/reclaim/sweep.h"

enum {
    ROUND_S = 5,        /* seconds in which all of a large memory is swept, if all pages are due */
    AT_LEAST = 1 << 18, /* items a second, so that a small memory is swept at once */
};

/* Every page is due. */
static void
mark_all(struct store *store)
{
    for (uint32_t p = 0; (p = class_next_page(&store->classes, p)) != 0;)
        atomic_store_explicit(&arena_page(&store->arena, p)->soonest, 1, memory_order_relaxed);
}

void
expire_mark_flushed(struct store *store, bool at_once)
{
    store_must_be(store);
    uint32_t flushed_s = atomic_load_explicit(&store->flush_unswept_s, memory_order_acquire);
    if (flushed_s == 0 || (flushed_s == clock_now_s() && !at_once) ||
        !atomic_compare_exchange_strong(&store->flush_unswept_s, &flushed_s, 0))
        return;
    mark_all(store);
}

void
expire_mark_stepped(struct store *store)
{
    uint32_t n = clock_n_steps();
    if (atomic_exchange_explicit(&store->n_steps_seen, n, memory_order_relaxed) != n)
        mark_all(store);
}

/*
 * Sweeps pages that are due, after `page` and round to it, until `most` items
 * were inspected; returns the last page.
 */
static uint32_t
sweep_round(struct store_thread *t, uint32_t page, uint64_t most, struct sweep_tally *tally)
{
    const struct class_set *s = &t->store->classes;
    uint32_t now = clock_now_s(), first = page;
    bool wrapped = false;
    while (tally->n_visited < most) {
        page = class_next_page(s, page);
        if (page == 0 && !wrapped && first != 0) {
            wrapped = true;
            continue;
        }
        if (page == 0 || (wrapped && page > first))
            break;
        uint32_t soonest = atomic_load_explicit(&arena_page(s->arena, page)->soonest, memory_order_relaxed);
        struct class *c = soonest != 0 && soonest <= now ? class_hold(&t->store->classes, page) : NULL;
        if (c == NULL)
            continue;
        sweep_page(t, c, page, SWEEP_EXPIRED, NULL, tally);
        class_hold_end(c, page);
    }
    return page;
}

static uint64_t
sweep_due(struct store_thread *t, uint64_t most)
{
    struct store *store = t->store;
    struct sweep_tally tally = {0};
    uint32_t hand = atomic_load_explicit(&store->expire_hand, memory_order_relaxed);
    atomic_store_explicit(&store->expire_hand, sweep_round(t, hand, most, &tally), memory_order_relaxed);
    atomic_fetch_add_explicit(&store->n_visited, tally.n_visited, memory_order_relaxed);
    return tally.n_freed;
}

uint64_t
expire_sweep(struct store_thread *t)
{
    store_thread_must_be_outside(t);
    return sweep_due(t, UINT64_MAX);
}

uint64_t
expire_sweep_some(struct store_thread *t)
{
    store_thread_must_be_outside(t);
    const struct class_set *s = &t->store->classes;
    uint64_t n_chunks = 0;
    for (uint32_t i = 0; i < (uint32_t)s->arena->n_nodes * (s->n + 1); i++)
        n_chunks += (uint64_t)class_pages(&s->classes[i]) * s->classes[i].geometry->n_chunks;
    uint64_t share = n_chunks / ROUND_S + 1;
    return sweep_due(t, share < AT_LEAST ? AT_LEAST : share);
}
