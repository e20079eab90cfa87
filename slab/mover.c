#include "slab/mover.h"

#include <stdlib.h>

#include "base/clock.h"
#include "slab/donor.h"
#include "slab/room.h"

enum {
    RESERVE_SHARE = 128,  /* the reserve is this part of a class's chunks ... */
    RESERVE_PAGES = 1,    /* ... but at most this many pages of it */
    POOL_SHARE = 64,      /* of all pages, that part stays in the pool ... */
    POOL_PAGES = 4,       /* ... but at most these */
    TOLL_PAGES = 4,       /* that may lie free in a class that still pays its toll ... */
    TOLL_CLASS_PAGES = 8, /* ... if it has these at least */
    UNITS_AT_ONCE = 16,   /* pages that the index is given in one go */
    SPLIT_ROUNDS = 1024,  /* of 64 splits each */
};

struct mover {
    struct store *store;
    struct store_thread *thread; /* its own; used by its own thread only */
    pthread_t id;
    struct lock lock;
    pthread_cond_t wake;
    pthread_cond_t rest;                      /* signalled when `working` ends */
    bool stop, tick, demand, paused, working; /* [lock] */
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

/* The pages where something is due, by the clock or by store_crawl. */
static void
sweep_due(struct store_thread *t)
{
    bool crawling = atomic_load_explicit(&t->store->crawling, memory_order_acquire);
    (void)room_sweep_dead(t);
    if (!crawling)
        return;
    (void)room_pass_grace(t, false); /* who asks then what is used finds it as it is */
    atomic_store_explicit(&t->store->crawling, false, memory_order_release);
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
    room_mark_flushed(t->store, false);
    sweep_due(t);
    move_page(t);
    for (uint32_t i = 0; i < (uint32_t)t->store->arena.n_nodes * (s->n + 1); i++)
        if (class_pages(&s->classes[i]) > 0) {
            donor_sample(t, &s->classes[i]);
            prove_class(&s->classes[i]);
        }
    if (arena_is_over(&t->store->arena))
        (void)room_shrink(t);
    mover_feed_index(t);
    grow_index(t);
    (void)room_pass_grace(t, false);
    (void)collect(t); /* the mover itself has no use for what it found */
    atomic_fetch_add_explicit(&t->store->n_sweeps, 1, memory_order_relaxed);
}

/* ---- demand ----------------------------------------------------------- */

/* Chunks that a class should have free when memory is full. */
static uint64_t
reserve_of(const struct class *c)
{
    uint64_t share = (uint64_t)class_pages(c) * c->geometry->n_chunks / RESERVE_SHARE;
    uint64_t most = (uint64_t)RESERVE_PAGES * c->geometry->n_chunks;
    return share < 2 ? 2 : share < most ? share : most;
}

/* The same once nobody is in a hurry: a magazine more, so that who comes next does not find it drawn on at once. */
static uint64_t
brim_of(const struct mover *m, const struct class *c)
{
    return reserve_of(c) + m->thread->magazines[c->id].max; /* fixed, so anybody may read it */
}

static uint64_t
pool_share(const struct store *store)
{
    return atomic_load_explicit(&store->arena.n_pages, memory_order_relaxed) / POOL_SHARE;
}

static bool
has_at_most(const struct store *store, int node, uint64_t n_pages)
{
    return atomic_load_explicit(&store->arena.budget, memory_order_relaxed) <= 0 &&
           atomic_load_explicit(&store->classes.pools[node].n_free, memory_order_relaxed) <= n_pages;
}

/*
 * The pool's last few pages do not count: they are for a writer whose class has
 * nothing, while the reserves, that others may draw on, are filled by evicting.
 */
static bool
memory_is_full(const struct store *store, int node)
{
    uint64_t kept = pool_share(store);
    return has_at_most(store, node, kept < POOL_PAGES ? kept : POOL_PAGES);
}

void
mover_note_hunger(struct store *store)
{
    if (store->mover != NULL && atomic_load_explicit(&store->index.hungry, memory_order_relaxed) &&
        !atomic_load_explicit(&store->mover->awake, memory_order_relaxed))
        mover_wake(store->mover, false);
}

/* For when the class wants nothing more urgent. */
static void
note_want(struct class *c, enum class_want want)
{
    uint8_t none = CLASS_WANTS_NONE;
    (void)atomic_compare_exchange_strong_explicit(
        &c->want, &none, (uint8_t)want, memory_order_relaxed, memory_order_relaxed);
}

void
mover_note_demand(struct store *store, struct class *c)
{
    if (store->mover == NULL || !store->options.evict)
        return;
    uint64_t have = class_free_chunks(c);
    if (have >= brim_of(store->mover, c) || !memory_is_full(store, c->node))
        return;
    if (have >= reserve_of(c) / 2)
        note_want(c, CLASS_WANTS_SOME);
    else if (atomic_exchange_explicit(&c->want, CLASS_WANTS_SOON, memory_order_relaxed) != CLASS_WANTS_SOON)
        mover_wake(store->mover, false);
}

static void
refill_reserve(struct store_thread *t, struct class *c, uint64_t reserve)
{
    uint64_t have = class_free_chunks(c);
    if (have >= reserve || (!memory_is_full(t->store, c->node) && class_grow(c)))
        return;
    if (!collect(t) && !room_pass_grace(t, false)) {
        /* Chunks are on their way, held up by a thread inside: evicting more would only lose more. */
        atomic_store_explicit(&c->want, CLASS_WANTS_SOON, memory_order_relaxed);
        return;
    }
    (void)collect(t);
    have = class_free_chunks(c);
    if (have < reserve)
        (void)room_make_some(t, c, (size_t)(reserve - have), false);
    (void)room_pass_grace(t, false);
    (void)collect(t);
}

/*
 * What a class was given since the last tick costs it at least one item, even if
 * chunks were left over from before or a page could be had from elsewhere: who
 * watches a full cache being written to sees evictions within the second, and
 * what lies free by chance, which is never more than a few pages, settles.  A small
 * class keeps what it has: there, the one that goes could be the one that came.
 */
static void
take_toll(struct store_thread *t, struct class *c)
{
    uint64_t linked = store_counted(t->store, c->id, STORE_N_LINKED);
    if (linked != c->n_linked && class_pages(c) >= TOLL_CLASS_PAGES &&
        has_at_most(t->store, c->node, pool_share(t->store) + POOL_PAGES) &&
        class_free_chunks(c) < brim_of(t->store->mover, c) + (uint64_t)TOLL_PAGES * c->geometry->n_chunks)
        (void)room_evict(t, c, 1, 1);
    c->n_linked = linked;
}

/* At a tick those too of which less than half is gone.  true: some class is still waiting for a grace period to end. */
static bool
refill_reserves(struct store_thread *t, bool tick)
{
    struct class_set *s = &t->store->classes;
    bool waiting = false;
    for (uint32_t i = 0; i < (uint32_t)t->store->arena.n_nodes * (s->n + 1); i++) {
        struct class *c = &s->classes[i];
        uint8_t want = atomic_load_explicit(&c->want, memory_order_relaxed);
        if (tick && class_pages(c) > 0 && t->store->options.evict)
            take_toll(t, c);
        if (want == CLASS_WANTS_NONE || (want == CLASS_WANTS_SOME && !tick))
            continue;
        atomic_store_explicit(&c->want, CLASS_WANTS_NONE, memory_order_relaxed);
        uint64_t brim = brim_of(t->store->mover, c);
        refill_reserve(t, c, tick ? brim : reserve_of(c));
        if (class_free_chunks(c) < brim)
            note_want(c, CLASS_WANTS_SOME);
        waiting |= atomic_load_explicit(&c->want, memory_order_relaxed) == CLASS_WANTS_SOON;
    }
    return waiting;
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
        bool waiting = refill_reserves(m->thread, tick);
        move_page(m->thread);
        if (arena_is_over(&m->store->arena))
            waiting |= room_shrink(m->thread);
        if (atomic_load_explicit(&m->store->index.hungry, memory_order_relaxed)) {
            mover_feed_index(m->thread);
            grow_index(m->thread);
        }
        if (tick)
            mover_keep_house(m->thread);
        else if (atomic_load_explicit(&m->store->crawling, memory_order_relaxed))
            sweep_due(m->thread);
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
