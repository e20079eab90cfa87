#include "slab/reclaim/mover.h"

#include <pthread.h>
#include <stdlib.h>

#include "slab/core/demand.h"
#include "slab/form/pack.h"
#include "slab/form/promote.h"
#include "slab/train/train.h"
#include "slab/reclaim/evict.h"
#include "slab/reclaim/gather.h"
#include "slab/reclaim/locality_migrate.h"
#include "slab/reclaim/maintain.h"
#include "slab/reclaim/reclaim.h"
#include "slab/reclaim/reclaim_serve.h"

enum { MOVER_MAGIC = 0x6d6f7672 };

struct mover {
    uint32_t magic;
    struct store *store;
    int node;
    struct demand *demand;
    struct store_thread *thread; /* used by the mover's own thread only */
    pthread_t id;
    uint64_t n_linked; /* items stored until the last tick; used by the mover's own thread only */
};

static void
mover_must_be(const struct mover *m)
{
    MUST(m->magic == MOVER_MAGIC);
    store_must_be(m->store);
}

/* ---- memory in reserve ------------------------------------------------ */

/* true: it still waits for a grace period to end. */
static bool
fill_pool(struct mover *m)
{
    const struct store *store = m->store;
    if (!store->options.evict || !demand_is_full(store))
        reclaim_pack(m->thread, m->node);
    if (!store->options.evict || class_pages_stay(&store->classes) || !demand_is_full(store))
        return false;
    return !reclaim_fill_pool(m->thread, m->node, demand_reserve(store));
}

/* Free bytes of a node, in pages and chunks. */
static uint64_t
free_bytes(const struct store *store, int node, uint32_t *n_classes)
{
    uint64_t n = page_pool_pages(&store->classes.pools[node]) * store->arena.page_size;
    *n_classes = 0;
    for (uint32_t id = 1; id <= store->classes.n; id++) {
        const struct class *c = class_at(&store->classes, node, id);
        n += class_free_chunks(c) * c->geometry->size;
        *n_classes += class_pages(c) > 0;
    }
    return n;
}

/*
 * Evicts at least one item if any was stored since the last tick, even if there is free
 * memory left.  So `stats` shows evictions within a second of a write to a full cache, and
 * the memory that is free by chance settles at about half a page per class.
 */
static void
evict_minimum(struct mover *m)
{
    struct store *store = m->store;
    uint64_t linked = counters_total(store, STORE_N_LINKED);
    bool stored = linked != m->n_linked;
    uint32_t n_classes;
    m->n_linked = linked;
    if (!stored || !store->options.evict || !demand_is_full(store))
        return;
    uint64_t n_free = free_bytes(store, m->node, &n_classes);
    if (n_free < (n_classes + 2 * demand_reserve(store)) * store->arena.page_size)
        evict_one(m->thread, m->node);
}

/* ---- the thread ------------------------------------------------------- */

static void *
run(void *arg)
{
    struct mover *m = arg;
    mover_must_be(m);
    struct store_thread *t = m->thread;
    bool tick;
    pthread_setname_np(pthread_self(), "larder-mover");
    (void)store_thread_stay(t); /* if the kernel refuses, the mover works from another node */
    while (demand_await(m->demand, &tick)) {
        reclaim_serve(t);
        bool waiting = fill_pool(m);
        waiting |= locality_migrate(t);
        if (m->node == DEMAND_FIRST) {
            train_tend(t);
            gather_samples(t);
            waiting |= promote_run(t);
            waiting |= maintain_asked(t, tick);
        }
        if (tick) {
            evict_minimum(m);
            maintain_spare_pages(t, m->node);
            if (m->node == DEMAND_FIRST)
                maintain_common(t);
            else
                maintain_collect(t);
        }
        if (waiting)
            demand_again(m->demand);
    }
    return NULL;
}

/* false: out of memory or of records. */
static bool
start(struct mover *m, struct store *store, int node)
{
    m->magic = MOVER_MAGIC;
    m->store = store;
    m->node = node;
    m->demand = &store->demands[node];
    m->thread = store_thread_new_on(store, node);
    return m->thread != NULL && pack_join(m->thread);
}

static void
stop(struct mover *m)
{
    mover_must_be(m);
    demand_stop(m->demand);
    pthread_join(m->id, NULL);
}

/* The first `n_running` movers have a thread, the first `n` a store_thread. */
static void
end(struct store *store, int n_running, int n)
{
    struct mover *movers = store->movers;
    for (int i = 0; i < n_running; i++)
        stop(&movers[i]);
    train_stop(store);
    store->movers = NULL;
    demand_fini(store); /* the joined threads used it until now */
    for (int i = 0; i < n; i++) {
        if (movers[i].thread != NULL)
            pack_part(movers[i].thread);
        store_thread_free(&movers[i].thread);
        movers[i].magic = 0;
    }
    free(movers);
}

bool
mover_start(struct store *store)
{
    store_must_be(store);
    MUST(store->movers == NULL);
    int n_nodes = store->arena.n_nodes, n = 0, n_running = 0;
    struct mover *movers = calloc((size_t)n_nodes, sizeof *movers);
    if (movers == NULL || !demand_init(store)) { /* before any thread uses it */
        free(movers);
        return false;
    }
    store->movers = movers;
    while (n < n_nodes && start(&movers[n], store, n))
        n++;
    bool trains = n == n_nodes && train_start(store);
    while (
        trains && n_running < n && pthread_create(&movers[n_running].id, NULL, run, &movers[n_running]) == 0)
        n_running++;
    if (n_running == n_nodes)
        return true;
    end(store, n_running, n < n_nodes ? n + 1 : n); /* of the last one, a part may have been made */
    return false;
}

void
mover_stop(struct store *store)
{
    if (store->movers != NULL)
        end(store, store->arena.n_nodes, store->arena.n_nodes);
}

void
mover_pause(struct store *store)
{
    store_must_be(store);
    for (int i = 0; store->movers != NULL && i < store->arena.n_nodes; i++)
        demand_pause(store->movers[i].demand);
}

void
mover_resume(struct store *store)
{
    for (int i = 0; store->movers != NULL && i < store->arena.n_nodes; i++)
        demand_resume(store->movers[i].demand);
}

void
mover_tick(struct store *store)
{
    for (int i = 0; store->movers != NULL && i < store->arena.n_nodes; i++)
        demand_tick(store->movers[i].demand);
}
