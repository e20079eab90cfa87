#include "slab/locality.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "slab/demand.h"
#include "slab/relocate.h"
#include "slab/store_thread.h"

enum {
    LOOK_AT_CLOCK = 64, /* remote reads: who reads much from afar is not to wait for the next second */
    BATCH = 64,         /* wishes that are taken out at a time */
    AT_ONCE = 16 << 20, /* bytes that are moved before a mover looks after its pool again, ... */
    MOVE_COST = 1 << 10 /* ... of which each item counts so many besides its own */
};

/* ---- coming and going ---------------------------------------------------- */

bool
locality_join(struct store_thread *t)
{
    const struct arena *a = &t->store->arena;
    t->noted_below = t->followed_below;
    if (a->n_nodes == 1)
        return true;
    uint32_t first = arena_first_page(a, t->node), end = arena_first_page(a, t->node + 1);
    t->locality.from = arena_page_offset(a, first);
    t->locality.size = (uint64_t)(end - first) << a->page_shift;
    t->locality.ring = aligned_alloc(64, sizeof *t->locality.ring);
    if (t->locality.ring == NULL)
        return false;
    memset(t->locality.ring, 0, sizeof *t->locality.ring);
    t->noted_below = UINT64_MAX; /* every read; that of one hash in 2^64 is not */
    return true;
}

static struct locality_sum
counted_by(const struct store_thread *t)
{
    const counter *n = t->counters[CLASS_NONE].n;
    return (struct locality_sum){counter_read(&n[STORE_N_READS_LOCAL]),
        counter_read(&n[STORE_N_READS_REMOTE]), counter_read(&n[STORE_N_BROUGHT])};
}

static void
add(struct locality_sum *to, struct locality_sum n)
{
    to->local += n.local;
    to->remote += n.remote;
    to->brought += n.brought;
}

void
locality_part(struct store_thread *t)
{
    lock_must_own(&t->store->threads_lock);
    add(&t->store->gone[t->node], counted_by(t));
    free(t->locality.ring);
    t->locality.ring = NULL;
}

/* ---- reads ----------------------------------------------------------------- */

/* false: there are too many already. */
static bool
wish(struct store_thread *t, uint64_t hash, uint64_t offset)
{
    struct locality_ring *r = t->locality.ring;
    uint32_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
    uint32_t n = tail - atomic_load_explicit(&r->head, memory_order_acquire);
    if (n == LOCALITY_WISHES)
        return false;
    r->wish[tail % LOCALITY_WISHES] = (struct locality_wish){hash, offset};
    atomic_store_explicit(&r->tail, tail + 1, memory_order_release);
    if (n >= LOCALITY_WISHES / 2)
        demand_note_wishes(t->store, t->node);
    return true;
}

static void
forget_afar(struct item *it)
{
    atomic_fetch_and_explicit(&it->flags, (uint16_t)~ITEM_AFAR, memory_order_relaxed);
}

/* Two threads at once may count beyond the end, to 0: the uppermost bits, so it harms nothing else. */
static __attribute__((noinline)) void
count_afar(struct store_thread *t, uint64_t hash, struct item *it)
{
    if ((item_flags(it) & ITEM_AFAR) != ITEM_AFAR)
        atomic_fetch_add_explicit(&it->flags, ITEM_AFAR & -ITEM_AFAR, memory_order_relaxed);
    else if (wish(t, hash, (uint64_t)((char *)it - t->base)))
        forget_afar(it); /* so that it is not wished for again at once if there is no room */
}

static inline void
note_read(struct store_thread *t, uint64_t hash, struct item *it)
{
    uint64_t offset = (uint64_t)((char *)it - t->base);
    if (LIKELY(offset - t->locality.from < t->locality.size)) {
        counter_inc(store_thread_counter(t, CLASS_NONE, STORE_N_READS_LOCAL));
        if (UNLIKELY(item_flags(it) & ITEM_AFAR))
            forget_afar(it);
        return;
    }
    counter *n = store_thread_counter(t, CLASS_NONE, STORE_N_READS_REMOTE);
    counter_inc(n);
    if (UNLIKELY(counter_read(n) % LOOK_AT_CLOCK == 0))
        clock_advance();
    if (atomic_load_explicit(&it->atime, memory_order_relaxed) != clock_stamp())
        count_afar(t, hash, it);
}

