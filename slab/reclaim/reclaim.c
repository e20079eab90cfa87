#include "slab/reclaim/reclaim.h"

#include "base/clock.h"
#include "slab/core/demand.h"
#include "slab/form/cold.h"
#include "slab/form/share.h"
#include "slab/reclaim/expire.h"
#include "slab/reclaim/evacuate.h"
#include "slab/reclaim/evict.h"
#include "slab/reclaim/grace.h"
#include "slab/core/hooks.h"
#include "slab/mem/room.h"

enum {
    /* rounds in which nothing was freed although all threads had left their epochs */
    ROUNDS_WITHOUT_GAIN = 16,
    ROUNDS_CHEAP = 2, /* and this few if other nodes can be tried */
    ROUNDS_IN_ALL = 4096,
    STEPS_AT_ONCE = 64,
    PAGES_AT_ONCE = 16, /* that are returned to the kernel before other work has its turn */
    UNITS_AT_ONCE = 16, /* pages that the index gets at once */
    PACK_NS = 2000000,  /* after this a mover that finds nothing to pack lets its other work have its turn */
};

/* The class of a node with the most pages, of those not tried; NULL if none has any. */
static struct class *
largest_of(struct class_set *s, int node, const bool *tried)
{
    struct class *largest = NULL;
    for (uint32_t id = 1; id <= s->n; id++) {
        struct class *c = class_at(s, node, id);
        if (!tried[id] && class_pages(c) > (largest == NULL ? 0 : class_pages(largest)))
            largest = c;
    }
    return largest;
}

/*
 * If no item of low rank is left: frees a page with all its items, of any class
 * that has one that can be emptied.
 */
static bool
reclaim_forced(struct store_thread *t, int node, uint32_t to)
{
    MUST(to <= t->store->classes.n);
    bool tried[CLASS_MAX + 1] = {[CLASS_NONE] = true};
    struct class *c;
    tried[to] = true;
    while ((c = largest_of(&t->store->classes, node, tried)) != NULL) {
        if (evacuate_class(t, c)) {
            hooks_page_moved(t->store, c->id, to);
            return true;
        }
        tried[c->id] = true;
    }
    return false;
}

static bool
step_without_eviction(struct store_thread *t, int node, uint32_t to)
{
    if (evacuate_sparse(t, node, to) > 0)
        return true;
    expire_mark_flushed(t->store, true);
    return expire_sweep(t) > 0 || evict_pack(t, node, 0) > 0;
}

/* One step towards a free page for any class; false if it freed nothing. */
static bool
step_towards_page(struct store_thread *t, int node, uint32_t to, bool force)
{
    if (evacuate_empty(t, node, to))
        return true;
    if (!t->store->options.evict)
        return step_without_eviction(t, node, to);
    return evacuate_sparse(t, node, to) > 0 || evict_some(t, node) > 0 ||
           (force && reclaim_forced(t, node, to));
}

/* One step towards free chunks of `c`; with `own_is_spent` and `force` it may evict more. */
static bool
step_towards_chunks(struct store_thread *t, struct class *c, size_t want, bool own_is_spent, bool force)
{
    if (!t->store->options.evict || !class_pages_stay(&t->store->classes))
        return step_towards_page(t, c->node, c->id, force);
    if (evacuate_empty(t, c->node, c->id))
        return true;
    if (own_is_spent || class_pages(c) == 0)
        return force && reclaim_forced(t, c->node, c->id);
    return evict_own(t, c, want) > 0;
}

/* Frees `want` chunks of a class on its node; with `force` by all means. */
static bool
reclaim(struct store_thread *t, struct class *c, size_t want, bool force)
{
    store_thread_must_be_outside(t);
    MUST(want > 0);
    int idle_most = force ? ROUNDS_WITHOUT_GAIN : ROUNDS_CHEAP;
    bool passed = true;
    for (int idle = 0, round = 0; idle < idle_most && round < ROUNDS_IN_ALL; round++) {
        uint64_t before = class_free_chunks(c);
        room_serve(&t->store->classes, c->node);
        if (before >= want || class_grow(c))
            return true;
        /* While evicted items wait for threads to leave their epochs, evicting more would only lose more. */
        bool gained = passed && step_towards_chunks(t, c, want - (size_t)before, idle > 0, force);
        passed = grace_pass(t, true);
        if (gained || class_free_chunks(c) > before)
            idle = 0;
        else if (passed && !t->store->options.evict)
            return false;
        else if (passed)
            idle++;
    }
    return class_free_chunks(c) > 0;
}

/* Uses the node whose turn it is, or else any; forced only when no node has items of low rank. */
bool
reclaim_anywhere(struct store_thread *t, uint32_t class_id, size_t want)
{
    MUST(class_id != CLASS_NONE && class_id <= t->store->classes.n);
    struct class_set *s = &t->store->classes;
    int n_nodes = t->store->arena.n_nodes, next = evict_next(t->store, t->node);
    for (int i = 0; n_nodes > 1 && t->store->options.evict && i < n_nodes; i++)
        if (reclaim(t, class_at(s, (next + i) % n_nodes, class_id), want, false))
            return true;
    for (int i = 0; i < n_nodes; i++)
        if (reclaim(t, class_at(s, (next + i) % n_nodes, class_id), want, true))
            return true;
    return false;
}

/*
 * A step that is bounded itself: it empties no page, and does not search a class
 * for items of its own to evict.
 */
