#include "slab/mover.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "slab/sweep.h"

enum {
    HAND_RUN = 256,           /* chunks that the hand moves over at a time */
    RESERVE_SHARE = 128,      /* the reserve is this part of a class's chunks ... */
    RESERVE_PAGES = 1,        /* ... but at most this many pages of it */
    DONOR_TRIES = 8,          /* pages that may turn out to be in use before another class is asked */
    ROUNDS_WITHOUT_GAIN = 16, /* in which nothing was freed although everybody had left */
    ROUNDS_IN_ALL = 4096,
    GRACE_YIELDS = 32,
    GRACE_NAPS = 20,
    GRACE_NAP_NS = 50000,
    SAMPLE_CHUNKS = 16,
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
    _Atomic bool awake;                       /* a hint that spares waking it twice; relaxed */
};

/* ---- grace ------------------------------------------------------------ */

/*
 * Lets a grace period pass and collects what that frees.  Waits for the threads
 * that are inside one, a bounded time: they serve one readiness and leave.
 * false: they did not within that time.
 */
static bool
pass_grace(struct store_thread *t, bool magazines)
{
    const struct timespec nap = {0, GRACE_NAP_NS};
    uint64_t target = epoch_now(t->epoch) + EPOCH_GRACE;
    for (int i = 0; epoch_now(t->epoch) < target && i < GRACE_YIELDS + GRACE_NAPS; i++) {
        if (epoch_try_advance(t->epoch))
            continue;
        if (i < GRACE_YIELDS)
            sched_yield();
        else
            nanosleep(&nap, NULL);
    }
    store_thread_raid_all(t->store, magazines);
    return epoch_now(t->epoch) >= target;
}

void
store_settle(struct store_thread *t)
{
    (void)pass_grace(t, true);
}

/* ---- whose page? ------------------------------------------------------ */

static uint32_t
pages_of(const struct class *c)
{
    return atomic_load_explicit(&c->n_pages, memory_order_relaxed);
}

static uint64_t
free_chunks_of(const struct class *c)
{
    return atomic_load_explicit(&c->n_free, memory_order_relaxed);
}

/* Looks at a few chunks under the hand: what is known of a class that has evicted nothing lately is out of date. */
static void
sample_staleness(struct store_thread *t, struct class *c)
{
    struct class_run run;
    if (!class_advance_hand(c, 0, &run))
        return;
    uint64_t sum = 0, n = 0;
    uint32_t end = run.from + SAMPLE_CHUNKS;
    epoch_enter(t->epoch, t->record);
    for (uint32_t i = run.from; i < end && i < c->geometry->n_chunks; i++) {
        struct item *it = (struct item *)(t->base + class_chunk(c, run.page, i));
        uint64_t seq = item_seq(it);
        if (seq == 0 || (seq & LINK_MARK))
            continue;
        /* A warm one counts as just written: it will not go. */
        if (atomic_load_explicit(&it->heat, memory_order_relaxed) == 0)
            sum += sweep_staleness(t, it, seq) / SAMPLE_CHUNKS;
        n++;
    }
    epoch_leave(t->epoch, t->record);
    class_let_go(c, run.page);
    if (n > 0)
        atomic_store_explicit(&c->staleness, sum / n * SAMPLE_CHUNKS, memory_order_relaxed);
}

static uint64_t
staleness_of(const struct class *c)
{
    return atomic_load_explicit(&c->staleness, memory_order_relaxed);
}

/* A class's last page comes last: it would want another at once. */
static bool
gives_rather(const struct class *a, const struct class *b)
{
    if ((pages_of(a) > 1) != (pages_of(b) > 1))
        return pages_of(a) > 1;
    if (staleness_of(a) != staleness_of(b))
        return staleness_of(a) > staleness_of(b);
    return pages_of(a) > pages_of(b);
}

/* Classes that were asked in vain; by id. */
struct tried {
    bool class_id[CLASS_MAX + 1];
};

/*
 * The class that should give up a page for `c`: the one whose next victims are
 * the stalest, by a margin, or any that has pages when `c` cannot help itself.
 * `c` itself when it should evict its own.  NULL when there is none left to ask.
 */
static struct class *
choose_donor(struct class *c, bool own_is_spent, const struct tried *tried)
{
    struct class_set *s = c->set;
    struct class *best = NULL;
    for (uint32_t id = 1; id <= s->n; id++) {
        struct class *d = class_at(s, c->node, id);
        if (d == c || pages_of(d) == 0 || tried->class_id[id])
            continue;
        if (best == NULL || gives_rather(d, best))
            best = d;
    }
    if (own_is_spent || pages_of(c) == 0)
        return best;
    bool worth_it = best != NULL && pages_of(best) > 1 && staleness_of(best) / 2 > staleness_of(c);
    return worth_it ? best : c;
}

/* ---- the ways to make room -------------------------------------------- */

