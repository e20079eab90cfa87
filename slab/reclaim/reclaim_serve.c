#include "slab/reclaim/reclaim_serve.h"

#include "slab/core/counters.h"
#include "slab/reclaim/reclaim.h"
#include "slab/core/hooks.h"

static bool
reclaim(struct store_thread *t, uint32_t class_id, size_t want)
{
    if (class_id != CLASS_NONE)
        return reclaim_anywhere(t, class_id, want);
    reclaim_feed_index(t);
    return index_has_memory(t->index);
}

void
reclaim_serve(struct store_thread *t)
{
    store_thread_must_be_outside(t);
    struct store *store = t->store;
    bool served = false;
    for (uint32_t id = 0; id <= store->classes.n; id++) {
        struct reclaim_asks *a = &store->asks[id];
        uint32_t wanted = atomic_exchange_explicit(&a->wanted, 0, memory_order_relaxed);
        if (wanted == 0)
            continue;
        uint64_t n_asked = atomic_load_explicit(&a->n_asked, memory_order_relaxed);
        uint64_t freed = counters_without_class(store, STORE_N_FREED);
        bool reclaimed = reclaim(t, id, wanted);
        if (!reclaimed)
            atomic_store_explicit(&a->n_failed, n_asked, memory_order_relaxed);
        atomic_store_explicit(&a->spent_at, reclaimed ? 0 : freed + 1, memory_order_relaxed);
        served = true;
    }
    if (served)
        hooks_freed(store);
}
