#include "slab/core/demand.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "slab/core/store_thread.h"

enum {
    POOL_SHARE = 256,   /* this part of all pages is kept free ... */
    POOL_PAGES = 2,     /* ... but at least this many */
    POOL_PRESSURE = 4,  /* multiplied by this under memory pressure */
    LEFT_EVICTING = 16, /* memory is nearly full when less than this part is left; ... */
    LEFT_REFUSING = 8,  /* ... this part in a store that refuses values: packing must be done before */
};

/* ---- how much ------------------------------------------------------------- */

bool
demand_is_under_pressure(const struct store *store)
{
    return atomic_load_explicit(&store->pressure, memory_order_relaxed) >= STORE_PRESSURE_WARNING;
}

bool
demand_is_full(const struct store *store)
{
    return atomic_load_explicit(&store->arena.budget, memory_order_relaxed) <= 0;
}

bool
demand_is_eighth_full(const struct store *store)
{
    return atomic_load_explicit(&store->arena.budget, memory_order_relaxed) <=
           (int64_t)atomic_load_explicit(&store->arena.n_pages, memory_order_relaxed) / 8 * 7;
}

bool
demand_is_nearly_full(const struct store *store)
{
    int64_t n = atomic_load_explicit(&store->arena.budget, memory_order_relaxed);
    for (int node = 0; node < store->arena.n_nodes; node++)
        n += (int64_t)page_pool_pages(&store->classes.pools[node]);
    int64_t part = store->options.evict ? LEFT_EVICTING : LEFT_REFUSING;
    return n < (int64_t)atomic_load_explicit(&store->arena.n_pages, memory_order_relaxed) / part;
}

uint64_t
demand_reserve(const struct store *store)
{
    MUST(store->arena.n_nodes > 0);
    uint64_t n_nodes = (uint64_t)store->arena.n_nodes;
    uint64_t n = atomic_load_explicit(&store->arena.n_pages, memory_order_relaxed) / n_nodes / POOL_SHARE;
    n = n < POOL_PAGES ? POOL_PAGES : n;
    return demand_is_under_pressure(store) ? n * POOL_PRESSURE : n;
}

/* ---- init and fini ------------------------------------------------------- */

bool
demand_init(struct store *store)
{
    MUST(store->demands == NULL);
    size_t n = (size_t)store->arena.n_nodes;
    struct demand *demands = aligned_alloc(64, n * sizeof *demands);
    if (demands == NULL)
        return false;
    memset(demands, 0, n * sizeof *demands);
    for (size_t i = 0; i < n; i++) {
        lock_init(&demands[i].lock, LOCK_MOVER);
        lock_cond_init(&demands[i].wake);
        lock_cond_init(&demands[i].rest);
    }
    store->demands = demands;
    return true;
}

void
demand_fini(struct store *store)
{
    struct demand *demands = store->demands;
    store->demands = NULL;
    for (int i = 0; demands != NULL && i < store->arena.n_nodes; i++) {
        lock_fini(&demands[i].lock);
        pthread_cond_destroy(&demands[i].wake);
        pthread_cond_destroy(&demands[i].rest);
    }
    free(demands);
}

/* ---- waking --------------------------------------------------------------- */

static void
wake(struct demand *d, bool tick)
{
    lock_take(&d->lock);
    bool asleep = !d->tick && !d->wanted;
    d->tick |= tick;
    d->wanted |= !tick;
    if (asleep && !atomic_load_explicit(&d->awake, memory_order_relaxed))
        pthread_cond_signal(&d->wake);
    lock_give(&d->lock);
}

static bool
is_asleep(const struct store *store, int node)
{
    MUST(node >= 0 && node < store->arena.n_nodes);
    return store->demands != NULL && !atomic_load_explicit(&store->demands[node].awake, memory_order_relaxed);
}

void
demand_note_index(struct store *store)
{
    if (atomic_load_explicit(&store->index.needs_memory, memory_order_relaxed) &&
        is_asleep(store, DEMAND_FIRST))
        wake(&store->demands[DEMAND_FIRST], false);
}

void
demand_note_events(struct store *store)
{
    if (is_asleep(store, DEMAND_FIRST))
        wake(&store->demands[DEMAND_FIRST], false);
}

void
demand_note_requests(struct store *store, int node)
{
    if (is_asleep(store, node))
        wake(&store->demands[node], false);
}

/*
 * Always wakes the mover: one that is about to sleep may have missed the
 * request.  Only a thread that defers asks, so there is a mover.
 */
void
demand_note_ask(struct store *store, int node)
{
    MUST(store->demands != NULL && node >= 0 && node < store->arena.n_nodes);
    wake(&store->demands[node], false);
}

void
demand_note_order(struct store *store)
{
    if (store->demands != NULL)
        wake(&store->demands[DEMAND_FIRST], false);
}

void
demand_note_pages(struct store *store, int node)
{
    const struct class_set *s = &store->classes;
    if (UNLIKELY(atomic_load_explicit(&store->looks, memory_order_relaxed)) && demand_is_eighth_full(store) &&
        is_asleep(store, DEMAND_FIRST)) {
        atomic_store_explicit(&store->looks, false, memory_order_relaxed);
        wake(&store->demands[DEMAND_FIRST], false);
    }
    if (!store->options.evict || !demand_is_full(store)) {
        if (is_asleep(store, node) && demand_is_nearly_full(store))
            wake(&store->demands[node], false);
        return;
    }
    if (page_pool_pages(&s->pools[node]) >= (demand_reserve(store) + 1) / 2 || !is_asleep(store, node) ||
        class_others_have(s, node, demand_reserve(store)))
        return;
    wake(&store->demands[node], false);
}

/* ---- the mover's side, and the owner's ----------------------------------- */

bool
demand_await(struct demand *d, bool *tick)
{
    lock_take(&d->lock);
    d->working = false;
    pthread_cond_broadcast(&d->rest);
    while (!d->stop && (d->paused || (!d->tick && !d->wanted))) {
        atomic_store_explicit(&d->awake, false, memory_order_relaxed);
        (void)lock_wait(&d->lock, &d->wake, clock_ns() + 1000000000u);
    }
    bool stop = d->stop;
    *tick = d->tick;
    d->tick = d->wanted = false;
    d->working = true;
    atomic_store_explicit(&d->awake, true, memory_order_relaxed);
    lock_give(&d->lock);
    return !stop;
}

void
demand_again(struct demand *d)
{
    wake(d, false);
}

void
demand_tick(struct demand *d)
{
    wake(d, true);
}

void
demand_stop(struct demand *d)
{
    lock_take(&d->lock);
    d->stop = true;
    pthread_cond_signal(&d->wake);
    lock_give(&d->lock);
}

void
demand_pause(struct demand *d)
{
    lock_take(&d->lock);
    MUST(!d->stop);
    d->paused = true;
    while (d->working)
        (void)lock_wait(&d->lock, &d->rest, clock_ns() + 1000000000u);
    lock_give(&d->lock);
}

void
demand_resume(struct demand *d)
{
    lock_take(&d->lock);
    d->paused = false;
    pthread_cond_signal(&d->wake);
    lock_give(&d->lock);
}
