#include "slab/core/keep.h"

uint64_t
keep_limit(const struct store *store)
{
    store_must_be(store);
    uint64_t limit = atomic_load_explicit(&store->limit, memory_order_relaxed);
    return limit / 100 * atomic_load_explicit(&store->keep_pct, memory_order_relaxed);
}

bool
store_may_keep(const struct store *store, uint64_t n)
{
    return atomic_load_explicit(&store->kept_bytes, memory_order_relaxed) + n <= keep_limit(store);
}

void
store_set_keep(struct store *store, uint32_t percent)
{
    MUST(percent <= 100);
    atomic_store_explicit(&store->keep_pct, percent, memory_order_relaxed);
}
