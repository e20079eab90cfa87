#include "slab/core/partial.h"

#include "slab/core/store_thread.h"
#include "slab/core/hooks.h"

enum { BOUND_SHARE = 8, OVER_SHARE = 4 };

uint64_t
partial_bound(const struct store *store)
{
    store_must_be(store);
    uint64_t bound = atomic_load_explicit(&store->partials.bound, memory_order_relaxed);
    return bound != 0 ? bound : atomic_load_explicit(&store->limit, memory_order_relaxed) / BOUND_SHARE;
}

static bool
take(struct store *store, uint64_t ticket, uint64_t n)
{
    MUST(ticket != 0);
    struct partials *p = &store->partials;
    if (atomic_fetch_add(&p->bytes, n) + n <= partial_bound(store))
        return true;
    uint64_t elder = 0;
    if (atomic_load(&p->elder) == ticket || atomic_compare_exchange_strong(&p->elder, &elder, ticket))
        return true;
    atomic_fetch_sub(&p->bytes, n);
    return false;
}

/*
 * The second try catches memory that was returned between the first try and the
 * flag, without a report to the owner.
 */
bool
partial_take(struct store *store, uint64_t ticket, uint64_t n)
{
    if (LIKELY(take(store, ticket, n)))
        return true;
    atomic_store(&store->partials.awaited, true);
    if (take(store, ticket, n))
        return true;
    atomic_fetch_add_explicit(&store->partials.n_waits, 1, memory_order_relaxed);
    return false;
}

void
partial_give(struct store *store, uint64_t ticket, uint64_t n, bool ends)
{
    struct partials *p = &store->partials;
    uint64_t before = atomic_fetch_sub(&p->bytes, n);
    MUST(before >= n);
    if (ends)
        atomic_compare_exchange_strong(&p->elder, &ticket, 0);
    if (UNLIKELY(atomic_load(&p->awaited)) && atomic_exchange(&p->awaited, false))
        hooks_freed(store);
}

bool
partial_announce(struct store *store, uint64_t n, uint64_t *ticket)
{
    struct partials *p = &store->partials;
    uint64_t limit = atomic_load_explicit(&store->limit, memory_order_relaxed);
    if (atomic_fetch_add_explicit(&p->announced, n, memory_order_relaxed) + n <= limit + limit / OVER_SHARE) {
        *ticket = atomic_fetch_add_explicit(&p->n_tickets, 1, memory_order_relaxed) + 1;
        return true;
    }
    atomic_fetch_sub_explicit(&p->announced, n, memory_order_relaxed);
    atomic_store_explicit(&p->refused, true, memory_order_relaxed);
    return false;
}

void
partial_end(struct store *store, uint64_t ticket, uint64_t n_announced, uint64_t n_held)
{
    struct partials *p = &store->partials;
    uint64_t before = atomic_fetch_sub_explicit(&p->announced, n_announced, memory_order_relaxed);
    MUST(ticket != 0 && before >= n_announced);
    atomic_store_explicit(&p->refused, false, memory_order_relaxed);
    partial_give(store, ticket, n_held, true);
}

/* ---- the store's front door ---------------------------------------------- */

enum store_contention
store_partial_contention(const struct store *store)
{
    const struct partials *p = &store->partials;
    if (atomic_load(&p->awaited))
        return STORE_PARTIALS_WAIT;
    return atomic_load_explicit(&p->refused, memory_order_relaxed) ? STORE_PARTIALS_REFUSED
                                                                   : STORE_UNCONTENDED;
}

void
store_set_partial_bound(struct store *store, size_t bytes)
{
    atomic_store_explicit(&store->partials.bound, bytes, memory_order_relaxed);
    if (atomic_exchange(&store->partials.awaited, false))
        hooks_freed(store);
}
