#include "slab/reclaim/maintain.h"

#include "slab/reclaim/expire.h"
#include "slab/core/demand.h"
#include "slab/reclaim/evacuate.h"
#include "slab/core/flush.h"
#include "slab/form/promote.h"
#include "slab/reclaim/grace.h"
#include "slab/reclaim/locality_migrate.h"
#include "slab/reclaim/reclaim.h"
#include "slab/reclaim/reclaim_ask.h"

enum {
    SPLIT_ROUNDS = 1024, /* of 64 splits each */
};

void
maintain_collect(struct store_thread *t)
{
    store_thread_must_be_outside(t);
    (void)grace_pass(t, false);
    epoch_enter(t->epoch, t->record);
    store_thread_harvest(t, UINT32_MAX);
    store_thread_flush_magazines(t); /* the mover itself does not need these chunks */
    epoch_leave(t->epoch, t->record);
}

/* Does splits that were due while there was no memory for them; inserts alone might never catch up. */
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

/* Sweeps the pages that are due, by the clock or by store_crawl. */
static void
sweep_due(struct store_thread *t)
{
    bool crawling = atomic_exchange_explicit(&t->store->crawl_due, false, memory_order_acquire);
    (void)(crawling || demand_is_under_pressure(t->store) ? expire_sweep(t) : expire_sweep_some(t));
    if (!crawling)
        return;
    (void)grace_pass(t, false); /* so that statistics read after the crawl are exact */
    atomic_store_explicit(&t->store->crawling, false, memory_order_release);
}

void
maintain_spare_pages(struct store_thread *t, int node)
{
    store_thread_must_be_outside(t);
    if (class_moves_are_eager(&t->store->classes) || demand_is_under_pressure(t->store))
        (void)evacuate_sparse(t, node, CLASS_NONE);
}

/* Moves the page that store_move_page requested. */
static void
move_page(struct store_thread *t)
{
    uint64_t move = atomic_load_explicit(&t->store->move, memory_order_relaxed);
    if (move == 0)
        return;
    (void)reclaim_move_page(t, (uint32_t)(move >> 32), (uint32_t)move);
    atomic_store_explicit(&t->store->move, 0, memory_order_relaxed);
}

/* Checks the class's invariants while all other threads work: with --enable-checks=full. */
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
maintain_common(struct store_thread *t)
{
    store_thread_must_be_outside(t);
    struct class_set *s = &t->store->classes;
    flush_if_due(t->store);
    reclaim_ask_forget(t->store);
    expire_mark_flushed(t->store, false);
    expire_mark_stepped(t->store);
    sweep_due(t);
    move_page(t);
    for (uint32_t i = 0; i < (uint32_t)t->store->arena.n_nodes * (s->n + 1); i++)
        if (class_pages(&s->classes[i]) > 0)
            prove_class(&s->classes[i]);
    if (arena_is_over(&t->store->arena))
        (void)reclaim_shrink(t);
    reclaim_feed_index(t);
    grow_index(t);
    maintain_collect(t);
    atomic_fetch_add_explicit(&t->store->n_sweeps, 1, memory_order_relaxed);
}

bool
maintain_asked(struct store_thread *t, bool ticks)
{
    store_thread_must_be_outside(t);
    struct store *store = t->store;
    bool waiting = false;
    shadow_play(store);
    move_page(t);
    if (arena_is_over(&store->arena))
        waiting = reclaim_shrink(t);
    if (atomic_load_explicit(&store->index.needs_memory, memory_order_relaxed)) {
        reclaim_feed_index(t);
        grow_index(t);
    }
    if (!ticks && atomic_load_explicit(&store->crawl_due, memory_order_relaxed))
        sweep_due(t);
    return waiting;
}

void
maintain_all(struct store_thread *t)
{
    MUST(t->store->movers == NULL);
    for (int node = 0; node < t->store->arena.n_nodes; node++)
        maintain_spare_pages(t, node);
    (void)locality_migrate(t);
    (void)promote_run(t);
    maintain_common(t);
}
