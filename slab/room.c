#include "slab/room.h"

#include <sched.h>
#include <time.h>

#include "base/clock.h"
#include "slab/donor.h"
#include "slab/sweep.h"
#include "slab/tell.h"

enum {
    HAND_RUN = 256,           /* chunks that the hand moves over at a time */
    DONOR_TRIES = 8,          /* pages that may turn out to be in use before another class is asked */
    ROUNDS_WITHOUT_GAIN = 16, /* in which nothing was freed although everybody had left */
    ROUNDS_IN_ALL = 4096,
    PAGES_AT_ONCE = 16, /* that are given back before others get their turn */
    GRACE_YIELDS = 32,
    GRACE_NAPS = 20,
    GRACE_NAP_NS = 50000,
};

/* ---- grace ------------------------------------------------------------ */

bool
room_pass_grace(struct store_thread *t, bool magazines)
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
    (void)room_pass_grace(t, true);
}

/* ---- the ways to make room -------------------------------------------- */

void
room_mark_flushed(struct store *store, bool at_once)
{
    uint32_t flushed_s = atomic_load_explicit(&store->flush_unswept_s, memory_order_acquire);
    if (flushed_s == 0 || (flushed_s == clock_now_s() && !at_once) ||
        !atomic_compare_exchange_strong(&store->flush_unswept_s, &flushed_s, 0))
        return;
    for (uint32_t p = 0; (p = class_next_page(&store->classes, p)) != 0;)
        atomic_store_explicit(&arena_page(&store->arena, p)->soonest, 1, memory_order_relaxed);
}

uint64_t
room_sweep_dead(struct store_thread *t)
{
    struct store *store = t->store;
    struct sweep_tally tally = {0, 0};
    uint32_t now = clock_now_s();
    for (uint32_t p = 0; (p = class_next_page(&store->classes, p)) != 0;) {
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

uint64_t
room_evict(struct store_thread *t, struct class *c, size_t want, uint32_t step)
{
    struct sweep_tally tally = {0, 0};
    uint64_t n_chunks = (uint64_t)class_pages(c) * c->geometry->n_chunks;
    /* Every item can have been read ITEM_HEAT_MAX times. */
    uint64_t budget = n_chunks * (ITEM_HEAT_MAX + 1) + step;
    for (uint64_t seen = 0; tally.n_gone < want && seen < budget;) {
        struct class_run run;
        if (!class_advance_hand(c, step, &run))
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
    (void)room_pass_grace(t, true);
    if (!is_blocked(t, c, page)) {
        sweep_page(t, c, page, SWEEP_EMPTY, &tally);
        (void)room_pass_grace(t, true);
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
        donor_sample(t, donor);
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
        if (d != c && class_free_chunks(d) >= d->geometry->n_chunks && class_release_empty(d)) {
            tell_page_moved(t->store, id, c->id);
            return true;
        }
    }
    return false;
}

bool
room_take_page_for(struct store_thread *t, struct class *c, bool own_is_spent)
{
    struct donor_tried tried = {{false}};
    struct class *donor;
    if (take_empty_page(t, c))
        return true;
    while ((donor = donor_choose(c, own_is_spent, &tried)) != NULL && donor != c) {
        if (take_page_from(t, donor)) {
            tell_page_moved(t->store, donor->id, c->id);
            return true;
        }
        tried.class_id[donor->id] = true;
    }
    return false;
}

/* The node with the most pages in use: it gives first. */
static int
fullest_node(const struct class_set *s)
{
    uint64_t most = 0;
    int fullest = 0;
    for (int node = 0; node < s->arena->n_nodes; node++) {
        uint64_t n = 0;
        for (uint32_t id = 1; id <= s->n; id++)
            n += class_pages(class_at(s, node, id));
        if (n > most) {
            most = n;
            fullest = node;
        }
    }
    return fullest;
}

/* The node where a class has the most pages. */
static int
fullest_node_of(const struct class_set *s, uint32_t id)
{
    int fullest = 0;
    for (int node = 1; node < s->arena->n_nodes; node++)
        if (class_pages(class_at(s, node, id)) > class_pages(class_at(s, fullest, id)))
            fullest = node;
    return fullest;
}

bool
room_move_page(struct store_thread *t, uint32_t from, uint32_t to)
{
    struct class_set *s = &t->store->classes;
    int node = fullest_node_of(s, from);
    if (from != CLASS_NONE) {
        struct class *c = class_at(s, node, from);
        store_thread_raid_all(t->store, true); /* what lies in magazines keeps its page from being empty */
        if (class_release_empty(c))
            atomic_fetch_add_explicit(&t->store->n_pages_moved, 1, memory_order_relaxed);
        else if (!t->store->options.evict || !take_page_from(t, c))
            return false;
        tell_page_moved(t->store, from, to);
    }
    return to == CLASS_NONE || class_grow(class_at(s, node, to));
}

bool
room_take_unit(struct store_thread *t)
{
    struct class_set *s = &t->store->classes;
    if (class_take_unit(s))
        return true;
    struct class *nobody = class_at(s, fullest_node(s), CLASS_NONE);
    bool had = t->store->options.evict ? room_take_page_for(t, nobody, true) : take_empty_page(t, nobody);
    return had && class_take_unit(s);
}

bool
room_shrink(struct store_thread *t)
{
    struct arena *a = &t->store->arena;
    for (int i = 0; i < PAGES_AT_ONCE && arena_is_over(a); i++) {
        if (!room_take_unit(t))
            return false;
        arena_budget_give(a);
    }
    return arena_is_over(a);
}

static bool
make_without_eviction(struct store_thread *t, struct class *c)
{
    if (take_empty_page(t, c))
        return class_grow(c);
    room_mark_flushed(t->store, true);
    return room_sweep_dead(t) > 0;
}

bool
room_make_some(struct store_thread *t, struct class *c, size_t want, bool own_is_spent)
{
    if (!t->store->options.evict)
        return make_without_eviction(t, c);
    if (room_take_page_for(t, c, own_is_spent))
        return class_grow(c);
    return room_evict(t, c, want, HAND_RUN) > 0;
}

bool
room_make(struct store_thread *t, struct class *c, size_t want)
{
    bool passed = true;
    atomic_fetch_add_explicit(&t->store->n_direct, 1, memory_order_relaxed);
    for (int idle = 0, round = 0; idle < ROUNDS_WITHOUT_GAIN && round < ROUNDS_IN_ALL; round++) {
        uint64_t before = class_free_chunks(c);
        if (before >= want || class_grow(c))
            return true;
        /* While what was evicted waits for others to leave, evicting more would only lose more. */
        bool gained = passed && room_make_some(t, c, want - (size_t)before, idle > 0);
        passed = room_pass_grace(t, true);
        if (gained || class_free_chunks(c) > before)
            idle = 0;
        else if (passed && !t->store->options.evict)
            return false;
        else if (passed)
            idle++;
    }
    return class_free_chunks(c) > 0;
}
