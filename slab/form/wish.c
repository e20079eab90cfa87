#include "slab/form/wish.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "slab/core/demand.h"
#include "slab/core/forms.h"

/* The thread's ring; NULL: out of memory. */
static struct wish_ring *
ring_of(struct store_thread *t)
{
    struct wish_ring *r = atomic_load_explicit(&t->wishes, memory_order_relaxed);
    if (LIKELY(r != NULL) || (r = aligned_alloc(RING_LINE, sizeof *r)) == NULL)
        return r;
    memset(r, 0, sizeof *r);
    store_thread_count_bytes(t, sizeof *r);
    atomic_store_explicit(&t->wishes, r, memory_order_release);
    return r;
}

static void
put(struct store_thread *t, uint64_t hash, uint64_t offset)
{
    struct wish_ring *r = ring_of(t);
    size_t n_free = r == NULL ? 0 : ring_free(&r->ring, WISH_RING);
    CHECKED_MUST(n_free <= WISH_RING);
    counter_inc(&t->forms->n_wishes);
    if (n_free == 0) {
        counter_inc(&t->forms->n_lost);
        return;
    }
    r->wish[ring_put_at(&r->ring) % WISH_RING] = (struct wish){hash, offset};
    ring_publish(&r->ring, 1);
    /* Once only, on the way to a full ring: otherwise the mover reads it within a second. */
    if (n_free == WISH_RING / 2)
        demand_note_requests(t->store, DEMAND_FIRST);
}

void
wish_note(struct store_thread *t, uint64_t hash, const struct item *it)
{
    store_thread_must_be_inside(t);
    uint32_t now = clock_stamp(), atime = atomic_load_explicit(&it->atime, memory_order_relaxed);
    uint32_t age = clock_age(now, atime);
    if ((item_flags(it) & ITEM_FORM) != ITEM_PACKED || age == 0 ||
        age > atomic_load_explicit(&t->store->wish_age, memory_order_relaxed) ||
        atomic_load_explicit(&it->heat, memory_order_relaxed) < WISH_HEAT - 1)
        return;
    put(t, hash, item_offset(t->base, it));
}

size_t
wish_take(struct store *store, int record, struct wish *batch)
{
    MUST(record >= 0 && record < EPOCH_RECORDS);
    size_t n = 0;
    lock_take(&store->threads_lock);
    struct store_thread *t = atomic_load_explicit(&store->threads[record], memory_order_relaxed);
    struct wish_ring *r = t == NULL ? NULL : atomic_load_explicit(&t->wishes, memory_order_acquire);
    if (r != NULL) {
        size_t n_there = ring_filled(&r->ring);
        for (; n < WISH_BATCH && n < n_there; n++)
            batch[n] = r->wish[(ring_taken_at(&r->ring) + n) % WISH_RING];
        ring_release(&r->ring, n);
    }
    lock_give(&store->threads_lock);
    return n;
}
