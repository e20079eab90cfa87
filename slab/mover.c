#include "slab/mover.h"

#include <stdlib.h>

#include "base/clock.h"
#include "slab/dead.h"
#include "slab/evacuate.h"
#include "slab/evict.h"
#include "slab/grace.h"
#include "slab/room.h"

enum {
    POOL_SHARE = 256,    /* of all pages, that part is kept free ... */
    POOL_PAGES = 2,      /* ... but these at least */
    POOL_PRESSED = 4,    /* and so many times as many while the surroundings are short of memory */
    UNITS_AT_ONCE = 16,  /* pages that the index is given in one go */
    SPLIT_ROUNDS = 1024, /* of 64 splits each */
};

struct mover {
    struct store *store;
    struct store_thread *thread; /* its own; used by its own thread only */
    pthread_t id;
    struct lock lock;
    pthread_cond_t wake;
    pthread_cond_t rest;                      /* signalled when `working` ends */
    bool stop, tick, demand, paused, working; /* [lock] */
    uint64_t n_linked;                        /* items stored until the last tick; its own thread only */
    _Atomic bool awake;                       /* a hint that spares waking it twice; relaxed */
};

/* ---- housekeeping ----------------------------------------------------- */

/* What was evicted before and has waited long enough; false if some has not. */
static bool
collect(struct store_thread *t)
{
    epoch_enter(t->epoch, t->record);
    store_thread_harvest(t, UINT32_MAX);
    store_thread_flush_magazines(t);
    bool all = t->limbo.head == t->limbo.tail;
    epoch_leave(t->epoch, t->record);
    return all;
}

/* The index grows out of the same budget as pages: it gets the page that is worth the least. */
void
mover_feed_index(struct store_thread *t)
{
    struct store *store = t->store;
    uint64_t wanted = index_units_wanted(&store->index);
    if (atomic_load_explicit(&store->arena.budget, memory_order_relaxed) > 0)
        return; /* it can help itself */
    atomic_store_explicit(&store->index.hungry, false, memory_order_relaxed);
    for (int i = 0; i < UNITS_AT_ONCE && (uint64_t)i < wanted; i++) {
        if (!(store->options.evict ? room_take_unit(t) : class_take_unit(&store->classes)))
            return;
        atomic_fetch_add_explicit(&store->index.credit, 1, memory_order_relaxed);
    }
}

/* Splits that were due while there was no memory for them; inserts alone might never catch up. */
static void
grow_index(struct store_thread *t)
{
    for (int i = 0; i < SPLIT_ROUNDS; i++) {
        uint64_t before = index_size(t->index);
        epoch_enter(t->epoch, t->record);
        store_thread_grow_index(t);
        epoch_leave(t->epoch, t->record);
        (void)epoch_try_advance(t->epoch);
        if (index_size(t->index) == before)
            return;
    }
}

/* Are the surroundings short of memory?  Then what is dead goes sooner, and more is kept ready. */
static bool
is_pressed(const struct store *store)
{
    return store_pressure(store) >= STORE_PRESSURE_WARNING;
}

/* The pages where something is due, by the clock or by store_crawl. */
static void
sweep_due(struct store_thread *t)
{
    bool crawling = atomic_load_explicit(&t->store->crawling, memory_order_acquire);
    (void)(crawling || is_pressed(t->store) ? dead_sweep(t) : dead_sweep_some(t));
    if (!crawling)
        return;
    (void)grace_pass(t, false); /* who asks then what is used finds it as it is */
    atomic_store_explicit(&t->store->crawling, false, memory_order_release);
}

/* Sparse pages go to the pool before anybody needs them, if that is wanted. */
static void
spare_pages(struct store_thread *t)
{
    struct class_set *s = &t->store->classes;
    if (!class_moves_are_eager(s) && !is_pressed(t->store))
        return;
    for (int node = 0; node < t->store->arena.n_nodes; node++)
        (void)evacuate_sparse(t, node, CLASS_NONE);
}

/* The page that store_move_page asked for. */
static void
move_page(struct store_thread *t)
{
    uint64_t move = atomic_load_explicit(&t->store->move, memory_order_relaxed);
    if (move == 0)
        return;
    (void)room_move_page(t, (uint32_t)(move >> 32), (uint32_t)move);
    atomic_store_explicit(&t->store->move, 0, memory_order_relaxed);
}

/* The class's invariants, walked while everybody else works: with --enable-checks=full. */
static void
prove_class(struct class *c)
{
#ifdef LARDER_CHECKS_FULL
    char why[256];
    lock_take(&c->lock);
    if (!class_check(c, why, sizeof why))
        must_fail(why, __FILE__, __LINE__, __func__);
    lock_give(&c->lock);
#else
    (void)c;
#endif
}

void
mover_keep_house(struct store_thread *t)
{
    struct class_set *s = &t->store->classes;
    store_flush_if_due(t->store);
    dead_mark_flushed(t->store, false);
    sweep_due(t);
    move_page(t);
    spare_pages(t);
    for (uint32_t i = 0; i < (uint32_t)t->store->arena.n_nodes * (s->n + 1); i++)
        if (class_pages(&s->classes[i]) > 0)
            prove_class(&s->classes[i]);
    if (arena_is_over(&t->store->arena))
        (void)room_shrink(t);
    mover_feed_index(t);
    grow_index(t);
    (void)grace_pass(t, false);
    (void)collect(t); /* the mover itself has no use for what it found */
    atomic_fetch_add_explicit(&t->store->n_sweeps, 1, memory_order_relaxed);
}

/* ---- demand ----------------------------------------------------------- */

