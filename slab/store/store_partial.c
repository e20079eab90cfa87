/*
 * The store's partial values, whose bytes are still arriving: memory for them in
 * steps, within the bound (slab/core/partial.h).
 */
#include "slab/core/partial.h"
#include "slab/core/publish.h"
#include "slab/store.h"
#include "slab/core/store_thread.h"
#include "slab/store/write.h"

static struct item *
item_of(const struct store_thread *t, const struct store_partial *p)
{
    MUST(p->slot.offset != 0);
    return item_at(t->base, p->slot.offset);
}

enum store_result
store_partial_announce(struct store_thread *t, const struct store_key *key, const struct store_spec *spec,
    struct store_partial *p)
{
    store_thread_must_be_inside(t);
    *p = (struct store_partial){.slot.n_value = spec->n_value};
    if (write_first_chunk(t, key, spec) == 0)
        return write_count(t, STORE_TOO_LARGE);
    if (!partial_announce(t->store, spec->n_value, &p->ticket))
        return write_count(t, STORE_NO_MEMORY);
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
    p->n_backed = x.n;
    p->tail = x.tail;
    p->slot.offset = item_offset(t->base, it);
    counter_inc(store_thread_counter(t, store_thread_class_of(t, it), STORE_N_SETS));
    return STORE_OK;
}

enum store_result
store_partial_extend(struct store_thread *t, struct store_partial *p, uint32_t upto)
{
    MUST(upto <= p->slot.n_value);
    struct item *it = item_of(t, p);
    struct write_extent x = {p->n_backed, p->tail};
    enum store_result r = STORE_OK;
    while (r == STORE_OK && p->n_backed < upto) {
        uint32_t size = write_next_chunk(t, it, &x);
        if (!partial_take(t->store, p->ticket, size))
            return STORE_BUSY;
        r = write_extend(t, it, &x, upto);
        if (r == STORE_OK)
            p->n_held += size;
        else
            partial_give(t->store, p->ticket, size, false);
        p->n_backed = x.n;
        p->tail = x.tail;
    }
    return write_count(t, r);
}

void
store_partial_end(struct store_thread *t, struct store_partial *p)
{
    store_thread_must_be_inside(t);
    if (p->slot.offset != 0)
        store_cancel(t, &p->slot);
    if (p->ticket == 0)
        return;
    partial_end(t->store, p->ticket, p->slot.n_value, p->n_held);
    *p = (struct store_partial){.slot.n_value = p->slot.n_value};
}
