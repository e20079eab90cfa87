/*
 * mover_house: what a mover does once a second, or when asked; see mover.h.
 */
#include "slab/dead.h"
#include "slab/evacuate.h"
#include "slab/flush.h"
#include "slab/grace.h"
#include "slab/mover.h"
#include "slab/room.h"
#include "slab/room_wait.h"

enum {
    UNITS_AT_ONCE = 16,  /* pages that the index is given in one go */
    SPLIT_ROUNDS = 1024, /* of 64 splits each */
};

void
mover_collect(struct store_thread *t)
{
    (void)grace_pass(t, false);
    epoch_enter(t->epoch, t->record);
    store_thread_harvest(t, UINT32_MAX);
    store_thread_flush_magazines(t); /* the mover itself has no use for what it found */
    epoch_leave(t->epoch, t->record);
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
    bool crawling = atomic_exchange_explicit(&t->store->crawl_due, false, memory_order_acquire);
    (void)(crawling || mover_is_pressed(t->store) ? dead_sweep(t) : dead_sweep_some(t));
    if (!crawling)
        return;
    (void)grace_pass(t, false); /* who asks then what is used finds it as it is */
    atomic_store_explicit(&t->store->crawling, false, memory_order_release);
}

/* Sparse pages go to the pool before anybody needs them, if that is wanted. */
void
mover_spare_pages(struct store_thread *t, int node)
{
    if (class_moves_are_eager(&t->store->classes) || mover_is_pressed(t->store))
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
mover_keep_common(struct store_thread *t)
{
    struct class_set *s = &t->store->classes;
    flush_if_due(t->store);
    room_forget_spent(t->store);
    dead_mark_flushed(t->store, false);
    dead_mark_stepped(t->store);
    sweep_due(t);
    move_page(t);
    for (uint32_t i = 0; i < (uint32_t)t->store->arena.n_nodes * (s->n + 1); i++)
        if (class_pages(&s->classes[i]) > 0)
            prove_class(&s->classes[i]);
    if (arena_is_over(&t->store->arena))
        (void)room_shrink(t);
    mover_feed_index(t);
    grow_index(t);
    mover_collect(t);
    atomic_fetch_add_explicit(&t->store->n_sweeps, 1, memory_order_relaxed);
}

bool
mover_do_asked(struct store_thread *t, bool keeps_house)
{
    struct store *store = t->store;
    bool waiting = false;
    shadow_play(store);
    move_page(t);
    if (arena_is_over(&store->arena))
        waiting = room_shrink(t);
    if (atomic_load_explicit(&store->index.hungry, memory_order_relaxed)) {
        mover_feed_index(t);
        grow_index(t);
    }
    if (!keeps_house && atomic_load_explicit(&store->crawl_due, memory_order_relaxed))
        sweep_due(t);
    return waiting;
}

void
mover_keep_house(struct store_thread *t)
{
    for (int node = 0; node < t->store->arena.n_nodes; node++)
        mover_spare_pages(t, node);
    (void)locality_bring(t);
    mover_keep_common(t);
}
