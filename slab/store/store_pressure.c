/* The memory pressure, as set by the owner, and the amount of memory that the engine uses. */
#include "slab/store.h"
#include "slab/core/store_thread.h"

void
store_set_pressure(struct store *store, enum store_pressure pressure)
{
    MUST(pressure >= STORE_PRESSURE_NORMAL && pressure <= STORE_PRESSURE_EMERGENCY);
    atomic_store_explicit(&store->pressure, (uint8_t)pressure, memory_order_relaxed);
}

enum store_pressure
store_pressure(const struct store *store)
{
    return (enum store_pressure)atomic_load_explicit(&store->pressure, memory_order_relaxed);
}

size_t
store_taken(const struct store *store)
{
    store_must_be(store);
    const struct arena *a = &store->arena;
    int64_t n_pages = (int64_t)atomic_load_explicit(&a->n_pages, memory_order_relaxed);
    int64_t taken = n_pages - atomic_load_explicit(&a->budget, memory_order_relaxed);
    /* the two values were not read at the same moment */
    return taken < 0 ? 0 : (size_t)taken << a->page_shift;
}
