#include "slab/mover.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "slab/evict.h"
#include "slab/room.h"
#include "slab/room_wait.h"

enum {
    POOL_SHARE = 256, /* of all pages, that part is kept free ... */
    POOL_PAGES = 2,   /* ... but these at least */
    POOL_PRESSED = 4, /* and so many times as many while the surroundings are short of memory */
    FIRST = 0,        /* this node's mover does what there is to do only once */
};

struct mover {
    struct store *store;
    int node;
    struct store_thread *thread; /* its own; used by its own thread only */
    pthread_t id;
    struct lock lock;
    pthread_cond_t wake;
    pthread_cond_t rest;                      /* signalled when `working` ends */
    bool stop, tick, demand, paused, working; /* [lock] */
    uint64_t n_linked;                        /* items stored until the last tick; its own thread only */
    _Alignas(64) _Atomic bool awake;          /* a hint that spares waking it twice; relaxed */
};

/* ---- demand ----------------------------------------------------------- */

bool
mover_is_pressed(const struct store *store)
{
    return store_pressure(store) >= STORE_PRESSURE_WARNING;
}

/* Pages that a node's pool should have when memory is full: whichever class runs out next takes one. */
static uint64_t
reserve_of(const struct store *store)
{
    uint64_t n_nodes = (uint64_t)store->arena.n_nodes;
    uint64_t n = atomic_load_explicit(&store->arena.n_pages, memory_order_relaxed) / n_nodes / POOL_SHARE;
    n = n < POOL_PAGES ? POOL_PAGES : n;
    return mover_is_pressed(store) ? n * POOL_PRESSED : n;
}

static bool
memory_is_full(const struct store *store)
{
    return atomic_load_explicit(&store->arena.budget, memory_order_relaxed) <= 0;
}

static void
wake(struct mover *m, bool tick)
{
    lock_take(&m->lock);
    bool asleep = !m->tick && !m->demand;
    m->tick |= tick;
    m->demand |= !tick;
    if (asleep && !atomic_load_explicit(&m->awake, memory_order_relaxed))
        pthread_cond_signal(&m->wake);
    lock_give(&m->lock);
}

static bool
is_asleep(const struct store *store, int node)
{
    return store->movers != NULL && !atomic_load_explicit(&store->movers[node].awake, memory_order_relaxed);
}

void
mover_note_hunger(struct store *store)
{
    if (atomic_load_explicit(&store->index.hungry, memory_order_relaxed) && is_asleep(store, FIRST))
        wake(&store->movers[FIRST], false);
}

void
mover_note_events(struct store *store)
{
    if (is_asleep(store, FIRST))
        wake(&store->movers[FIRST], false);
}

void
mover_note_wishes(struct store *store, int node)
{
    if (is_asleep(store, node))
        wake(&store->movers[node], false);
}

/* Never spared: a mover that is about to sleep has looked already. */
void
mover_note_ask(struct store *store, int node)
{
    wake(&store->movers[node], false);
}

void
mover_note_order(struct store *store)
{
    if (store->movers != NULL)
        wake(&store->movers[FIRST], false);
}

void
mover_note_demand(struct store *store, int node)
{
    if (!store->options.evict || !memory_is_full(store) ||
        page_pool_pages(&store->classes.pools[node]) >= (reserve_of(store) + 1) / 2 ||
        !is_asleep(store, node) || room_to_spare(store, node, reserve_of(store)))
        return;
    wake(&store->movers[node], false);
}

/* true: it is still waiting for a grace period to end. */
static bool
fill_pool(struct mover *m)
{
    const struct store *store = m->store;
    if (!store->options.evict || class_pages_stay(&store->classes) || !memory_is_full(store))
        return false;
    return !room_fill_pool(m->thread, m->node, reserve_of(store));
}

/* Bytes that are free for whatever comes, of a node: pages and chunks. */
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
 * For what was stored since the last tick at least something goes, even if there
 * was room left over from before: who watches a full cache being written to sees
 * evictions within the second, and what lies free by chance settles at about half
 * a page a class.
 */
static void
take_toll(struct mover *m)
{
    struct store *store = m->store;
    uint64_t linked = counters_total(store, STORE_N_LINKED);
    bool stored = linked != m->n_linked;
    uint32_t n_classes;
    m->n_linked = linked;
    if (!stored || !store->options.evict || !memory_is_full(store))
        return;
    uint64_t n_free = free_bytes(store, m->node, &n_classes);
    if (n_free < (n_classes + 2 * reserve_of(store)) * store->arena.page_size)
        evict_one(m->thread, m->node);
}

