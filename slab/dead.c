#include "slab/dead.h"

#include "base/clock.h"
#include "slab/sweep.h"

void
dead_mark_flushed(struct store *store, bool at_once)
{
    uint32_t flushed_s = atomic_load_explicit(&store->flush_unswept_s, memory_order_acquire);
    if (flushed_s == 0 || (flushed_s == clock_now_s() && !at_once) ||
        !atomic_compare_exchange_strong(&store->flush_unswept_s, &flushed_s, 0))
        return;
    for (uint32_t p = 0; (p = class_next_page(&store->classes, p)) != 0;)
        atomic_store_explicit(&arena_page(&store->arena, p)->soonest, 1, memory_order_relaxed);
}

uint64_t
dead_sweep(struct store_thread *t)
{
    struct store *store = t->store;
    struct sweep_tally tally = {0};
    uint32_t now = clock_now_s();
    for (uint32_t p = 0; (p = class_next_page(&store->classes, p)) != 0;) {
        uint32_t soonest = atomic_load_explicit(&arena_page(&store->arena, p)->soonest, memory_order_relaxed);
        if (soonest == 0 || soonest > now)
            continue;
        struct class *c = class_hold(&store->classes, p);
        if (c == NULL)
            continue;
        sweep_page(t, c, p, SWEEP_DEAD, NULL, &tally);
        class_let_go(c, p);
    }
    atomic_fetch_add_explicit(&store->n_visited, tally.n_visited, memory_order_relaxed);
    return tally.n_gone;
}