/* Pages where something has expired, or everything was flushed.  Returns how many chunks that frees. */
static uint64_t
sweep_dead(struct store_thread *t)
{
    struct store *store = t->store;
    struct sweep_tally tally = {0, 0};
    uint32_t now = clock_now_s();
    for (uint32_t p = 1; p <= store->arena.n_pages; p++) {
        uint32_t soonest = atomic_load_explicit(&arena_page(&store->arena, p)->soonest, memory_order_relaxed);
        if (soonest == 0 || soonest > now)
            continue;
        struct class *c = class_hold(&store->classes, p);
        if (c == NULL)
            continue;
        sweep_page(t, c, p, SWEEP_DEAD, &tally);
        class_let_go(c, p);
    }
    atomic_fetch_add_explicit(&store->n_visited, tally.n_visited, memory_order_relaxed);
    return tally.n_gone;
}

/* Evicts from the class itself until `want` chunks are on their way, or the hand went round twice without. */
static uint64_t
evict_own(struct store_thread *t, struct class *c, size_t want)
{
    struct sweep_tally tally = {0, 0};
    uint64_t n_chunks = (uint64_t)pages_of(c) * c->geometry->n_chunks;
    /* Every item can have been read ITEM_HEAT_MAX times. */
    uint64_t budget = n_chunks * (ITEM_HEAT_MAX + 1) + HAND_RUN;
    for (uint64_t seen = 0; tally.n_gone < want && seen < budget;) {
        struct class_run run;
        if (!class_advance_hand(c, HAND_RUN, &run))
            break;
        sweep_run(t, c, &run, SWEEP_CLOCK, &tally);
        seen += run.to - run.from;
        class_let_go(c, run.page);
    }
    atomic_fetch_add_explicit(&t->store->n_visited, tally.n_visited, memory_order_relaxed);
    return tally.n_gone;
}

/*
 * Would something on the page survive being emptied?  A value on its way out is
 * pinned; a chunk that is neither free nor of a linked item is in somebody's
 * hands, for a value that is still coming in, say.
 */
static bool
is_blocked(struct store_thread *t, struct class *c, uint32_t page)
{
    uint32_t n_linked = 0;
    bool pinned = false;
    epoch_enter(t->epoch, t->record);
    for (uint32_t i = 0; i < c->geometry->n_chunks && !pinned; i++) {
        const struct item *it = sweep_item_of(t, class_chunk(c, page, i));
        if (it == NULL)
            continue;
        n_linked++;
        pinned = it->vlen >= STORE_PIN_MIN && atomic_load_explicit(item_pins(it), memory_order_relaxed) != 0;
    }
    epoch_leave(t->epoch, t->record);
    return pinned || n_linked + class_free_in(c, page) < c->geometry->n_chunks;
}

/* Empties one fenced page, which stays fenced if it cannot; false if something in it is in use and stays.  Nothing is lost for a page that cannot be had. */
static bool
drain_page(struct store_thread *t, struct class *c, uint32_t page)
{
    struct sweep_tally tally = {0, 0};
    (void)pass_grace(t, true);
    if (!is_blocked(t, c, page)) {
        sweep_page(t, c, page, SWEEP_EMPTY, &tally);
        (void)pass_grace(t, true);
        return class_release(c, page);
    }
    return false;
}

/*
 * Takes a page from a class into the pool.  false if none of the next few can be
 * emptied.  Those stay fenced until the end: the sparsest would be chosen again.
 */
static bool
take_page_from(struct store_thread *t, struct class *donor)
{
    uint32_t blocked[DONOR_TRIES], n = 0, page;
    bool drained = false;
    while (!drained && n < DONOR_TRIES && (page = class_fence(donor)) != 0) {
        drained = drain_page(t, donor, page);
        if (!drained)
            blocked[n++] = page;
    }
    while (n > 0)
        class_unfence(donor, blocked[--n]);
    if (drained) {
        atomic_fetch_add_explicit(&t->store->n_pages_moved, 1, memory_order_relaxed);
        sample_staleness(t, donor);
    }
    return drained;
}

/* A page that holds nothing costs nobody anything: it goes before any item does. */
static bool
take_empty_page(struct store_thread *t, const struct class *c)
{
    struct class_set *s = &t->store->classes;
    store_thread_raid_all(t->store, true); /* what lies in magazines keeps its page from being empty */
    for (uint32_t id = 1; id <= s->n; id++) {
        struct class *d = class_at(s, c->node, id);
        if (d != c && free_chunks_of(d) >= d->geometry->n_chunks && class_release_empty(d))
            return true;
    }
    return false;
}

/* Takes a page for `c` from whichever class can spare one; false if none can, or `c` should evict its own. */
static bool
take_page_for(struct store_thread *t, struct class *c, bool own_is_spent)
{
    struct tried tried = {{false}};
    struct class *donor;
    if (take_empty_page(t, c))
        return true;
    while ((donor = choose_donor(c, own_is_spent, &tried)) != NULL && donor != c) {
        if (take_page_from(t, donor))
            return true;
        tried.class_id[donor->id] = true;
    }
    return false;
}

/* One step towards free chunks in `c`; false if it led nowhere. */
static bool
make_some(struct store_thread *t, struct class *c, size_t want, bool own_is_spent)
{
    if (!t->store->options.evict)
        return take_empty_page(t, c) ? class_grow(c) : sweep_dead(t) > 0;
    if (take_page_for(t, c, own_is_spent))
        return class_grow(c);
    return evict_own(t, c, want) > 0;
}

