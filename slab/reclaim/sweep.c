#include "slab/reclaim/sweep.h"

#include <sched.h>

#include "base/clock.h"
#include "slab/index/chain.h"
#include "slab/index/body.h"
#include "slab/core/newest.h"
#include "slab/policy/policy.h"
#include "slab/core/publish.h"
#include "slab/form/cold.h"
#include "slab/form/share.h"
#include "slab/train/train.h"
#include "slab/form/relocate.h"

enum {
    RUN_CHUNKS = CUTOFF_BATCH,
    RUN_PACKING = RUN_CHUNKS / 2, /* of a run that packs: to pack a value takes some microseconds */
    AHEAD = 16,                   /* the sweep prefetches the header this many chunks ahead */
    WINDOWS_PER_LIMIT = 16,
    WINDOW_PAGES = 4,
};

/* The decision about an item, made before the prefetch of its bucket. */
struct verdict {
    struct item *it;
    uint64_t hash;
    enum loss why;
    bool move;  /* first try to move it to another chunk */
    bool share; /* first try to share its value */
    enum cold_plan plan;
    bool over; /* evict it if the plan frees nothing */
};

struct pass {
    struct store_thread *t;
    struct class *class;
    enum sweep_mode mode;
    uint32_t now, stamp;
    uint64_t newest;    /* numbers from here on belong to the newest items */
    uint32_t flushed_s; /* items flushed in this second are left to the next sweep: see expire_mark_flushed */
    const struct policy *policy;
    struct cutoff *cutoff;
    uint32_t cut; /* a step */
    bool gathers; /* samples are wanted */
    struct cutoff_batch met;
    struct cold_pass cold;
    struct share_pass share;
    struct sweep_tally *tally;
    uint32_t soonest; /* of the items met, UINT32_MAX = none expires */
    size_t n;
    struct verdict verdict[RUN_CHUNKS];
};

#ifdef LARDER_CHECKS_FULL
void (*sweep_between_loads)(uint64_t chunk); /* called by a test between the two loads */
#endif

static_assert((int)RUN_CHUNKS <= (int)CUTOFF_BATCH, "the items of a run fit a batch");

static const struct policy *
policy_now(const struct store *store)
{
    MUST(atomic_load_explicit(&store->policy, memory_order_relaxed) < STORE_N_POLICIES);
    return &policy_table[atomic_load_explicit(&store->policy, memory_order_relaxed)];
}

/* The item that the link in `chunk` names, unless it has been unlinked since. */
static struct item *
item_of_link(const struct store_thread *t, uint64_t chunk, uint64_t item)
{
#ifdef LARDER_CHECKS_FULL
    if (sweep_between_loads != NULL)
        sweep_between_loads(chunk);
#else
    (void)chunk;
#endif
    struct item *it = item_at(t->base, item);
    enum chunk_kind kind = chunk_kind(item_seq(it));
    CHECKED_MUST(kind != CHUNK_LINK);
    return kind == CHUNK_ITEM ? it : NULL;
}

/*
 * seq and mark were set before this epoch or in it, and unlinking clears them,
 * so an item found here was linked during this epoch.  The chunk that a mark
 * names is not reused before this thread leaves (slab/index/chain.h).
 */
struct item *
sweep_item_of(const struct store_thread *t, uint64_t chunk)
{
    store_thread_must_be_inside(t);
    uint64_t word = atomic_load_explicit(chunk_word_at(t->base, chunk), memory_order_acquire);
    switch (chunk_kind(word)) {
    case CHUNK_FREE: return NULL;
    case CHUNK_ITEM: return item_at(t->base, chunk);
    case CHUNK_LINK: return item_of_link(t, chunk, link_item_of(word));
    }
    UNREACHABLE();
}

/* A sweep judges a chain at its item; one that empties a page also meets its links. */
static bool
is_judged_here(const struct pass *p, uint64_t chunk, const struct item *it)
{
    return p->mode >= SWEEP_MOVE || item_offset(p->t->base, it) == chunk;
}

/* The memory that an item holds. */
static uint64_t
bytes_of_item(const struct class *c, const struct item *it)
{
    return (item_flags(it) & ITEM_CHAINED) ? item_size(it) : c->geometry->size;
}

/*
 * What the item is worth if it is evicted: what it holds, and its part of the body that it shares.  Otherwise
 * large shared values would stay for ever.
 */