static bool
step_quickly(struct store_thread *t, const struct class *c, uint64_t until_ns)
{
    if (evacuate_empty(t, c->node, c->id))
        return true;
    return t->store->options.evict && !class_pages_stay(&t->store->classes) &&
           evict_until(t, evict_next(t->store, t->node), until_ns) > 0;
}

bool
reclaim_help(struct store_thread *t, uint32_t class_id)
{
    store_thread_must_be_outside(t);
    MUST(class_id != CLASS_NONE && class_id <= t->store->classes.n);
    struct class *c = class_at(&t->store->classes, t->node, class_id);
    uint64_t begin_ns = clock_ns(), until_ns = begin_ns + RECLAIM_HELP_NS;
    bool had = false;
    if (begin_ns < t->help_from_ns)
        return false;
    for (bool more = true; more;) {
        had = class_free_chunks(c) > 0 || class_grow(c);
        more = !had && clock_ns() < until_ns && step_quickly(t, c, until_ns) && grace_pass_until(t, until_ns);
    }
    uint64_t end_ns = clock_ns();
    t->help_from_ns = end_ns + (end_ns - begin_ns);
    return had || class_free_chunks(c) > 0;
}

static bool
is_filled(const struct store *store, int node, uint64_t n)
{
    return page_pool_pages(&store->classes.pools[node]) >= n || class_others_have(&store->classes, node, n);
}

/* One step towards a free page of a node. */
static bool
step_on(struct store_thread *t, int node)
{
    return evacuate_sparse(t, node, CLASS_NONE) > 0 || evict_some(t, node) > 0;
}

bool
reclaim_fill_pool(struct store_thread *t, int node, uint64_t n)
{
    store_thread_must_be_outside(t);
    for (int i = 0; i < STEPS_AT_ONCE && !is_filled(t->store, node, n); i++) {
        if (!grace_pass(t, false)) /* chunks will be freed, but a thread inside an epoch delays them */
            return false;
        int next = evict_next(t->store, node);
        bool gained = step_on(t, next) || (next != node && step_on(t, node));
        room_serve(&t->store->classes, next);
        room_serve(&t->store->classes, node);
        if (!gained)
            break;
    }
    (void)grace_pass(t, false);
    return is_filled(t->store, node, n);
}

void
reclaim_pack(struct store_thread *t, int node)
{
    store_thread_must_be_outside(t);
    bool more = cold_may_pack(t->store) || share_may_gain(t->store);
    for (int i = 0; more && i < STEPS_AT_ONCE && demand_is_nearly_full(t->store); i++) {
        (void)evict_pack(t, node, clock_ns() + PACK_NS); /* which may find nothing, each time it is woken */
        (void)grace_pass(t, true);
        (void)evacuate_sparse(t, node, CLASS_NONE);
        room_serve(&t->store->classes, node);
        more = cold_grows(t->store) || share_grows(t->store);
    }
}

/* The node with the most pages in use: its pages are freed first. */
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
reclaim_move_page(struct store_thread *t, uint32_t from, uint32_t to)
{
    store_thread_must_be_outside(t);
    MUST(from <= t->store->classes.n && to <= t->store->classes.n && from != to);
    struct class_set *s = &t->store->classes;
    int node = fullest_node_of(s, from);
    if (from != CLASS_NONE) {
        struct class *c = class_at(s, node, from);
        store_thread_raid_all(t->store, true); /* a page with chunks in magazines is not empty */
        if (class_release_empty(c))
            atomic_fetch_add_explicit(&t->store->n_pages_moved, 1, memory_order_relaxed);
        else if (!evacuate_class(t, c))
            return false;
        hooks_page_moved(t->store, from, to);
    }
    return to == CLASS_NONE || class_grow(class_at(s, node, to));
}

/* Takes a unit of the budget, by returning a page's memory to the kernel; false if none can be freed. */
static bool
take_unit(struct store_thread *t)
{
    store_thread_must_be_outside(t);
    struct class_set *s = &t->store->classes;
    for (int round = 0; round < ROUNDS_IN_ALL; round++) {
        if (class_take_unit(s))
            return true;
        if (!step_towards_page(t, fullest_node(s), CLASS_NONE, true))
            return false;
        (void)grace_pass(t, true);
    }
    return false;
}

/* The index grows from the same budget as pages: it gets the page that is worth the least. */
void
reclaim_feed_index(struct store_thread *t)
{
    store_thread_must_be_outside(t);
    struct store *store = t->store;
    uint64_t wanted = index_units_wanted(&store->index);
    if (atomic_load_explicit(&store->arena.budget, memory_order_relaxed) > 0)
        return; /* the index can take it itself */
    atomic_store_explicit(&store->index.needs_memory, false, memory_order_relaxed);
    for (int i = 0; i < UNITS_AT_ONCE && (uint64_t)i < wanted; i++) {
        if (!(store->options.evict ? take_unit(t) : class_take_unit(&store->classes)))
            return;
        atomic_fetch_add_explicit(&store->index.credit, 1, memory_order_relaxed);
    }
}

bool
reclaim_shrink(struct store_thread *t)
{
    store_thread_must_be_outside(t);
    struct arena *a = &t->store->arena;
    for (int i = 0; i < PAGES_AT_ONCE && arena_is_over(a); i++) {
        if (!take_unit(t))
            return false;
        arena_budget_give(a);
    }
    return arena_is_over(a);
}
