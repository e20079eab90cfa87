#include "slab/core/shadow.h"

#include <stdlib.h>
#include <string.h>

#include "slab/core/demand.h"
#include "slab/core/store_thread.h"

enum {
    BATCH = 256,        /* events that are taken out at once */
    ROUNDS = 8,         /* batches from one thread: it may continue to add events */
    LIMIT_SHARE = 1024, /* all sims together use this part of the limit, */
    BITS_MIN = 8,       /* but each has at least this many slots (a power of two), */
    BITS_MAX = 16,      /* and at most this many */
    KIND_BITS = 2,
    KIND_MASK = (1 << KIND_BITS) - 1,
};

static_assert((int)SHADOW_DROP <= (int)KIND_MASK, "a kind fits its bits");
static_assert((int)BATCH < (int)SHADOW_RING, "a batch is a part of a ring");

/* ---- init and fini ------------------------------------------------------- */

static unsigned
bits_for(size_t limit)
{
    size_t slots = limit / LIMIT_SHARE / STORE_N_POLICIES / sizeof(struct policy_sim_item);
    unsigned bits = BITS_MIN;
    while (bits < BITS_MAX && (size_t)2 << bits <= slots)
        bits++;
    return bits;
}

bool
shadow_init(struct shadow *s, uint32_t one_in, size_t limit)
{
    memset(s, 0, sizeof *s);
    lock_init(&s->lock, LOCK_LEAF);
    s->one_in = one_in;
    bool good = true;
    for (int p = 0; p < STORE_N_POLICIES && one_in != 0; p++)
        good &= policy_sim_init(&s->sims[p], &policy_table[p], bits_for(limit));
    if (!good)
        shadow_fini(s);
    return good;
}

size_t
shadow_bytes_most(const struct shadow *s)
{
    size_t n = 0;
    for (int p = 0; p < STORE_N_POLICIES && s->one_in != 0; p++)
        n += sizeof(struct policy_sim_item) << s->sims[p].bits_max;
    return n;
}

void
shadow_fini(struct shadow *s)
{
    for (int p = 0; p < STORE_N_POLICIES; p++)
        policy_sim_fini(&s->sims[p]);
    lock_fini(&s->lock);
}

bool
shadow_join(struct store_thread *t)
{
    const struct shadow *s = &t->store->shadow;
    t->followed_below = 0;
    t->ring = NULL;
    if (s->one_in == 0)
        return true;
    t->ring = aligned_alloc(RING_LINE, sizeof *t->ring);
    if (t->ring == NULL)
        return false;
    memset(t->ring, 0, sizeof *t->ring);
    t->followed_below = shadow_threshold(s);
    return true;
}

void
shadow_part(struct store_thread *t)
{
    lock_must_own(&t->store->threads_lock);
    if (t->ring != NULL)
        t->store->shadow.n_lost += counter_read(&t->ring->n_lost);
    free(t->ring);
    t->ring = NULL;
}

/* ---- events from threads ------------------------------------------------- */

/* As if the value were plain: all policies are compared with the same sizes. */
static uint64_t
bytes_of_item(const struct store_thread *t, const struct item *it)
{
    const struct class_set *s = &t->store->classes;
    uint64_t size = item_client_size(it, s->chunk_max);
    return size > s->chunk_max ? size : s->geometry[store_thread_client_class_of(t, it)].size;
}

__attribute__((noinline, cold)) void
shadow_note(struct store_thread *t, uint64_t hash, enum shadow_kind kind, const struct item *it)
{
    store_thread_must_be_inside(t);
    CHECKED_MUST(t->ring != NULL);
    struct shadow_ring *r = t->ring;
    size_t n_free = ring_free(&r->ring, SHADOW_RING);
    CHECKED_MUST(n_free <= SHADOW_RING);
    if (n_free == 0) {
        counter_inc(&r->n_lost);
        return;
    }
    uint32_t units =
        it == NULL ? 0 : (uint32_t)((bytes_of_item(t, it) + POLICY_SIM_UNIT - 1) / POLICY_SIM_UNIT);
    r->event[ring_put_at(&r->ring) % SHADOW_RING] = (struct shadow_event){
        .key = (uint32_t)hash,
        .stamp = clock_stamp(),
        .exptime = it == NULL ? 0 : clock_due_s(item_exptime(it)),
        .what = units << KIND_BITS | (uint32_t)kind,
    };
    ring_publish(&r->ring, 1);
    if (n_free == SHADOW_RING / 2 && kind == SHADOW_READ) /* at a write the bucket is locked */
        demand_note_events(t->store);
}

/* ---- replay -------------------------------------------------------------- */

/* Takes events into `batch` until it is full; returns how many. */
static size_t
take_events(struct store *store, int record, struct shadow_event *batch)
{
    MUST(record >= 0 && record < EPOCH_RECORDS);
    size_t n = 0;
    lock_take(&store->threads_lock);
    struct store_thread *t = atomic_load_explicit(&store->threads[record], memory_order_relaxed);
    if (t != NULL && t->ring != NULL) {
        struct shadow_ring *r = t->ring;
        size_t n_there = ring_filled(&r->ring);
        for (; n < BATCH && n < n_there; n++)
            batch[n] = r->event[(ring_taken_at(&r->ring) + n) % SHADOW_RING];
        ring_release(&r->ring, n);
    }
    lock_give(&store->threads_lock);
    return n;
}