static uint64_t
bytes_to_evict(const struct pass *p, const struct item *it, uint64_t bytes)
{
    const struct item *body = item_is_shared(it) ? body_holder(p->t->index, it) : NULL;
    if (LIKELY(body == NULL))
        return bytes;
    uint32_t n = atomic_load_explicit(item_referers(body), memory_order_relaxed);
    return bytes + item_size(body) / (n > 0 ? n : 1);
}

/*
 * The step of an item's rank.  An item that was stored or read a moment ago is
 * fresh: it ranks below all others.  Otherwise a large value of low worth for
 * its size would be evicted before a client could read it.
 */
static unsigned
step_of(const struct pass *p, struct item *it, uint64_t bytes)
{
    uint32_t exptime = clock_due_s(item_exptime(it));
    const struct policy_item facts = {
        .heat = atomic_load_explicit(&it->heat, memory_order_relaxed),
        .age = clock_age(p->stamp, atomic_load_explicit(&it->atime, memory_order_relaxed)),
        .ttl_s = exptime == 0 ? POLICY_NO_TTL : exptime - p->now,
        .size = bytes,
    };
    return cutoff_step(p->policy->rank(&facts), facts.age < POLICY_MOMENT);
}

/* See slab/core/newest.h. */
static bool
is_newest(const struct pass *p, const struct item *it)
{
    return item_seq(it) >= p->newest &&
           clock_age(p->stamp, atomic_load_explicit(&it->atime, memory_order_relaxed)) <= 1;
}

/* The sweep over all pages also packs, if the thread does and may. */
static enum cold_plan
plan_of(struct pass *p, struct item *it, uint64_t bytes)
{
    if (p->cutoff != &p->t->store->cutoff || p->cold.rests)
        return COLD_LEAVE;
    uint32_t age = clock_age(p->stamp, atomic_load_explicit(&it->atime, memory_order_relaxed));
    enum cold_plan plan = cold_judge(p->t, &p->cold, it, bytes, age, age < COLD_MOMENT);
    return p->mode == SWEEP_LOOK ? COLD_LEAVE : plan;
}

static bool
is_enough(const struct pass *p)
{
    return p->tally->enough != 0 && p->tally->n_bytes >= p->tally->enough;
}

/*
 * Evict it, pack it, or leave it?  Reports its rank to the cutoff.  An item that can be packed ranks with
 * the size that it would then have: otherwise packed items would displace it.
 */
static bool
is_to_change(struct pass *p, struct item *it, struct verdict *v)
{
    uint64_t held = bytes_of_item(p->class, it), bytes = bytes_to_evict(p, it, held);
    unsigned step = step_of(p, it, cold_bytes(&p->cold, it, bytes));
    v->over = p->mode == SWEEP_EVICT && step >= p->cut && !is_enough(p) && !p->share.grows;
    v->plan = plan_of(p, it, held);
    v->share = p->mode != SWEEP_LOOK && share_wants(p->t, &p->share, it, held);
    if (p->cold.grows)
        v->over &= v->plan == COLD_PACK; /* if there is no chunk to pack it into */
    else if (v->over)
        v->plan = COLD_LEAVE;
    bool evict = v->over && v->plan == COLD_LEAVE;
    v->share &= !evict;
    cutoff_meet(&p->met, step, bytes, evict);
    if (evict)
        p->tally->n_bytes += bytes;
    return v->over || v->share || v->plan != COLD_LEAVE;
}

/* A body is never evicted, and goes with its last referer; but it may be packed, like an item. */
static bool
is_body_to_change(struct pass *p, struct item *it, struct verdict *v)
{
    v->plan = plan_of(p, it, bytes_of_item(p->class, it));
    return v->plan != COLD_LEAVE;
}

/* The page's next expiry is updated once per run, not for every item. */
static void
note_soonest(struct pass *p, const struct item *it)
{
    uint32_t exptime = clock_due_s(item_exptime(it));
    if (exptime != 0 && exptime < p->soonest)
        p->soonest = exptime;
}

