#include "slab/form/value.h"

#include "slab/index/chain.h"

static void
unpack(const struct store_thread *t, const struct item *it, char *to)
{
    struct packed_value v = item_packed(it);
    /* The mover has unpacked the same bytes before it published them. */
    bool good = coder_unpack(&t->coder, &t->store->dictionaries, &v, to);
    MUST(good);
}

static void
copy_chain(const struct store_thread *t, const struct item *it, char *to)
{
    uint32_t left = item_n_stored(it), n = item_value_here(it, t->store->classes.chunk_max);
    memcpy(to, item_value(it), n);
    for (const struct link *link = chain_first(t->base, it); link != NULL && n < left;
         link = chain_next(t->base, link)) {
        to += n;
        left -= n;
        n = link->n < left ? link->n : left; /* the link may already belong to a longer value */
        memcpy(to, link->bytes, n);
    }
    MUST(n == left);
}

void
value_copy(const struct store_thread *t, const struct item *it, char *to)
{
    store_thread_must_be_inside(t);
    uint32_t flags = item_flags(it);
    if (flags & ITEM_FORM)
        unpack(t, it, to);
    else if (flags & ITEM_CHAINED)
        copy_chain(t, it, to);
    else
        memcpy(to, item_value(it), item_n_stored(it));
}