/* Pages that a node's pool should have when memory is full: whichever class runs out next takes one. */
static uint64_t
reserve_of(const struct store *store)
{
    uint64_t n_nodes = (uint64_t)store->arena.n_nodes;
    uint64_t n = atomic_load_explicit(&store->arena.n_pages, memory_order_relaxed) / n_nodes / POOL_SHARE;
    n = n < POOL_PAGES ? POOL_PAGES : n;
    return is_pressed(store) ? n * POOL_PRESSED : n;
}

static bool
memory_is_full(const struct store *store)
{
    return atomic_load_explicit(&store->arena.budget, memory_order_relaxed) <= 0;
}

void
mover_note_hunger(struct store *store)
{
    if (store->mover != NULL && atomic_load_explicit(&store->index.hungry, memory_order_relaxed) &&
        !atomic_load_explicit(&store->mover->awake, memory_order_relaxed))
        mover_wake(store->mover, false);
}

void
mover_note_events(struct store *store)
{
    if (store->mover != NULL && !atomic_load_explicit(&store->mover->awake, memory_order_relaxed))
        mover_wake(store->mover, false);
}

void
mover_note_demand(struct store *store, int node)
{
    if (store->mover == NULL || !store->options.evict || !memory_is_full(store) ||
        page_pool_pages(&store->classes.pools[node]) >= (reserve_of(store) + 1) / 2 ||
        atomic_load_explicit(&store->mover->awake, memory_order_relaxed))
        return;
    mover_wake(store->mover, false);
}

/* true: a node is still waiting for a grace period to end. */
static bool
fill_pools(struct store_thread *t)
{
    bool waiting = false;
    if (!t->store->options.evict || class_pages_stay(&t->store->classes) || !memory_is_full(t->store))
        return false;
    for (int node = 0; node < t->store->arena.n_nodes; node++)
        waiting |= !room_fill_pool(t, node, reserve_of(t->store));
    return waiting;
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
    uint64_t linked = store_counted(store, STORE_N_LINKED);
    bool stored = linked != m->n_linked;
    m->n_linked = linked;
    if (!stored || !store->options.evict || !memory_is_full(store))
        return;
    for (int node = 0; node < store->arena.n_nodes; node++) {
        uint32_t n_classes;
        uint64_t n_free = free_bytes(store, node, &n_classes);
        if (n_free < (n_classes + 2 * reserve_of(store)) * store->arena.page_size)
            evict_one(m->thread, node);
    }
}

/* ---- the thread ------------------------------------------------------- */

static void *
run(void *arg)
{
    struct mover *m = arg;
    pthread_setname_np(pthread_self(), "larder-mover");
    for (;;) {
        lock_take(&m->lock);
        m->working = false;
        pthread_cond_broadcast(&m->rest);
        while (!m->stop && (m->paused || (!m->tick && !m->demand))) {
            atomic_store_explicit(&m->awake, false, memory_order_relaxed);
            (void)lock_wait(&m->lock, &m->wake, clock_ns() + 1000000000u);
        }
        bool stop = m->stop, tick = m->tick;
        m->tick = m->demand = false;
        m->working = true;
        atomic_store_explicit(&m->awake, true, memory_order_relaxed);
        lock_give(&m->lock);
        if (stop)
            return NULL;
        bool waiting = fill_pools(m->thread);
        shadow_play(m->store);
        move_page(m->thread);
        if (arena_is_over(&m->store->arena))
            waiting |= room_shrink(m->thread);
        if (atomic_load_explicit(&m->store->index.hungry, memory_order_relaxed)) {
            mover_feed_index(m->thread);
            grow_index(m->thread);
        }
        if (tick) {
            take_toll(m);
            mover_keep_house(m->thread);
        } else if (atomic_load_explicit(&m->store->crawling, memory_order_relaxed)) {
            sweep_due(m->thread);
        }
        if (waiting)
            mover_wake(m, false);
    }
}

static void
free_mover(struct mover *m)
{
    store_thread_free(&m->thread);
    lock_fini(&m->lock);
    pthread_cond_destroy(&m->wake);
    pthread_cond_destroy(&m->rest);
    free(m);
}

struct mover *
mover_start(struct store *store)
{
    struct mover *m = calloc(1, sizeof *m);
    if (m == NULL)
        return NULL;
    m->store = store;
    m->thread = store_thread_new(store);
    lock_init(&m->lock, LOCK_MOVER);
    lock_cond_init(&m->wake);
    lock_cond_init(&m->rest);
    store->mover = m; /* before its thread looks */
    if (m->thread == NULL || pthread_create(&m->id, NULL, run, m) != 0) {
        store->mover = NULL;
        free_mover(m);
        return NULL;
    }
    return m;
}

void
mover_stop(struct mover **pm)
{
    struct mover *m = *pm;
    if (m == NULL)
        return;
    lock_take(&m->lock);
    m->stop = true;
    pthread_cond_signal(&m->wake);
    lock_give(&m->lock);
    pthread_join(m->id, NULL);
    *pm = NULL; /* its thread looked at it until now */
    free_mover(m);
}

void
mover_pause(struct mover *m)
{
    if (m == NULL)
        return;
    lock_take(&m->lock);
    m->paused = true;
    while (m->working)
        (void)lock_wait(&m->lock, &m->rest, clock_ns() + 1000000000u);
    lock_give(&m->lock);
}

void
mover_resume(struct mover *m)
{
    if (m == NULL)
        return;
    lock_take(&m->lock);
    m->paused = false;
    pthread_cond_signal(&m->wake);
    lock_give(&m->lock);
}

void
mover_wake(struct mover *m, bool tick)
{
    lock_take(&m->lock);
    bool asleep = !m->tick && !m->demand;
    m->tick |= tick;
    m->demand |= !tick;
    if (asleep && !atomic_load_explicit(&m->awake, memory_order_relaxed))
        pthread_cond_signal(&m->wake);
    lock_give(&m->lock);
}
