/* memory_limit: see memory_limit.h. */
#include "server/memory/memory_limit.h"

#include <stdint.h>

#include "slab/store.h"

enum {
    BESIDE_SHARE = 8,       /* that part of a limit is the process's at most */
    BESIDE_STEP = 64 << 10, /* in steps of so much: two starts should not differ by a few pages */
};

void
memory_limit_init(struct memory_limit *m, struct store *store, size_t said, size_t item_max)
{
    m->store = store;
    m->item_max = item_max;
    atomic_init(&m->said, said);
    atomic_init(&m->process, 0);
    atomic_init(&m->allowed, SIZE_MAX);
    lock_init(&m->lock, LOCK_LISTENER);
}

void
memory_limit_fini(struct memory_limit *m)
{
    lock_fini(&m->lock);
}

static size_t
lesser(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* What the store gets of `said`. */
static size_t
share_of(const struct memory_limit *m, size_t said)
{
    size_t process = atomic_load_explicit(&m->process, memory_order_relaxed);
    size_t least = 2 * m->item_max > STORE_LIMIT_MIN ? 2 * m->item_max : STORE_LIMIT_MIN;
    if (process == 0 || said <= least)
        return said;
    size_t beside = process + store_beside(m->store, said);
    beside = (beside + BESIDE_STEP - 1) / BESIDE_STEP * BESIDE_STEP;
    return said - lesser(lesser(beside, said / BESIDE_SHARE), said - least);
}

size_t
memory_limit_said(const struct memory_limit *m)
{
    return atomic_load_explicit(&m->said, memory_order_relaxed);
}

size_t
memory_limit_wanted_of_store(const struct memory_limit *m)
{
    return share_of(m, memory_limit_said(m));
}

size_t
memory_limit_of_store(const struct memory_limit *m)
{
    return lesser(memory_limit_wanted_of_store(m), atomic_load_explicit(&m->allowed, memory_order_relaxed));
}

size_t
memory_limit_now(const struct memory_limit *m)
{
    size_t allowed = atomic_load_explicit(&m->allowed, memory_order_relaxed);
    return allowed < memory_limit_wanted_of_store(m) ? allowed : memory_limit_said(m);
}

/* What is said must be possible by itself: our surroundings may allow it again at any time. */
bool
memory_limit_say(struct memory_limit *m, size_t said)
{
    lock_take(&m->lock);
    size_t share = share_of(m, said);
    bool ok = store_resize(m->store, share);
    if (ok)
        atomic_store_explicit(&m->said, said, memory_order_relaxed);
    /* Too low for the store by now?  The next look at our surroundings says anew. */
    if (ok && memory_limit_of_store(m) < share && !store_resize(m->store, memory_limit_of_store(m)))
        atomic_store_explicit(&m->allowed, SIZE_MAX, memory_order_relaxed);
    lock_give(&m->lock);
    return ok;
}

bool
memory_limit_allow(struct memory_limit *m, size_t allowed)
{
    lock_take(&m->lock);
    size_t now = lesser(memory_limit_wanted_of_store(m), allowed);
    bool ok = now == memory_limit_of_store(m) || store_resize(m->store, now);
    if (ok)
        atomic_store_explicit(&m->allowed, allowed, memory_order_relaxed);
    lock_give(&m->lock);
    return ok;
}

/* The store is empty, or nearly so: it can go as low as that. */
void
memory_limit_set_process(struct memory_limit *m, size_t process)
{
    lock_take(&m->lock);
    atomic_store_explicit(&m->process, process, memory_order_relaxed);
    if (!store_resize(m->store, memory_limit_of_store(m)))
        atomic_store_explicit(&m->process, 0, memory_order_relaxed);
    lock_give(&m->lock);
}
