/* memory_limit: see memory_limit.h. */
#include "server/memory/memory_limit.h"

#include <assert.h>
#include <stdint.h>

#include "slab/store.h"

enum {
    BESIDE_SHARE = 8,       /* the process gets at most this part of the limit */
    BESIDE_STEP = 64 << 10, /* rounded up to this, so that a few pages more do not make two starts differ */
};
static_assert(BESIDE_SHARE > 1, "the store gets the larger part");

void
memory_limit_init(struct memory_limit *m, struct store *store, size_t configured, size_t item_max)
{
    MUST(store != NULL && configured > 0);
    m->store = store;
    m->item_max = item_max;
    atomic_init(&m->configured, configured);
    atomic_init(&m->process, 0);
    atomic_init(&m->available, SIZE_MAX);
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

/* The store's part of `configured`. */
static size_t
share_of(const struct memory_limit *m, size_t configured)
{
    size_t process = atomic_load_explicit(&m->process, memory_order_relaxed);
    size_t least = 2 * m->item_max > STORE_LIMIT_MIN ? 2 * m->item_max : STORE_LIMIT_MIN;
    if (process == 0 || configured <= least)
        return configured;
    size_t beside = process + store_beside(m->store, configured);
    beside = (beside + BESIDE_STEP - 1) / BESIDE_STEP * BESIDE_STEP;
    size_t share = configured - lesser(lesser(beside, configured / BESIDE_SHARE), configured - least);
    MUST(share >= least && share <= configured);
    return share;
}

size_t
memory_limit_configured(const struct memory_limit *m)
{
    return atomic_load_explicit(&m->configured, memory_order_relaxed);
}

size_t
memory_limit_wanted_of_store(const struct memory_limit *m)
{
    return share_of(m, memory_limit_configured(m));
}

size_t
memory_limit_of_store(const struct memory_limit *m)
{
    return lesser(memory_limit_wanted_of_store(m), atomic_load_explicit(&m->available, memory_order_relaxed));
}

size_t
memory_limit_now(const struct memory_limit *m)
{
    size_t available = atomic_load_explicit(&m->available, memory_order_relaxed);
    return available < memory_limit_wanted_of_store(m) ? available : memory_limit_configured(m);
}

static bool
resize_locked(struct memory_limit *m, size_t limit)
{
    lock_must_own(&m->lock);
    return store_resize(m->store, limit);
}

/*
 * The configured limit must be possible by itself, because the host or its
 * control group may allow it again at any time.
 */
bool
memory_limit_configure(struct memory_limit *m, size_t configured)
{
    lock_take(&m->lock);
    size_t share = share_of(m, configured);
    bool ok = resize_locked(m, share);
    if (ok)
        atomic_store_explicit(&m->configured, configured, memory_order_relaxed);
    /*
     * If the store cannot shrink to what is available, the next reading of the host
     * or its control group decides.
     */
    if (ok && memory_limit_of_store(m) < share && !resize_locked(m, memory_limit_of_store(m)))
        atomic_store_explicit(&m->available, SIZE_MAX, memory_order_relaxed);
    lock_give(&m->lock);
    return ok;
}

bool
memory_limit_set_available(struct memory_limit *m, size_t available)
{
    lock_take(&m->lock);
    size_t now = lesser(memory_limit_wanted_of_store(m), available);
    bool ok = now == memory_limit_of_store(m) || resize_locked(m, now);
    if (ok)
        atomic_store_explicit(&m->available, available, memory_order_relaxed);
    lock_give(&m->lock);
    return ok;
}

/* The store is empty, or nearly so, so it can shrink to this limit. */
void
memory_limit_set_process(struct memory_limit *m, size_t process)
{
    lock_take(&m->lock);
    atomic_store_explicit(&m->process, process, memory_order_relaxed);
    if (!resize_locked(m, memory_limit_of_store(m)))
        atomic_store_explicit(&m->process, 0, memory_order_relaxed);
    lock_give(&m->lock);
}
