#include "slab/store/write.h"

#include "base/clock.h"
#include "slab/index/chain.h"
#include "slab/index/body.h"
#include "slab/core/publish.h"
#include "slab/form/value.h"
#include "slab/reclaim/reclaim.h"
#include "slab/reclaim/reclaim_ask.h"

enum { RECLAIM_TRIES = 16 };

/* Leaves the epoch while it reclaims memory, since a grace period needs every thread to leave. */
static uint64_t
wait_for_chunk(struct store_thread *t, uint32_t class_id, size_t want)
{
    store_thread_must_be_inside(t);
    uint64_t chunk = 0;
    for (int i = 0; chunk == 0 && i < RECLAIM_TRIES; i++) {
        store_leave(t);
        bool reclaimed = reclaim_anywhere(t, class_id, want);
        store_enter(t);
        if (!reclaimed)
            break;
        chunk = store_thread_take_chunk(t, class_id); /* other threads may have taken the chunks */
    }
    return chunk;
}

/* Reclaims for a bounded time and never waits.  0, and *r is STORE_BUSY: it has asked the mover. */
static uint64_t
ask_for_chunk(struct store_thread *t, uint32_t class_id, size_t want, enum store_result *r)
{
    MUST(t->defers);
    if (reclaim_ask_is_spent(t, class_id))
        return 0;
    store_leave(t);
    bool helped = reclaim_help(t, class_id);
    store_enter(t);
    uint64_t chunk = helped ? store_thread_take_chunk(t, class_id) : 0;
    if (chunk == 0) {
        reclaim_ask(t, class_id, want);
        *r = STORE_BUSY;
    }
    return chunk;
}

static __attribute__((noinline)) uint64_t
reclaim_chunk(struct store_thread *t, uint32_t class_id, size_t want, enum store_result *r)
{
    counter_inc(store_thread_counter(t, class_id, STORE_N_DIRECT_RECLAIMS));
    atomic_fetch_add_explicit(&t->store->n_direct, 1, memory_order_relaxed);
    *r = STORE_NO_MEMORY;
    uint64_t chunk = t->defers ? ask_for_chunk(t, class_id, want, r) : wait_for_chunk(t, class_id, want);
    if (chunk == 0 && *r == STORE_NO_MEMORY)
        counter_inc(store_thread_counter(t, class_id, STORE_N_NO_ROOM));
    return chunk;
}

/*
 * Takes a chunk, and reclaims memory if there is none.  0: *r is STORE_NO_MEMORY or
 * STORE_BUSY.  `want`: how many chunks of this class the item needs.
 */
static inline uint64_t
take_chunk(struct store_thread *t, uint32_t class_id, size_t want, enum store_result *r)
{
    uint64_t chunk = store_thread_take_chunk(t, class_id);
    return LIKELY(chunk != 0) ? chunk : reclaim_chunk(t, class_id, want, r);
}

static uint32_t
shape_of(const struct store_spec *spec)
{
    return (spec->client_flags != 0 ? ITEM_CLIENT_FLAGS : 0u) | (spec->has_cas_new ? ITEM_OWN_CAS : 0u) |
           (spec->key_is_binary ? ITEM_KEY_BINARY : 0u) | (spec->pin ? ITEM_PINNED : 0u);
}

/* Fills the fields that few items have. */
static void
fill_fields(struct item *it, const struct store_spec *spec, uint32_t flags)
{
    if (flags & ITEM_OWN_CAS)
        *item_own_cas(it) = spec->cas_new;
    if (flags & ITEM_CHAINED)
        *item_next(it) = 0;
    if (flags & ITEM_CLIENT_FLAGS)
        *item_client_flags_at(it) = spec->client_flags;
}

/* `extra`: the result of item_extra, which the caller already has. */
static void
fill_header(struct item *it, const struct store_key *key, const struct store_spec *spec, uint32_t flags,
    uint32_t extra)
{
    CHECKED_MUST(item_seq(it) == 0); /* for the sweep the chunk is free */
    atomic_store_explicit(&it->exptime, spec->exptime, memory_order_relaxed);
    atomic_store_explicit(&it->atime, clock_stamp(), memory_order_relaxed);
    it->vlen = spec->n_value;
    it->nkey = (uint8_t)key->n;
    atomic_store_explicit(&it->heat, 0, memory_order_relaxed);
    atomic_store_explicit(&it->flags, (uint16_t)flags, memory_order_relaxed);
    if (UNLIKELY(flags & (ITEM_OWN_CAS | ITEM_CHAINED | ITEM_CLIENT_FLAGS)))
        fill_fields(it, spec, flags);
    if (spec->n_value >= STORE_HOLD_MIN)
        atomic_store_explicit(item_holds(it), 0, memory_order_relaxed);
    memcpy(it->body + extra, key->p, key->n);
}

