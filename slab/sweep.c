#include "slab/sweep.h"

#include "base/clock.h"
#include "slab/publish.h"
#include "slab/relocate.h"

enum { RUN_CHUNKS = 64, STALENESS_WEIGHT = 8 };

/* What to do with an item, decided before its bucket's line is asked for. */
struct verdict {
    struct item *it;
    uint64_t hash;
    enum loss why;
    bool move; /* try to keep it in another chunk first */
};

struct pass {
    struct store_thread *t;
    struct class *class;
    enum sweep_mode mode;
    uint32_t now;
    uint32_t flushed_s; /* what a flush of this second ended is left to the next one: see room_mark_flushed */
    struct sweep_tally *tally;
    size_t n;
    struct verdict verdict[RUN_CHUNKS];
};

/*
 * seq and mark were set inside this epoch or before and are cleared on
 * unlinking, so an item found here was linked during this epoch.
 */
struct item *
sweep_item_of(const struct store_thread *t, uint64_t chunk)
{
    uint64_t word = atomic_load_explicit((_Atomic uint64_t *)(t->base + chunk), memory_order_acquire);
    if (word == 0)
        return NULL;
    if (!(word & LINK_MARK))
        return (struct item *)(t->base + chunk);
    struct item *it = (struct item *)(t->base + (word & ~LINK_MARK));
    return item_seq(it) != 0 ? it : NULL;
}

/* A chain is judged at its item, once a round.  A last link lies in a class of its own: judged there too. */
static bool
is_judged_here(const struct pass *p, uint64_t chunk, const struct item *it)
{
    return p->mode == SWEEP_EMPTY || p->class->id != p->t->store->classes.n ||
           (const char *)it == p->t->base + chunk;
}

uint64_t
sweep_staleness(const struct store_thread *t, const struct item *it, uint64_t seq)
{
    uint64_t now = atomic_load_explicit(&t->sb->seq, memory_order_relaxed), product;
    uint64_t age = now > seq ? now - seq : 0;
    return __builtin_mul_overflow(age, item_size(it), &product) ? UINT64_MAX : product;
}

/* A moving average of what goes: what classes are compared by. */
static void
note_staleness(struct pass *p, const struct item *it, uint64_t seq)
{
    uint64_t average = atomic_load_explicit(&p->class->staleness, memory_order_relaxed);
    average += sweep_staleness(p->t, it, seq) / STALENESS_WEIGHT - average / STALENESS_WEIGHT;
    atomic_store_explicit(&p->class->staleness, average, memory_order_relaxed);
}

static void
judge(struct pass *p, struct item *it)
{
    struct verdict v = {.it = it, .why = LOSS_EVICTED};
    uint64_t seq = item_seq(it);
    if (seq == 0)
        return;
    p->tally->n_visited++;
    if (!publish_is_dead(p->t, it, p->now, &v.why)) {
        uint8_t heat = atomic_load_explicit(&it->heat, memory_order_relaxed);
        v.why = LOSS_EVICTED;
        switch (p->mode) {
        case SWEEP_DEAD: publish_note_expiry(p->t, it); return;
        case SWEEP_CLOCK:
            if (heat > 0) {
                atomic_store_explicit(&it->heat, heat - 1, memory_order_relaxed);
                return;
            }
            note_staleness(p, it, seq);
            break;
        case SWEEP_EMPTY:
            v.move = heat > 0;
            v.why = heat > 0 ? LOSS_PAGE : LOSS_EVICTED;
            break;
        }
    }
    if (p->mode == SWEEP_DEAD && v.why == LOSS_FLUSHED && p->flushed_s == p->now)
        return;
    v.hash = hash_key(item_key(it), it->nkey);
    __builtin_prefetch(index_bucket(p->t->index, v.hash), 1);
    p->verdict[p->n++] = v;
}

static uint64_t
chunks_of(const struct store_thread *t, const struct item *it)
{
    uint64_t n = 1;
    if (item_flags(it) & ITEM_CHAINED)
        for (uint64_t next = *item_next(it); next != 0; next = ((struct link *)(t->base + next))->next)
            n++;
    return n;
}

static void
execute(struct pass *p)
{
    for (size_t i = 0; i < p->n; i++) {
        const struct verdict *v = &p->verdict[i];
        if (v->move && relocate(p->t, v->it, v->hash) != RELOCATE_NO_ROOM) {
            p->tally->n_gone++;
            continue;
        }
        if (!publish_drop(p->t, v->it, v->hash, v->why))
            continue;
        p->tally->n_gone += chunks_of(p->t, v->it); /* it was linked, and is ours for this epoch */
        if (p->mode == SWEEP_DEAD)
            counter_inc(
                store_thread_counter(p->t, store_thread_class_of(p->t, v->it), STORE_N_SWEPT_EXPIRED));
    }
}

void
sweep_run(struct store_thread *t, struct class *c, const struct class_run *run, enum sweep_mode mode,
    struct sweep_tally *tally)
{
    struct pass p = {.t = t, .class = c, .mode = mode, .now = clock_now_s(), .tally = tally};
    p.flushed_s = atomic_load_explicit(&t->store->flush_unswept_s, memory_order_relaxed);
    for (uint32_t at = run->from; at < run->to;) {
        uint32_t end = run->to - at > RUN_CHUNKS ? at + RUN_CHUNKS : run->to;
        uint64_t visited = tally->n_visited;
        p.n = 0;
        epoch_enter(t->epoch, t->record);
        for (; at < end; at++) {
            uint64_t chunk = class_chunk(c, run->page, at);
            struct item *it = sweep_item_of(t, chunk);
            if (it != NULL && is_judged_here(&p, chunk, it))
                judge(&p, it);
        }
        execute(&p);
        counter_add(store_thread_counter(t, c->id, STORE_N_SWEPT_VISITED), tally->n_visited - visited);
        store_thread_harvest(t, UINT32_MAX);
        epoch_leave(t->epoch, t->record);
        (void)epoch_try_advance(t->epoch);
    }
}

void
sweep_page(
    struct store_thread *t, struct class *c, uint32_t number, enum sweep_mode mode, struct sweep_tally *tally)
{
    if (mode == SWEEP_DEAD)
        atomic_store_explicit(&arena_page(&t->store->arena, number)->soonest, 0, memory_order_relaxed);
    struct class_run run = {number, 0, c->geometry->n_chunks};
    sweep_run(t, c, &run, mode, tally);
}
