/* memory_limit: see memory_limit.h. */
#include "server/memory_limit.h"

#include <stdint.h>

#include "slab/store.h"

void
memory_limit_init(struct memory_limit *m, struct store *store, size_t said)
{
    m->store = store;
    atomic_init(&m->said, said);
    atomic_init(&m->allowed, SIZE_MAX);
    lock_init(&m->lock, LOCK_LISTENER);
}

void
memory_limit_fini(struct memory_limit *m)
{
    lock_fini(&m->lock);
}

size_t
memory_limit_said(const struct memory_limit *m)
{
    return atomic_load_explicit(&m->said, memory_order_relaxed);
}

size_t
memory_limit_now(const struct memory_limit *m)
{
    size_t said = memory_limit_said(m), allowed = atomic_load_explicit(&m->allowed, memory_order_relaxed);
    return said < allowed ? said : allowed;
}

/* What is said must be possible by itself: our surroundings may allow it again at any time. */
bool
memory_limit_say(struct memory_limit *m, size_t said)
{
    lock_take(&m->lock);
    bool ok = store_resize(m->store, said);
    if (ok)
        atomic_store_explicit(&m->said, said, memory_order_relaxed);
    /* Too low for the store by now?  The next look at our surroundings says anew. */
    if (ok && memory_limit_now(m) < said && !store_resize(m->store, memory_limit_now(m)))
        atomic_store_explicit(&m->allowed, SIZE_MAX, memory_order_relaxed);
    lock_give(&m->lock);
    return ok;
}

bool
memory_limit_allow(struct memory_limit *m, size_t allowed)
{
    lock_take(&m->lock);
    size_t before = memory_limit_now(m), said = memory_limit_said(m), now = said < allowed ? said : allowed;
    bool ok = now == before || store_resize(m->store, now);
    if (ok)
        atomic_store_explicit(&m->allowed, allowed, memory_order_relaxed);
    lock_give(&m->lock);
    return ok;
}