/* Ends following half of the keys. */
static void
thin_locked(struct shadow *s)
{
    lock_must_own(&s->lock);
    s->mask = s->mask << 1 | 1;
    for (int p = 0; p < STORE_N_POLICIES; p++)
        policy_sim_thin(&s->sims[p], s->mask);
}

/* The memory that all items together may use. */
static uint64_t
memory_for_items(struct store *store)
{
    uint64_t limit = atomic_load_explicit(&store->limit, memory_order_relaxed);
    uint64_t index = index_units(&store->index) * store->arena.page_size;
    return limit > index ? limit - index : 0;
}

/* The sims' share of it. */
static uint64_t
budget_locked(const struct shadow *s)
{
    lock_must_own(&s->lock);
    MUST(s->one_in != 0);
    return s->n_for_items / s->one_in / ((uint64_t)s->mask + 1);
}

static void
write_locked(
    struct shadow *s, struct policy_sim *g, const struct shadow_event *e, const struct policy_sim_time *when)
{
    lock_must_own(&s->lock);
    uint64_t bytes = (uint64_t)(e->what >> KIND_BITS) * POLICY_SIM_UNIT;
    while ((e->key & s->mask) == 0 && !policy_sim_write(g, e->key, bytes, e->exptime, budget_locked(s), when))
        thin_locked(s);
}

static void
play_locked(struct shadow *s, const struct shadow_event *e)
{
    lock_must_own(&s->lock);
    const struct policy_sim_time when = {e->stamp, clock_second_of(e->stamp)};
    for (int p = 0; p < STORE_N_POLICIES && (e->key & s->mask) == 0; p++) {
        struct policy_sim *g = &s->sims[p];
        switch ((enum shadow_kind)(e->what & KIND_MASK)) {
        case SHADOW_READ:
            if (policy_sim_read(g, e->key, &when) && e->what >> KIND_BITS != 0)
                policy_sim_touch(g, e->key, e->exptime); /* the read may have been a touch too */
            else if (e->what >> KIND_BITS != 0)
                write_locked(s, g, e, &when);
            break;
        case SHADOW_WRITE: write_locked(s, g, e, &when); break;
        case SHADOW_DROP: policy_sim_drop(g, e->key); break;
        }
    }
}

/*
 * A flush empties the sims, too.  Events of items that were stored just before
 * it may store them again, for a moment.
 */
static void
see_flush_locked(struct store *store)
{
    lock_must_own(&store->shadow.lock);
    struct shadow *s = &store->shadow;
    uint64_t seq = atomic_load_explicit(&arena_superblock(&store->arena)->flush_seq, memory_order_relaxed);
    if (seq == s->flush_seq)
        return;
    s->flush_seq = seq;
    for (int p = 0; p < STORE_N_POLICIES; p++)
        policy_sim_thin(&s->sims[p], UINT32_MAX);
}

void
shadow_play(struct store *store)
{
    struct shadow *s = &store->shadow;
    struct shadow_event batch[BATCH];
    if (s->one_in == 0)
        return;
    int n_records = atomic_load(&store->epoch.n_records);
    uint64_t n_for_items = memory_for_items(store);
    for (int i = 0; i < n_records; i++) {
        size_t n = BATCH;
        for (int round = 0; round < ROUNDS && n == BATCH; round++) {
            n = take_events(store, i, batch);
            if (n == 0)
                break;
            lock_take(&s->lock);
            s->n_for_items = n_for_items;
            see_flush_locked(store);
            for (size_t k = 0; k < n; k++)
                play_locked(s, &batch[k]);
            lock_give(&s->lock);
        }
    }
}

/* ---- statistics ---------------------------------------------------------- */

void
shadow_reset(struct shadow *s)
{
    lock_take(&s->lock);
    for (int p = 0; p < STORE_N_POLICIES; p++)
        s->sims[p].hits = s->sims[p].misses = 0;
    lock_give(&s->lock);
}

/* Events lost and bytes of rings. */
static void
count_rings(struct store *store, struct store_shadow *out)
{
    lock_take(&store->threads_lock);
    out->n_lost = store->shadow.n_lost;
    for (int i = 0; i < EPOCH_RECORDS; i++) {
        const struct store_thread *t = atomic_load_explicit(&store->threads[i], memory_order_relaxed);
        if (t == NULL || t->ring == NULL)
            continue;
        out->n_lost += counter_read(&t->ring->n_lost);
        out->memory += sizeof *t->ring;
    }
    lock_give(&store->threads_lock);
}

void
store_shadow(struct store *store, struct store_shadow *out)
{
    struct shadow *s = &store->shadow;
    *out = (struct store_shadow){0};
    if (s->one_in == 0)
        return;
    shadow_play(store);
    count_rings(store, out);
    uint64_t n_for_items = memory_for_items(store);
    lock_take(&s->lock);
    out->one_in = (uint64_t)s->one_in * ((uint64_t)s->mask + 1);
    s->n_for_items = n_for_items;
    out->budget = budget_locked(s);
    for (int p = 0; p < STORE_N_POLICIES; p++) {
        const struct policy_sim *g = &s->sims[p];
        out->memory += sizeof *g->slots << g->bits;
        out->policy[p] = (struct store_shadow_policy){g->hits, g->misses, g->n, g->bytes};
    }
    lock_give(&s->lock);
}