static uint32_t
link_max(const struct class_set *s)
{
    return s->chunk_max - (uint32_t)sizeof(struct link);
}

/* Value bytes of the next link. */
static uint32_t
next_link(const struct class_set *s, const struct item *it, const struct write_extent *x)
{
    CHECKED_MUST(x->n < item_n_stored(it));
    uint32_t left = item_n_stored(it) - x->n, max = link_max(s);
    return left < max ? left : max;
}

uint32_t
write_next_chunk(const struct store_thread *t, const struct item *it, const struct write_extent *x)
{
    const struct class_set *s = &t->store->classes;
    return s->geometry[class_for(s, sizeof(struct link) + next_link(s, it, x))].size;
}

enum store_result
write_extend(struct store_thread *t, struct item *it, struct write_extent *x, uint32_t upto)
{
    const struct class_set *s = &t->store->classes;
    enum store_result r = STORE_OK;
    MUST(x->n < item_n_stored(it) && upto <= item_n_stored(it));
    uint32_t n = next_link(s, it, x), max = link_max(s);
    uint64_t chunk = take_chunk(
        t, class_for(s, sizeof(struct link) + n), n < max || upto < x->n + max ? 1 : (upto - x->n) / max, &r);
    if (chunk == 0)
        return r;
    chain_append(
        t->base, it, x->tail != 0 ? chain_at(t->base, x->tail) : NULL, chain_link(t->base, chunk, n));
    x->tail = chunk;
    x->n += n;
    return STORE_OK;
}

/* Bytes of an item; 0 if it is over item_max. */
static uint64_t
size_of(const struct store_thread *t, const struct store_key *key, const struct store_spec *spec)
{
    uint64_t size =
        sizeof(struct item) + item_extra(shape_of(spec), spec->n_value) + key->n + (uint64_t)spec->n_value;
    return size > t->store->options.item_max ? 0 : size;
}

uint32_t
write_first_chunk(const struct store_thread *t, const struct store_key *key, const struct store_spec *spec)
{
    MUST(key->n > 0 && key->n <= STORE_KEY_MAX);
    const struct class_set *s = &t->store->classes;
    uint64_t size = size_of(t, key, spec);
    return size == 0 ? 0 : size > s->chunk_max ? s->chunk_max : s->geometry[class_for(s, size)].size;
}

/* Takes the item's own chunk and fills in everything except the value. */
static inline __attribute__((always_inline)) enum store_result
begin(struct store_thread *t, const struct store_key *key, const struct store_spec *spec, struct item **out,
    struct write_extent *x)
{
    store_thread_must_be_inside(t);
    CHECKED_MUST(key->n > 0 && key->n <= STORE_KEY_MAX);
    const struct class_set *s = &t->store->classes;
    enum store_result r = STORE_OK;
    uint32_t flags = shape_of(spec);
    uint32_t extra = item_extra(flags, spec->n_value);
    uint64_t size = sizeof(struct item) + extra + key->n + (uint64_t)spec->n_value;
    *out = NULL;
    if (UNLIKELY(size > t->store->options.item_max))
        return STORE_TOO_LARGE;
    bool chained = size > s->chunk_max;
    uint64_t chunk = UNLIKELY(chained) ? take_chunk(t, s->n, size / s->chunk_max, &r)
                                       : take_chunk(t, class_for(s, size), 1, &r);
    if (UNLIKELY(chunk == 0))
        return r;
    struct item *it = item_at(t->base, chunk);
    if (UNLIKELY(chained)) {
        flags |= ITEM_CHAINED;
        extra = item_extra(flags, spec->n_value);
    }
    fill_header(it, key, spec, flags, extra);
    CHECKED_MUST(item_value_here(it, s->chunk_max) <= spec->n_value);
    *x = (struct write_extent){UNLIKELY(chained) ? item_value_here(it, s->chunk_max) : spec->n_value, 0};
    *out = it;
    return STORE_OK;
}

enum store_result
write_item(
    struct store_thread *t, const struct store_key *key, const struct store_spec *spec, struct item **out)
{
    struct write_extent x = {0, 0};
    enum store_result r = begin(t, key, spec, out, &x);
    while (r == STORE_OK && UNLIKELY(x.n < spec->n_value))
        r = write_extend(t, *out, &x, spec->n_value);
    if (UNLIKELY(r != STORE_OK) && *out != NULL) {
        publish_abandon(t, *out);
        *out = NULL;
    }
    return r;
}

