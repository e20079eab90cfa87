#include "slab/form/value.h"

#include "slab/index/body.h"
#include "slab/index/chain.h"

/* Copies the bytes of a chained value as they are stored. */
static void
copy_chain(const struct store *store, const struct item *it, char *to)
{
    const char *base = store->arena.base;
    uint32_t left = item_n_stored(it), n = item_value_here(it, store->classes.chunk_max);
    memcpy(to, item_value(it), n);
    for (const struct link *link = chain_first(base, it); link != NULL && n < left;
         link = chain_next(base, link)) {
        to += n;
        left -= n;
        n = link->n < left ? link->n : left; /* the link may already belong to a longer value */
        memcpy(to, link->bytes, n);
    }
    MUST(n == left);
}

/* Copies a chain to the end of its room, and unpacks it there. */
static bool
unpack_chain(const struct store *store, const struct coder *c, const struct item *it, char *to)
{
    struct packed_value v = item_packed(it);
    uint32_t n = item_n_stored(it);
    if (n > v.n_value || v.n_value > CODEC_LARGE_MAX || !coder_unpacks_in_place(v.slot))
        return false;
    char *end = to + v.n_value + CODEC_SPARE - n;
    copy_chain(store, it, end);
    return packed_read((unsigned char *)end, n, &v) && coder_unpack(c, &store->dictionaries, &v, to);
}

bool
value_unpack(const struct store *store, const struct coder *c, const struct item *it, char *to)
{
    if (UNLIKELY(item_flags(it) & ITEM_CHAINED))
        return unpack_chain(store, c, it, to);
    struct packed_value v = item_packed(it);
    return coder_unpack(c, &store->dictionaries, &v, to);
}

static void
unpack(const struct store_thread *t, const struct item *it, char *to)
{
    /* The mover has unpacked the same bytes before it published them. */
    bool good = value_unpack(t->store, &t->coder, it, to);
    MUST(good);
}

static void
copy_held(const struct store_thread *t, const struct item *it, char *to)
{
    uint32_t flags = item_flags(it);
    if (flags & ITEM_FORM)
        unpack(t, it, to);
    else if (flags & ITEM_CHAINED)
        copy_chain(t->store, it, to);
    else
        memcpy(to, item_value(it), item_n_stored(it));
}

void
value_copy(const struct store_thread *t, const struct item *it, char *to)
{
    store_thread_must_be_inside(t);
    const struct item *holder = body_holder(t->index, it);
    MUST(holder != NULL);
    copy_held(t, holder, to);
}

/* ---- piece by piece --------------------------------------------------------- */

void
value_read_begin(const struct store_thread *t, struct value_reader *r, const struct item *it, char *room)
{
    store_thread_must_be_inside(t);
    uint32_t flags = item_flags(it);
    MUST(!item_is_shared(it));
    r->base = t->base;
    r->it = it;
    r->link = NULL;
    r->left = item_n_value(it);
    r->n = r->left;
    r->p = item_value(it);
    if (flags & ITEM_FORM) {
        unpack(t, it, room);
        r->p = room;
    } else if (flags & ITEM_CHAINED) {
        r->n = item_value_here(it, t->store->classes.chunk_max);
    }
}

/* Makes sure that there is a piece. */
static void
next_piece(struct value_reader *r)
{
    while (r->n == 0) {
        r->link = r->link == NULL ? chain_first(r->base, r->it) : chain_next(r->base, r->link);
        MUST(r->link != NULL);
        r->p = (const char *)r->link->bytes;
        r->n = r->link->n < r->left ? r->link->n : r->left; /* the link may belong to a longer value by now */
    }
}

static void
skip(struct value_reader *r, uint32_t n)
{
    CHECKED_MUST(n <= r->n && n <= r->left);
    r->p += n;
    r->n -= n;
    r->left -= n;
}

void
value_read(struct value_reader *r, char *to, uint32_t n)
{
    MUST(n <= r->left);
    while (n > 0) {
        next_piece(r);
        uint32_t part = n < r->n ? n : r->n;
        memcpy(to, r->p, part);
        skip(r, part);
        to += part;
        n -= part;
    }
}

uint64_t
value_hash(const struct store_thread *t, const struct item *it, uint64_t seed, char *room)
{
    struct value_reader r;
    XXH3_state_t state;
    value_read_begin(t, &r, it, room);
    if (r.n == r.left)
        return XXH3_64bits_withSeed(r.p, r.n, seed);
    memset(&state, 0, sizeof state); /* the reset compares its seed with that of the last use */
    XXH3_64bits_reset_withSeed(&state, seed);
    while (r.left > 0) {
        next_piece(&r);
        XXH3_64bits_update(&state, r.p, r.n);
        skip(&r, r.n);
    }
    return XXH3_64bits_digest(&state);
}

static bool
same_bytes(struct value_reader *a, struct value_reader *b)
{
    while (a->left > 0) {
        next_piece(a);
        next_piece(b);
        uint32_t part = a->n < b->n ? a->n : b->n;
        if (memcmp(a->p, b->p, part) != 0)
            return false;
        skip(a, part);
        skip(b, part);
    }
    return true;
}

bool
value_equals(
    const struct store_thread *t, const struct item *a, char *room, const struct item *b, char *other_room)
{
    struct value_reader ra, rb;
    if (item_n_value(a) != item_n_value(b))
        return false;
    value_read_begin(t, &ra, a, room);
    value_read_begin(t, &rb, b, other_room);
    return same_bytes(&ra, &rb);
}