static void
judge(struct pass *p, struct item *it)
{
    struct verdict v = {.it = it, .why = LOSS_EVICTED};
    if (item_seq(it) == 0)
        return;
    p->tally->n_visited++;
    bool is_body = item_is_body(it);
    if (is_body || !publish_is_expired(p->t, it, p->now, &v.why)) {
        v.why = LOSS_EVICTED;
        if (UNLIKELY(p->gathers) && p->mode != SWEEP_EXPIRED && p->mode <= SWEEP_EVICT)
            train_offer(p->t, it, hash_key(item_key(it), it->nkey));
        switch (p->mode) {
        case SWEEP_EXPIRED: note_soonest(p, it); return;
        case SWEEP_SAMPLE: return;
        case SWEEP_LOOK:
        case SWEEP_PACK:
        case SWEEP_EVICT:
            /* the cut is made among the items that may be evicted */
            if (is_body ? !is_body_to_change(p, it, &v)
                        : (item_flags(it) & ITEM_PINNED) || is_newest(p, it) || !is_to_change(p, it, &v))
                return;
            break;
        case SWEEP_MOVE:
        case SWEEP_SPARSE:
        case SWEEP_EMPTY:
            v.move = true;
            v.why = LOSS_PAGE;
            break;
        }
    }
    if (p->mode == SWEEP_EXPIRED && v.why == LOSS_FLUSHED && p->flushed_s == p->now) {
        note_soonest(p, it);
        return;
    }
    v.hash = hash_key(item_key(it), it->nkey);
    __builtin_prefetch(index_bucket(p->t->index, v.hash), 1);
    CHECKED_MUST(p->n < RUN_CHUNKS);
    p->verdict[p->n++] = v;
}

static uint64_t
chunks_of(const struct store_thread *t, const struct item *it)
{
    uint64_t n = 1;
    for (const struct link *link = chain_first(t->base, it); link != NULL; link = chain_next(t->base, link))
        n++;
    return n;
}

/* May the item be evicted if there is no free chunk to move it to? */
static bool
may_evict_instead(const struct pass *p, const struct item *it)
{
    return p->mode != SWEEP_MOVE && !(item_flags(it) & (ITEM_PINNED | ITEM_BODY)) &&
           (p->mode == SWEEP_EMPTY || !is_newest(p, it));
}

/* true: sharing freed memory, or nothing else is to be done. */
static bool
share(struct pass *p, const struct verdict *v)
{
    uint64_t saved = share_item(p->t, &p->share, v->it, v->hash);
    p->tally->n_bytes += saved;
    p->tally->n_freed += saved > 0;
    return saved > 0 || (v->plan == COLD_LEAVE && !v->over);
}

/* true: the plan freed memory, or the item is not to be evicted instead. */
static bool
change_form(struct pass *p, const struct verdict *v)
{
    if (cold_is_over(&p->cold))
        return true;
    uint64_t saved = cold_carry_out(p->t, &p->cold, v->it, v->hash, v->plan);
    p->tally->n_bytes += saved;
    p->tally->n_freed += saved > 0;
    return saved > 0 || !v->over || is_enough(p);
}

static void
execute(struct pass *p)
{
    for (size_t i = 0; i < p->n; i++) {
        const struct verdict *v = &p->verdict[i];
        if (v->share && share(p, v))
            continue;
        if (v->plan != COLD_LEAVE && change_form(p, v))
            continue;
        if (v->move && relocate(p->t, v->it, v->hash, p->class->node) != RELOCATE_NO_CHUNK) {
            p->tally->n_freed++;
            continue;
        }
        if (v->move && !may_evict_instead(p, v->it))
            continue;
        if (!publish_drop(p->t, v->it, v->hash, v->why))
            continue;
        /* it was linked, and in this epoch its memory is not reused */
        p->tally->n_bytes += v->plan != COLD_LEAVE ? bytes_of_item(p->class, v->it) : 0;
        p->tally->n_freed += chunks_of(p->t, v->it);
        if (p->mode == SWEEP_EXPIRED)
            counter_inc(
                store_thread_counter(p->t, store_thread_class_of(p->t, v->it), STORE_N_SWEPT_EXPIRED));
    }
}

static void
sweep_chunks(struct pass *p, uint32_t page, uint32_t at, uint32_t end)
{
    store_thread_must_be_inside(p->t);
    MUST(at <= end && end - at <= RUN_CHUNKS && end <= p->class->geometry->n_chunks);
    struct store_thread *t = p->t;
    for (; at < end; at++) {
        uint64_t chunk = class_chunk(p->class, page, at);
        __builtin_prefetch(t->base + chunk + (uint64_t)AHEAD * p->class->geometry->size);
        struct item *it = sweep_item_of(t, chunk);
        if (it != NULL && is_judged_here(p, chunk, it))
            judge(p, it);
    }
    if (p->soonest != UINT32_MAX)
        publish_note_expiry_in(t, page, p->soonest);
    execute(p);
}