enum store_result
write_begin(struct store_thread *t, const struct store_key *key, const struct store_spec *spec,
    struct item **out, struct write_extent *x)
{
    return begin(t, key, spec, out, x);
}

enum store_result
write_count(struct store_thread *t, enum store_result r)
{
    store_thread_must_be_inside(t);
    if (r == STORE_TOO_LARGE)
        counter_inc(store_thread_counter(t, CLASS_NONE, STORE_N_TOO_LARGE));
    if (r == STORE_NO_MEMORY)
        counter_inc(store_thread_counter(t, CLASS_NONE, STORE_N_NO_MEMORY));
    return r;
}

enum store_result
write_refuse(struct store_thread *t, struct item **out)
{
    *out = NULL;
    counter_inc(store_thread_counter(t, CLASS_NONE, STORE_N_REFUSED));
    return STORE_NO_MEMORY;
}

/* The value bytes of the chunk at a cursor. */
static struct iovec
bytes_at(const struct store_thread *t, const struct item *it, const struct write_cursor *c)
{
    if (c->link == 0)
        return (struct iovec){item_value(it), item_value_here(it, t->store->classes.chunk_max)};
    const struct link *link = chain_at(t->base, c->link);
    CHECKED_MUST(c->from < item_n_stored(it));
    uint32_t left =
        item_n_stored(it) - c->from; /* the link may already belong to a longer value: slab/store/extend.h */
    return (struct iovec){(void *)link->bytes, link->n < left ? link->n : left};
}

/* Moves a cursor to the next chunk; false at the end of the chain. */
static bool
advance(const struct store_thread *t, const struct item *it, struct write_cursor *c)
{
    const struct link *next =
        c->link != 0 ? chain_next(t->base, chain_at(t->base, c->link)) : chain_first(t->base, it);
    if (next == NULL)
        return false;
    *c = (struct write_cursor){chain_offset(t->base, next), c->from + (uint32_t)bytes_at(t, it, c).iov_len};
    return true;
}

size_t
write_spans_from(const struct store_thread *t, const struct item *it, struct write_cursor *c, uint32_t *at,
    struct iovec *spans, size_t max)
{
    size_t n = 0;
    uint32_t n_stored = item_n_stored(it);
    if (*at < c->from)
        *c = (struct write_cursor){0, 0};
    while (n < max && *at < n_stored) {
        struct iovec here = bytes_at(t, it, c);
        uint32_t skip = *at - c->from;
        if (skip < here.iov_len) {
            spans[n] = (struct iovec){(char *)here.iov_base + skip, here.iov_len - skip};
            *at += (uint32_t)spans[n++].iov_len;
        } else if (!advance(t, it, c)) {
            break;
        }
    }
    return n;
}

size_t
write_spans(
    const struct store_thread *t, const struct item *it, uint32_t *at, struct iovec *spans, size_t max)
{
    struct write_cursor c = {0, 0};
    return write_spans_from(t, it, &c, at, spans, max);
}

void
write_value_from(
    struct store_thread *t, struct item *it, struct write_cursor *c, uint32_t at, const char *p, uint32_t n)
{
    MUST(n <= item_n_stored(it) && at <= item_n_stored(it) - n);
    while (n > 0) {
        struct iovec span;
        size_t n_spans = write_spans_from(t, it, c, &at, &span, 1);
        MUST(n_spans == 1);
        uint32_t m = n < span.iov_len ? n : (uint32_t)span.iov_len;
        memcpy(span.iov_base, p, m);
        at -= (uint32_t)span.iov_len - m;
        p += m;
        n -= m;
    }
}

/* Not inlined: it takes much of the stack. */
static __attribute__((noinline)) void
write_packed_value_of(struct store_thread *t, struct item *to, uint32_t at, const struct item *from)
{
    char plain[VALUE_ROOM_MAX];
    value_copy(t, from, plain);
    write_value(t, to, at, plain, item_n_value(from));
}

void
write_value_of(struct store_thread *t, struct item *to, uint32_t at, const struct item *from)
{
    from = body_holder(t->index, from);
    if (UNLIKELY(from == NULL))
        return;
    if (UNLIKELY(item_flags(from) & ITEM_FORM)) {
        write_packed_value_of(t, to, at, from);
        return;
    }
    struct write_cursor reads = {0, 0}, writes = {0, 0};
    struct iovec span;
    for (uint32_t read = 0; write_spans_from(t, from, &reads, &read, &span, 1) == 1;) {
        write_value_from(t, to, &writes, at, span.iov_base, (uint32_t)span.iov_len);
        at += (uint32_t)span.iov_len;
    }
}
