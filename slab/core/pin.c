#include "slab/core/pin.h"

uint64_t
pin_limit(const struct store *store)
{
    store_must_be(store);
    uint64_t limit = atomic_load_explicit(&store->limit, memory_order_relaxed);
    return limit / 100 * atomic_load_explicit(&store->pin_pct, memory_order_relaxed);
}

bool
store_may_pin(const struct store *store, uint64_t n)
{
    return atomic_load_explicit(&store->pinned_bytes, memory_order_relaxed) + n <= pin_limit(store);
}

void
store_set_pin_limit(struct store *store, uint32_t percent)
{
    MUST(percent <= 100);
    atomic_store_explicit(&store->pin_pct, percent, memory_order_relaxed);
}
