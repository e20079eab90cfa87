#include "slab/mem/epoch.h"

#include <sched.h>

enum { EPOCH_FIRST = 2, SPINS_BEFORE_YIELD = 64 };

#ifdef LARDER_CHECKS
static _Thread_local char self; /* its address identifies the thread */

static bool
is_owner(const struct epoch *e, int record)
{
    return atomic_load_explicit(&e->record[record].owner, memory_order_relaxed) == (uintptr_t)&self;
}

void
epoch_note_owner(struct epoch *e, int record)
{
    atomic_store_explicit(&e->record[record].owner, (uintptr_t)&self, memory_order_relaxed);
}

void
epoch_must_be_inside(const struct epoch *e, int record)
{
    MUST(epoch_inside(e, record));
    MUST(is_owner(e, record));
}

void
epoch_must_own(const struct epoch *e, int record)
{
    uint64_t state = atomic_load_explicit(&e->record[record].state, memory_order_relaxed);
    MUST((state & 1) || state == EPOCH_RAIDED);
    MUST(is_owner(e, record));
}
#endif

void
epoch_init(struct epoch *e)
{
    atomic_init(&e->now, EPOCH_FIRST);
    atomic_init(&e->n_records, 0);
    for (int i = 0; i < EPOCH_RECORDS; i++)
        atomic_init(&e->record[i].state, EPOCH_UNUSED);
}

int
epoch_join(struct epoch *e)
{
    for (int i = 0; i < EPOCH_RECORDS; i++) {
        uint64_t unused = EPOCH_UNUSED;
        if (!atomic_compare_exchange_strong(&e->record[i].state, &unused, EPOCH_OUTSIDE))
            continue;
        int n = atomic_load(&e->n_records);
        while (n < i + 1 && !atomic_compare_exchange_weak(&e->n_records, &n, i + 1))
            ;
        return i;
    }
    return EPOCH_NO_RECORD;
}

void
epoch_part(struct epoch *e, int record)
{
    MUST(record >= 0 && record < EPOCH_RECORDS);
    uint64_t outside = EPOCH_OUTSIDE;
    while (!atomic_compare_exchange_strong(&e->record[record].state, &outside, EPOCH_UNUSED)) {
        MUST(!(outside & 1));
        epoch_wait_raid(e, record);
        outside = EPOCH_OUTSIDE;
    }
}

void
epoch_wait_raid(struct epoch *e, int record)
{
    CHECKED_MUST(record >= 0 && record < EPOCH_RECORDS);
    _Atomic uint64_t *state = &e->record[record].state;
    for (int spins = 0;; spins++) {
        uint64_t s = atomic_load_explicit(state, memory_order_acquire);
        MUST(!(s & 1)); /* entering twice */
        if (s != EPOCH_RAIDED)
            return;
        if (spins >= SPINS_BEFORE_YIELD)
            sched_yield();
    }
}

bool
epoch_try_advance(struct epoch *e)
{
    uint64_t now = atomic_load(&e->now);
    int n = atomic_load(&e->n_records);
    for (int i = 0; i < n; i++) {
        uint64_t s = atomic_load(&e->record[i].state);
        if ((s & 1) && s >> 1 != now)
            return false;
    }
    return atomic_compare_exchange_strong(&e->now, &now, now + 1);
}

bool
epoch_try_raid(struct epoch *e, int record)
{
    MUST(record >= 0 && record < EPOCH_RECORDS);
    uint64_t outside = EPOCH_OUTSIDE;
    bool raided = atomic_compare_exchange_strong(&e->record[record].state, &outside, EPOCH_RAIDED);
    if (raided)
        epoch_note_owner(e, record);
    return raided;
}

void
epoch_end_raid(struct epoch *e, int record)
{
    MUST(atomic_load_explicit(&e->record[record].state, memory_order_relaxed) == EPOCH_RAIDED);
    epoch_must_own(e, record);
    atomic_store_explicit(&e->record[record].state, EPOCH_OUTSIDE, memory_order_release);
}