static uint64_t
window_of(const struct store *store)
{
    uint64_t window = atomic_load_explicit(&store->limit, memory_order_relaxed) / WINDOWS_PER_LIMIT;
    return window < WINDOW_PAGES * store->arena.page_size ? WINDOW_PAGES * store->arena.page_size : window;
}

/* The cut is computed several times a round, over the rounds of all hands. */
static void
report_to_cutoff(struct pass *p)
{
    struct store *store = p->t->store;
    uint64_t window = window_of(store);
    cutoff_add(p->cutoff, &p->met, p->cutoff == &store->cutoff ? window : UINT64_MAX);
    p->cut = cutoff_at(p->cutoff);
}

/*
 * Only sweeps that evict need this number.  A sweep of one class for its own
 * needs has no newest items, since all of them may belong to the newer half.
 */
static uint64_t
first_of_newest(const struct store_thread *t, enum sweep_mode mode, const struct cutoff *cutoff)
{
    if (mode == SWEEP_SPARSE || cutoff == &t->store->cutoff)
        return newest_from(t->store);
    return UINT64_MAX;
}

void
sweep_run(struct store_thread *t, struct class *c, const struct class_run *run, enum sweep_mode mode,
    struct cutoff *cutoff, struct sweep_tally *tally)
{
    store_thread_must_be_outside(t);
    MUST(run->from <= run->to && run->to <= c->geometry->n_chunks);
    MUST(cutoff != NULL || mode < SWEEP_LOOK || mode > SWEEP_EVICT);
    struct pass p = {.t = t,
        .class = c,
        .mode = mode,
        .now = clock_now_s(),
        .stamp = clock_stamp(),
        .newest = first_of_newest(t, mode, cutoff),
        .policy = policy_now(t->store),
        .cutoff = cutoff,
        .cut = cutoff != NULL ? cutoff_at(cutoff) : CUTOFF_UNKNOWN,
        .flushed_s = atomic_load_explicit(&t->store->flush_unswept_s, memory_order_relaxed),
        .soonest = UINT32_MAX,
        .gathers = train_gathers(t->store),
        .tally = tally};
    bool over_all = cutoff == &t->store->cutoff;
    for (uint32_t at = run->from; at < run->to;) {
        if (over_all) {
            cold_begin(t, &p.cold);
            share_begin(t, &p.share);
        }
        uint32_t most = p.cold.packs ? RUN_PACKING : RUN_CHUNKS;
        uint32_t end = run->to - at > most ? at + most : run->to;
        uint64_t visited = tally->n_visited;
        p.n = 0;
        epoch_enter(t->epoch, t->record);
        sweep_chunks(&p, run->page, at, end);
        counter_add(store_thread_counter(t, c->id, STORE_N_SWEPT_VISITED), tally->n_visited - visited);
        store_thread_harvest(t, UINT32_MAX);
        epoch_leave(t->epoch, t->record);
        (void)epoch_try_advance(t->epoch);
        if (p.met.n > 0)
            report_to_cutoff(&p);
        if (over_all) {
            cold_end(t, &p.cold, window_of(t->store));
            share_end(t, &p.share, window_of(t->store));
            /* Otherwise a worker on the same CPU could wait for several such runs, some milliseconds. */
            if (p.cold.cpu_ns != 0 || p.share.work > 0)
                (void)sched_yield();
        }
        at = end;
    }
}

void
sweep_page(struct store_thread *t, struct class *c, uint32_t number, enum sweep_mode mode,
    struct cutoff *cutoff, struct sweep_tally *tally)
{
    /*
     * Before any item is inspected: a run enters the epoch, which orders the two.
     * The partner is publish_note_expiry_at.
     */
    if (mode == SWEEP_EXPIRED)
        atomic_store_explicit(&arena_page(&t->store->arena, number)->soonest, 0, memory_order_relaxed);
    struct class_run run = {number, 0, c->geometry->n_chunks};
    sweep_run(t, c, &run, mode, cutoff, tally);
}
