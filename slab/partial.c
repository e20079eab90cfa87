#include "slab/partial.h"

#include "slab/publish.h"
#include "slab/store.h"
#include "slab/store_thread.h"
#include "slab/tell.h"
#include "slab/write.h"

enum { BOUND_SHARE = 8, OVER_SHARE = 4 };

static uint64_t
bound_of(const struct store *store)
{
    uint64_t bound = atomic_load_explicit(&store->partials.bound, memory_order_relaxed);
    return bound != 0 ? bound : atomic_load_explicit(&store->limit, memory_order_relaxed) / BOUND_SHARE;
}

static bool
take(struct store *store, uint64_t ticket, uint64_t n)
{
    struct partials *p = &store->partials;
    if (atomic_fetch_add(&p->bytes, n) + n <= bound_of(store))
        return true;
    uint64_t elder = 0;
    if (atomic_load(&p->elder) == ticket || atomic_compare_exchange_strong(&p->elder, &elder, ticket))
        return true;
    atomic_fetch_sub(&p->bytes, n);
    return false;
}

/* The second look: what was given back between the first and the flag told nobody. */
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
    atomic_fetch_sub(&p->bytes, n);
    if (ends)
        atomic_compare_exchange_strong(&p->elder, &ticket, 0);
    if (UNLIKELY(atomic_load(&p->awaited)) && atomic_exchange(&p->awaited, false))
        tell_freed(store);
}

void
partial_stats(const struct store *store, struct store_stats *s)
{
    const struct partials *p = &store->partials;
    s->partial_announced = atomic_load_explicit(&p->announced, memory_order_relaxed);
    s->partial_bytes = atomic_load_explicit(&p->bytes, memory_order_relaxed);
    s->partial_bound = bound_of(store);
    s->n_partial_waits = atomic_load_explicit(&p->n_waits, memory_order_relaxed);
}

/* ---- the store's front door ---------------------------------------------- */

static struct item *
item_of(const struct store_thread *t, const struct store_partial *p)
{
    MUST(p->slot.offset != 0);
    return (struct item *)(t->base + p->slot.offset);
}

/* A quarter more than the whole store at once? */
static bool
announce(struct store *store, uint64_t n)
{
    struct partials *p = &store->partials;
    uint64_t limit = atomic_load_explicit(&store->limit, memory_order_relaxed);
    if (atomic_fetch_add_explicit(&p->announced, n, memory_order_relaxed) + n <= limit + limit / OVER_SHARE)
        return true;
    atomic_fetch_sub_explicit(&p->announced, n, memory_order_relaxed);
    atomic_store_explicit(&p->refused, true, memory_order_relaxed);
    return false;
}

enum store_result
store_partial_announce(struct store_thread *t, const struct store_key *key, const struct store_spec *spec,
    struct store_partial *p)
{
    *p = (struct store_partial){.slot.n_value = spec->n_value};
    if (write_first_chunk(t, key, spec) == 0)
        return write_count(t, STORE_TOO_LARGE);
    if (!announce(t->store, spec->n_value))
        return write_count(t, STORE_NO_MEMORY);
    p->ticket = atomic_fetch_add_explicit(&t->store->partials.n_tickets, 1, memory_order_relaxed) + 1;
    return STORE_OK;
}

enum store_result
store_partial_begin(struct store_thread *t, const struct store_key *key, const struct store_spec *spec,
    struct store_partial *p)
{
    struct store *store = t->store;
    struct write_extent x;
    struct item *it;
    uint32_t size = write_first_chunk(t, key, spec);
    MUST(p->ticket != 0 && p->slot.offset == 0);
    if (!partial_take(store, p->ticket, size))
        return STORE_BUSY;
    enum store_result r = write_may_be_new(t) ? write_begin(t, key, spec, &it, &x) : write_refuse(t, &it);
    if (r != STORE_OK) {
        partial_give(store, p->ticket, size, true);
        return write_count(t, r);
    }
    p->n_held = size;
    p->n_room = x.n;
    p->tail = x.tail;
    p->slot.offset = (uint64_t)((char *)it - t->base);
    counter_inc(store_thread_counter(t, store_thread_class_of(t, it), STORE_N_SETS));
    return STORE_OK;
}

enum store_result
store_partial_extend(struct store_thread *t, struct store_partial *p, uint32_t upto)
{
    struct item *it = item_of(t, p);
    struct write_extent x = {p->n_room, p->tail};
    enum store_result r = STORE_OK;
    while (r == STORE_OK && p->n_room < upto) {
        uint32_t size = write_next_chunk(t, it, &x);
        if (!partial_take(t->store, p->ticket, size))
            return STORE_BUSY;
        r = write_extend(t, it, &x, upto);
        if (r == STORE_OK)
            p->n_held += size;
        else
            partial_give(t->store, p->ticket, size, false);
        p->n_room = x.n;
        p->tail = x.tail;
    }
    return write_count(t, r);
}

void
store_partial_end(struct store_thread *t, struct store_partial *p)
{
    if (p->slot.offset != 0)
        store_cancel(t, &p->slot);
    if (p->ticket == 0)
        return;
    atomic_fetch_sub_explicit(&t->store->partials.announced, p->slot.n_value, memory_order_relaxed);
    atomic_store_explicit(&t->store->partials.refused, false, memory_order_relaxed);
    partial_give(t->store, p->ticket, p->n_held, true);
    *p = (struct store_partial){.slot.n_value = p->slot.n_value};
}

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
        tell_freed(store);
}