bool
mover_make_room(struct store_thread *t, struct class *c, size_t want)
{
    bool passed = true;
    atomic_fetch_add_explicit(&t->store->n_direct, 1, memory_order_relaxed);
    for (int idle = 0, round = 0; idle < ROUNDS_WITHOUT_GAIN && round < ROUNDS_IN_ALL; round++) {
        uint64_t before = free_chunks_of(c);
        if (before >= want || class_grow(c))
            return true;
        /* While what was evicted waits for others to leave, evicting more would only lose more. */
        bool gained = passed && make_some(t, c, want - (size_t)before, idle > 0);
        passed = pass_grace(t, true);
        if (gained || free_chunks_of(c) > before)
            idle = 0;
        else if (passed && !t->store->options.evict)
            return false;
        else if (passed)
            idle++;
    }
    return free_chunks_of(c) > 0;
}

/* ---- housekeeping ----------------------------------------------------- */

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
        bool had = class_take_unit(&store->classes);
        if (!had && store->options.evict && take_page_for(t, class_at(&store->classes, 0, CLASS_NONE), true))
            had = class_take_unit(&store->classes);
        if (!had)
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

/* After a flush everything that is older is dead: every page is due. */
static void
mark_flushed(struct store *store)
{
    if (atomic_exchange_explicit(&store->flush_swept, true, memory_order_acquire))
        return;
    for (uint32_t p = 1; p <= store->arena.n_pages; p++)
        atomic_store_explicit(&arena_page(&store->arena, p)->soonest, 1, memory_order_relaxed);
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
    mark_flushed(t->store);
    (void)sweep_dead(t);
    for (uint32_t i = 0; i < (uint32_t)t->store->arena.n_nodes * (s->n + 1); i++)
        if (pages_of(&s->classes[i]) > 0) {
            sample_staleness(t, &s->classes[i]);
            prove_class(&s->classes[i]);
        }
    mover_feed_index(t);
    grow_index(t);
    (void)pass_grace(t, false);
    atomic_fetch_add_explicit(&t->store->n_sweeps, 1, memory_order_relaxed);
}

/* ---- demand ----------------------------------------------------------- */

/* Chunks that a class should have free when memory is full. */
static uint64_t
reserve_of(const struct class *c)
{
    uint64_t share = (uint64_t)pages_of(c) * c->geometry->n_chunks / RESERVE_SHARE;
    uint64_t most = (uint64_t)RESERVE_PAGES * c->geometry->n_chunks;
    return share < 2 ? 2 : share < most ? share : most;
}

static bool
memory_is_full(const struct store *store, int node)
{
    return atomic_load_explicit(&store->arena.budget, memory_order_relaxed) <= 0 &&
           atomic_load_explicit(&store->classes.pools[node].n_free, memory_order_relaxed) == 0;
}

void
mover_note_hunger(struct store *store)
{
    if (store->mover != NULL && atomic_load_explicit(&store->index.hungry, memory_order_relaxed) &&
        !atomic_load_explicit(&store->mover->awake, memory_order_relaxed))
        mover_wake(store->mover, false);
}

void
mover_note_demand(struct store *store, struct class *c)
{
    if (store->mover == NULL || !store->options.evict || free_chunks_of(c) >= reserve_of(c) / 2 ||
        !memory_is_full(store, c->node))
        return;
    if (!atomic_exchange_explicit(&c->wanted, true, memory_order_relaxed))
        mover_wake(store->mover, false);
}

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

static void
refill_reserve(struct store_thread *t, struct class *c)
{
    uint64_t reserve = reserve_of(c), have = free_chunks_of(c);
    if (have >= reserve || class_grow(c))
        return;
    if (!collect(t) && !pass_grace(t, false)) {
        /* Chunks are on their way, held up by a thread inside: evicting more would only lose more. */
        atomic_store_explicit(&c->wanted, true, memory_order_relaxed);
        return;
    }
    (void)collect(t);
    have = free_chunks_of(c);
    if (have < reserve)
        (void)make_some(t, c, (size_t)(reserve - have), false);
    (void)pass_grace(t, false);
    (void)collect(t);
}

/* true: some class is still waiting for a grace period to end. */
static bool
refill_reserves(struct store_thread *t)
{
    struct class_set *s = &t->store->classes;
    bool waiting = false;
    for (uint32_t i = 0; i < (uint32_t)t->store->arena.n_nodes * (s->n + 1); i++) {
        struct class *c = &s->classes[i];
        if (!atomic_exchange_explicit(&c->wanted, false, memory_order_relaxed))
            continue;
        refill_reserve(t, c);
        waiting |= atomic_load_explicit(&c->wanted, memory_order_relaxed);
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
        bool waiting = refill_reserves(m->thread);
        if (atomic_load_explicit(&m->store->index.hungry, memory_order_relaxed)) {
            mover_feed_index(m->thread);
            grow_index(m->thread);
        }
        if (tick)
            mover_keep_house(m->thread);
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