/* ---- the thread ------------------------------------------------------- */

/* Sleeps until there is something to do; false: to end.  `tick`: a second has passed. */
static bool
await_work(struct mover *m, bool *tick)
{
    lock_take(&m->lock);
    m->working = false;
    pthread_cond_broadcast(&m->rest);
    while (!m->stop && (m->paused || (!m->tick && !m->demand))) {
        atomic_store_explicit(&m->awake, false, memory_order_relaxed);
        (void)lock_wait(&m->lock, &m->wake, clock_ns() + 1000000000u);
    }
    bool stop = m->stop;
    *tick = m->tick;
    m->tick = m->demand = false;
    m->working = true;
    atomic_store_explicit(&m->awake, true, memory_order_relaxed);
    lock_give(&m->lock);
    return !stop;
}

static void *
run(void *arg)
{
    struct mover *m = arg;
    struct store_thread *t = m->thread;
    bool tick;
    pthread_setname_np(pthread_self(), "larder-mover");
    (void)store_thread_stay(t); /* refused, it works from further away */
    while (await_work(m, &tick)) {
        room_serve(t);
        bool waiting = fill_pool(m);
        waiting |= locality_bring(t);
        if (m->node == FIRST)
            waiting |= mover_do_asked(t, tick);
        if (tick) {
            take_toll(m);
            mover_spare_pages(t, m->node);
            if (m->node == FIRST)
                mover_keep_common(t);
            else
                mover_collect(t);
        }
        if (waiting)
            wake(m, false);
    }
    return NULL;
}

/* false: it has no thread, and nothing to be freed. */
static bool
start(struct mover *m, struct store *store, int node)
{
    m->store = store;
    m->node = node;
    m->thread = store_thread_new_on(store, node);
    if (m->thread == NULL)
        return false;
    lock_init(&m->lock, LOCK_MOVER);
    lock_cond_init(&m->wake);
    lock_cond_init(&m->rest);
    return true;
}

static void
finish(struct mover *m)
{
    store_thread_free(&m->thread);
    lock_fini(&m->lock);
    pthread_cond_destroy(&m->wake);
    pthread_cond_destroy(&m->rest);
}

static void
stop(struct mover *m)
{
    lock_take(&m->lock);
    m->stop = true;
    pthread_cond_signal(&m->wake);
    lock_give(&m->lock);
    pthread_join(m->id, NULL);
}

/* The first `n_running` have a thread, the first `n` are there at all. */
static void
end(struct store *store, int n_running, int n)
{
    struct mover *movers = store->movers;
    for (int i = 0; i < n_running; i++)
        stop(&movers[i]);
    store->movers = NULL; /* their threads looked at it until now */
    for (int i = 0; i < n; i++)
        finish(&movers[i]);
    free(movers);
}

bool
mover_start(struct store *store)
{
    int n_nodes = store->arena.n_nodes, n = 0, n_running = 0;
    struct mover *movers = aligned_alloc(64, (size_t)n_nodes * sizeof *movers);
    if (movers == NULL)
        return false;
    memset(movers, 0, (size_t)n_nodes * sizeof *movers);
    store->movers = movers; /* before any thread looks */
    while (n < n_nodes && start(&movers[n], store, n))
        n++;
    while (n == n_nodes && n_running < n &&
           pthread_create(&movers[n_running].id, NULL, run, &movers[n_running]) == 0)
        n_running++;
    if (n_running == n_nodes)
        return true;
    end(store, n_running, n);
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
    for (int i = 0; store->movers != NULL && i < store->arena.n_nodes; i++) {
        struct mover *m = &store->movers[i];
        lock_take(&m->lock);
        m->paused = true;
        while (m->working)
            (void)lock_wait(&m->lock, &m->rest, clock_ns() + 1000000000u);
        lock_give(&m->lock);
    }
}

void
mover_resume(struct store *store)
{
    for (int i = 0; store->movers != NULL && i < store->arena.n_nodes; i++) {
        struct mover *m = &store->movers[i];
        lock_take(&m->lock);
        m->paused = false;
        pthread_cond_signal(&m->wake);
        lock_give(&m->lock);
    }
}

void
mover_tick(struct store *store)
{
    for (int i = 0; store->movers != NULL && i < store->arena.n_nodes; i++)
        wake(&store->movers[i], true);
}
