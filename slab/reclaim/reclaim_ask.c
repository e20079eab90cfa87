#include "slab/reclaim/reclaim_ask.h"

#include "slab/core/counters.h"
#include "slab/core/demand.h"

void
reclaim_ask(struct store_thread *t, uint32_t class_id, size_t want)
{
    store_thread_must_be_inside(t);
    MUST(t->defers && class_id <= t->store->classes.n && want > 0);
    struct reclaim_asks *a = &t->store->asks[class_id];
    uint32_t wanted = want > UINT32_MAX ? UINT32_MAX : (uint32_t)want;
    uint32_t before = atomic_load_explicit(&a->wanted, memory_order_relaxed);
    t->ask =
        (struct store_ask){atomic_fetch_add_explicit(&a->n_asked, 1, memory_order_relaxed) + 1, class_id};
    while (before < wanted && !atomic_compare_exchange_weak_explicit(
                                  &a->wanted, &before, wanted, memory_order_relaxed, memory_order_relaxed))
        ;
    demand_note_ask(t->store, t->node); /* its lock orders these two stores before the mover's loads */
}

bool
reclaim_ask_is_spent(const struct store_thread *t, uint32_t class_id)
{
    MUST(class_id <= t->store->classes.n);
    const struct reclaim_asks *a = &t->store->asks[class_id];
    if (t->ask.number != 0 && t->ask.class_id == class_id &&
        t->ask.number <= atomic_load_explicit(&a->n_failed, memory_order_relaxed))
        return true;
    uint64_t spent = atomic_load_explicit(&a->spent_at, memory_order_relaxed);
    return spent != 0 && spent == counters_without_class(t->store, STORE_N_FREED) + 1;
}

void
reclaim_ask_forget(struct store *store)
{
    store_must_be(store);
    for (uint32_t id = 0; id <= store->classes.n; id++)
        if (atomic_load_explicit(&store->asks[id].spent_at, memory_order_relaxed) != 0)
            atomic_store_explicit(&store->asks[id].spent_at, 0, memory_order_relaxed);
}
