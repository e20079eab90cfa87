#include "slab/store/extend.h"

#include "slab/index/chain.h"
#include "slab/core/find.h"
#include "slab/core/publish.h"
#include "slab/store/write.h"

enum {
    LINKS_MOST =
        512, /* the most links that are taken over: marking them under the bucket's lock takes some 10 us */
};

/* The links of a chain that are taken over. */
struct part {
    struct link *last;    /* the last full link, which is taken over */
    struct link *partial; /* the link after it, which is copied; NULL: there is none */
    uint32_t n_shared;    /* bytes of the value up to the end of `last` */
    uint32_t n_links;     /* taken over */
};

static uint32_t
link_bytes(const struct store_thread *t)
{
    return t->store->classes.chunk_max - (uint32_t)sizeof(struct link);
}

/* false: there is nothing to gain, or there are too many links to mark. */
static bool
cut(const struct store_thread *t, const struct item *old, struct part *p)
{
    struct link *link = chain_first(t->base, old);
    *p = (struct part){.n_shared = item_value_here(old, t->store->classes.chunk_max)};
    for (; link != NULL && link->n == link_bytes(t); link = chain_next(t->base, link)) {
        if (p->n_links == LINKS_MOST)
            return false;
        p->last = link;
        p->n_shared += link->n;
        p->n_links++;
        if (p->n_shared >= item_n_stored(old)) /* more: a newer item has just taken the links over */
            return p->n_shared == item_n_stored(old);
    }
    p->partial = link;
    return p->last != NULL && link != NULL;
}

/* Does the value in the item's own chunk keep its length?  Then the links continue it. */
static bool
fits(const struct item *old, const struct store_spec *spec)
{
    uint32_t flags = item_flags(old);
    return (flags & ITEM_CHAINED) && ((flags & ITEM_OWN_CAS) != 0) == spec->has_cas_new;
}

/*
 * Makes the new item with links of its own for the bytes that are not shared;
 * for now its chain begins with these.
 */
static enum store_result
make(struct store_thread *t, const struct store_key *key, const struct store_spec *spec, uint32_t n_shared,
    struct item **to)
{
    MUST(n_shared < spec->n_value);
    struct write_extent x;
    enum store_result r = write_begin(t, key, spec, to, &x);
    if (r != STORE_OK)
        return r;
    x.n = n_shared;
    while (r == STORE_OK && x.n < spec->n_value)
        r = write_extend(t, *to, &x, spec->n_value);
    if (r != STORE_OK)
        publish_abandon(t, *to);
    return r;
}

static void
fill(struct store_thread *t, struct item *to, const struct item *old, const struct item *add,
    const struct part *p)
{
    CHECKED_MUST(p->n_shared <= item_n_stored(old));
    struct write_cursor c = {chain_offset(t->base, chain_first(t->base, to)), p->n_shared};
    uint32_t n_old = item_n_stored(old), n_partial = n_old - p->n_shared, at = 0;
    struct iovec span;
    memcpy(item_value(to), item_value(old), item_value_here(old, t->store->classes.chunk_max));
    if (n_partial > 0)
        write_value_from(t, to, &c, p->n_shared, (const char *)p->partial->bytes, n_partial);
    struct write_cursor reads = {0, 0};
    while (write_spans_from(t, add, &reads, &at, &span, 1) == 1)
        write_value_from(
            t, to, &c, n_old + at - (uint32_t)span.iov_len, span.iov_base, (uint32_t)span.iov_len);
}

/* From here on the shared links belong to the new item. */
static void
take_over_locked(
    struct store_thread *t, struct item *to, const struct item *old, const struct part *p, struct link *first)
{
    index_must_hold_item(t->index, old);
    CHECKED_MUST(p->n_links > 0 && p->n_links <= LINKS_MOST);
    uint64_t mark = link_mark_of(item_offset(t->base, to));
    struct link *link = chain_first(t->base, old);
    for (uint32_t i = 0; i < p->n_links; i++) {
        struct link *next = chain_next(t->base, link);
        atomic_store_explicit(&link->mark, mark, memory_order_release);
        link = next;
    }
    if (p->partial != NULL)
        atomic_store_explicit(&p->partial->mark, 0, memory_order_release);
    atomic_store_explicit(&p->last->next, chain_offset(t->base, first), memory_order_release);
    *item_next(to) = *item_next(old);
}

/* false: the old item has changed, or a sender holds its chain (*held). */
static bool
swing(struct store_thread *t, const struct store_key *key, struct item *old, uint64_t seq, struct item *to,
    const struct part *p, struct rewritten *out, bool *held)
{
    struct index_guard g;
    uint64_t number;
    struct link *first = chain_first(t->base, to);
    _Atomic uint64_t *slot = rewrite_lock(t, key, old, seq, to, &g, &number);
    bool same = slot != NULL;
    *held = same && !chain_try_claim(t->base, old);
    bool done = same && !*held;
    if (done) {
        item_set_status(to, item_flags(old) & ITEM_PINNED);
        rewrite_keep_expiry(to, old);
        take_over_locked(t, to, old, p, first);
        publish_instead_locked(t, slot, key->hash, to, number, old, LOSS_REPLACED);
        *out = (struct rewritten){find_cas(to), item_n_value(to), item_exptime(to)};
        chain_end_claim(t->base, to);
    }
    index_unlock(&g);
    return done;
}

enum store_result
extend_chain(struct store_thread *t, const struct store_key *key, const struct store_spec *spec,
    struct item *old, uint64_t seq, const struct item *add, struct rewritten *out)
{
    store_thread_must_be_inside(t);
    struct part p;
    struct item *to;
    bool held = false;
    if (!fits(old, spec) || !cut(t, old, &p) || p.n_shared == spec->n_value) /* an append of nothing */
        return STORE_NOT_STORED;
    uint32_t n_shared = p.n_shared;
    enum store_result r = make(t, key, spec, n_shared, &to);
    if (r != STORE_OK)
        return r;
    /* Reclaiming memory may have left the epoch: `old` may be reused memory now. */
    old = find_live(t, key);
    bool same = old != NULL && item_seq(old) == seq && cut(t, old, &p) && p.n_shared == n_shared;
    if (same)
        fill(t, to, old, add, &p);
    if (!same || !swing(t, key, old, seq, to, &p, out, &held)) {
        publish_abandon(t, to);
        return held ? STORE_NOT_STORED : STORE_EXISTS;
    }
    store_thread_retire_head(t, old);
    if (p.partial != NULL)
        store_thread_retire_link(t, p.partial);
    publish_settle(t, NULL, 0);
    return STORE_OK;
}