__attribute__((noinline)) void
locality_note(struct store_thread *t, uint64_t hash, enum shadow_kind kind, const struct item *it)
{
    if (kind == SHADOW_READ && it != NULL && t->locality.ring != NULL)
        note_read(t, hash, (struct item *)it);
    if (UNLIKELY(hash < t->followed_below))
        shadow_note(t, hash, kind, it);
}

/* ---- moving ---------------------------------------------------------------- */

/* Takes out some of what a thread of our node wished for; returns how many. */
static size_t
take_wishes(struct store_thread *self, int record, struct locality_wish *batch)
{
    struct store *store = self->store;
    uint32_t n = 0;
    lock_take(&store->threads_lock);
    struct store_thread *t = atomic_load_explicit(&store->threads[record], memory_order_relaxed);
    if (t != NULL && t->locality.ring != NULL && t->node == self->node) {
        struct locality_ring *r = t->locality.ring;
        uint32_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
        uint32_t tail = atomic_load_explicit(&r->tail, memory_order_acquire);
        for (; n < BATCH && head + n != tail; n++)
            batch[n] = r->wish[(head + n) % LOCALITY_WISHES];
        atomic_store_explicit(&r->head, head + n, memory_order_release);
    }
    lock_give(&store->threads_lock);
    return n;
}

/* It may have gone since, and its memory may hold anything: unless its slot still says that it is there. */
static bool
is_there(struct store_thread *t, const struct locality_wish *w)
{
    struct index_guard g;
    store_thread_lock_bucket(t, w->hash, &g);
    bool there = index_locked_find_offset(t->index, &g, w->hash, w->offset) != NULL;
    index_unlock(&g);
    return there;
}

/* Returns about what it cost. */
static uint64_t
bring(struct store_thread *t, const struct locality_wish *w)
{
    uint64_t cost = MOVE_COST;
    epoch_enter(t->epoch, t->record);
    if (is_there(t, w)) {
        struct item *it = (struct item *)(t->base + w->offset);
        cost += item_size(it);
        if (relocate(t, it, w->hash, t->node) == RELOCATE_DONE)
            counter_inc(store_thread_counter(t, CLASS_NONE, STORE_N_BROUGHT));
    }
    store_thread_harvest(t, UINT32_MAX);
    epoch_leave(t->epoch, t->record);
    (void)epoch_try_advance(t->epoch);
    return cost;
}

bool
locality_bring(struct store_thread *t)
{
    struct locality_wish batch[BATCH];
    uint64_t cost = 0;
    if (t->store->arena.n_nodes == 1)
        return false;
    int n_records = atomic_load(&t->store->epoch.n_records);
    for (int i = 0; i < n_records; i++) {
        size_t n;
        while ((n = take_wishes(t, i, batch)) > 0) {
            for (size_t k = 0; k < n; k++)
                cost += bring(t, &batch[k]);
            if (cost >= AT_ONCE)
                return true;
        }
    }
    return false;
}

/* ---- figures --------------------------------------------------------------- */

static struct locality_sum
sum_locked(const struct store *store, int node)
{
    lock_must_own(&store->threads_lock);
    struct locality_sum sum = store->gone[node];
    for (int i = 0; i < EPOCH_RECORDS; i++) {
        const struct store_thread *t = atomic_load_explicit(&store->threads[i], memory_order_relaxed);
        if (t != NULL && t->node == node)
            add(&sum, counted_by(t));
    }
    return sum;
}

struct locality_sum
locality_sum_node(struct store *store, int node)
{
    lock_take(&store->threads_lock);
    struct locality_sum sum = sum_locked(store, node), *before = &store->before[node];
    sum.local -= before->local;
    sum.remote -= before->remote;
    sum.brought -= before->brought;
    lock_give(&store->threads_lock);
    return sum;
}

void
locality_reset(struct store *store)
{
    for (int node = 0; node < store->arena.n_nodes; node++)
        store->before[node] = sum_locked(store, node);
}
