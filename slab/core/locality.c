#include "slab/core/locality.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "slab/core/demand.h"
#include "slab/core/shadow.h"

/*
 * remote reads between two clock readings: a thread that reads much from other
 * nodes must not wait for the next second
 */
enum { LOOK_AT_CLOCK = 64 };

/* ---- threads begin and end ----------------------------------------------- */

bool
locality_join(struct store_thread *t)
{
    MUST(t->node >= 0 && t->node < t->store->arena.n_nodes);
    const struct arena *a = &t->store->arena;
    t->noted_below = t->followed_below;
    if (a->n_nodes == 1)
        return true;
    uint32_t first = arena_first_page(a, t->node), end = arena_first_page(a, t->node + 1);
    t->locality.from = arena_page_offset(a, first);
    t->locality.size = (uint64_t)(end - first) << a->page_shift;
    t->locality.ring = aligned_alloc(RING_LINE, sizeof *t->locality.ring);
    if (t->locality.ring == NULL)
        return false;
    memset(t->locality.ring, 0, sizeof *t->locality.ring);
    t->noted_below = UINT64_MAX; /* every read, except that of one hash in 2^64 */
    return true;
}

static struct locality_sum
counted_by(const struct store_thread *t)
{
    const counter *n = t->counters[CLASS_NONE].n;
    return (struct locality_sum){counter_read(&n[STORE_N_READS_LOCAL]),
        counter_read(&n[STORE_N_READS_REMOTE]), counter_read(&n[STORE_N_MIGRATED])};
}

static void
add(struct locality_sum *to, struct locality_sum n)
{
    to->local += n.local;
    to->remote += n.remote;
    to->migrated += n.migrated;
}

void
locality_part(struct store_thread *t)
{
    lock_must_own(&t->store->threads_lock);
    add(&t->store->retired_reads[t->node], counted_by(t));
    free(t->locality.ring);
    t->locality.ring = NULL;
}

/* ---- reads ----------------------------------------------------------------- */

/* false: the ring is full. */
static bool
request(struct store_thread *t, uint64_t hash, uint64_t offset)
{
    struct locality_ring *r = t->locality.ring;
    size_t n_free = ring_free(&r->ring, LOCALITY_REQUESTS);
    CHECKED_MUST(n_free <= LOCALITY_REQUESTS);
    if (n_free == 0)
        return false;
    r->request[ring_put_at(&r->ring) % LOCALITY_REQUESTS] = (struct migrate_request){hash, offset};
    ring_publish(&r->ring, 1);
    if (n_free <= LOCALITY_REQUESTS / 2)
        demand_note_requests(t->store, t->node);
    return true;
}

static void
forget_remote(struct item *it)
{
    atomic_fetch_and_explicit(&it->flags, (uint16_t)~ITEM_REMOTE_READS, memory_order_relaxed);
}

/*
 * Two threads may count past 15 to 0 at the same time: these are the uppermost
 * bits, so no other bit changes.
 */
static __attribute__((noinline)) void
count_remote(struct store_thread *t, uint64_t hash, struct item *it)
{
    if ((item_flags(it) & ITEM_REMOTE_READS) != ITEM_REMOTE_READS)
        atomic_fetch_add_explicit(&it->flags, ITEM_REMOTE_READS & -ITEM_REMOTE_READS, memory_order_relaxed);
    else if (request(t, hash, item_offset(t->base, it)))
        /* so that it is not requested again immediately if its reader's node has no free chunk */
        forget_remote(it);
}

static inline void
note_read(struct store_thread *t, uint64_t hash, struct item *it)
{
    uint64_t offset = item_offset(t->base, it);
    if (LIKELY(offset - t->locality.from < t->locality.size)) {
        counter_inc(store_thread_counter(t, CLASS_NONE, STORE_N_READS_LOCAL));
        if (UNLIKELY(item_flags(it) & ITEM_REMOTE_READS))
            forget_remote(it);
        return;
    }
    counter *n = store_thread_counter(t, CLASS_NONE, STORE_N_READS_REMOTE);
    counter_inc(n);
    if (UNLIKELY(counter_read(n) % LOOK_AT_CLOCK == 0))
        clock_advance();
    if (atomic_load_explicit(&it->atime, memory_order_relaxed) != clock_stamp())
        count_remote(t, hash, it);
}

__attribute__((noinline)) void
locality_note_wanted(struct store_thread *t, uint64_t hash, enum shadow_kind kind, const struct item *it)
{
    store_thread_must_be_inside(t);
    if (kind == SHADOW_READ && it != NULL && t->locality.ring != NULL)
        note_read(t, hash, (struct item *)it);
    if (UNLIKELY(hash < t->followed_below))
        shadow_note(t, hash, kind, it);
}

/* ---- requests ---------------------------------------------------------------- */

size_t
locality_take(struct store *store, int node, int record, struct migrate_request *batch)
{
    MUST(record >= 0 && record < EPOCH_RECORDS);
    MUST(node >= 0 && node < store->arena.n_nodes);
    size_t n = 0;
    lock_take(&store->threads_lock);
    struct store_thread *t = atomic_load_explicit(&store->threads[record], memory_order_relaxed);
    if (t != NULL && t->locality.ring != NULL && t->node == node) {
        struct locality_ring *r = t->locality.ring;
        size_t n_there = ring_filled(&r->ring);
        for (; n < LOCALITY_BATCH && n < n_there; n++)
            batch[n] = r->request[(ring_taken_at(&r->ring) + n) % LOCALITY_REQUESTS];
        ring_release(&r->ring, n);
    }
    lock_give(&store->threads_lock);
    return n;
}

/* ---- figures --------------------------------------------------------------- */

static struct locality_sum
sum_locked(const struct store *store, int node)
{
    lock_must_own(&store->threads_lock);
    struct locality_sum sum = store->retired_reads[node];
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
    MUST(node >= 0 && node < store->arena.n_nodes);
    lock_take(&store->threads_lock);
    struct locality_sum sum = sum_locked(store, node), *before = &store->baseline_reads[node];
    sum.local -= before->local;
    sum.remote -= before->remote;
    sum.migrated -= before->migrated;
    lock_give(&store->threads_lock);
    return sum;
}

void
locality_reset(struct store *store)
{
    lock_must_own(&store->threads_lock);
    for (int node = 0; node < store->arena.n_nodes; node++)
        store->baseline_reads[node] = sum_locked(store, node);
}
