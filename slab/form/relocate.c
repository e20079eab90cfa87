#include "slab/form/relocate.h"

#include "slab/mem/room.h"
#include "slab/index/chain.h"
#include "slab/core/publish.h"

/* Bytes after the header in the item's own chunk. */
static size_t
body_of(const struct store_thread *t, const struct item *it)
{
    uint64_t size = (item_flags(it) & ITEM_CHAINED) ? t->store->classes.chunk_max : item_size(it);
    return (size_t)size - sizeof *it;
}

/*
 * The fields between the fixed ones that other threads may change right now: a body's number of referers, and
 * the holds, which belong to the chunk and not to the item.  *from is where they begin; returns where they end.
 */
static size_t
moving_fields(const struct item *it, size_t *from)
{
    uint32_t flags = item_flags(it);
    size_t at = item_fields[flags & 7], end = at + (item_has_holds(it) ? sizeof(uint32_t) : 0);
    *from = at - (flags & ITEM_BODY ? sizeof(uint32_t) : 0);
    return end;
}

/* Copies the fixed content of the item's own chunk, except the number; the copy is not visible yet. */
static void
copy_item(const struct store_thread *t, struct item *to, const struct item *from)
{
    to->vlen = from->vlen;
    to->nkey = from->nkey;
    atomic_store_explicit(&to->flags, (uint16_t)(item_flags(from) & ITEM_SHAPE), memory_order_relaxed);
    size_t n = body_of(t, from), n_before, n_past = moving_fields(from, &n_before);
    CHECKED_MUST(n_before <= n_past && n_past <= n);
    memcpy(to->body, from->body, n_before);
    memset(to->body + n_before, 0, n_past - n_before); /* the referers are counted under the lock */
    memcpy(to->body + n_past, from->body + n_past, n - n_past);
    if (item_flags(from) & ITEM_CHAINED)
        *item_next(to) = 0;
}

/* Makes links for a copy of a chained item; on false the caller frees those that were made. */
static bool
copy_links(struct store_thread *t, struct item *to, const struct item *from, int node)
{
    struct link *tail = NULL;
    for (const struct link *old = chain_first(t->base, from); old != NULL; old = chain_next(t->base, old)) {
        uint64_t chunk =
            store_thread_take_chunk_on(t, node, class_for(&t->store->classes, sizeof *old + old->n));
        if (chunk == 0)
            return false;
        struct link *link = chain_link(t->base, chunk, old->n);
        memcpy(link->bytes, old->bytes, old->n);
        chain_append(t->base, to, tail, link);
        tail = link;
    }
    return true;
}

/* The copy, with all its links; NULL if there are not enough free chunks. */
static struct item *
copy_of(struct store_thread *t, const struct item *from, uint32_t class_id, int node)
{
    uint64_t chunk = item_size(from) > RELOCATE_MOST ? 0 : store_thread_take_chunk_on(t, node, class_id);
    if (chunk == 0)
        return NULL;
    struct item *to = item_at(t->base, chunk);
    copy_item(t, to, from);
    if (!(item_flags(from) & ITEM_CHAINED) || copy_links(t, to, from, node))
        return to;
    publish_abandon(t, to);
    return NULL;
}

/* Puts the copy `to` in the place of `from`, which is retired; or frees `to`, and returns RELOCATE_GONE. */
static enum relocate_result
swing(struct store_thread *t, struct item *from, struct item *to, uint64_t hash)
{
    struct index_guard g;
    publish_prepare(t, to);
    store_thread_lock_bucket(t, hash, &g);
    _Atomic uint64_t *slot = index_locked_find_offset(t->index, &g, hash, item_offset(t->base, from));
    if (slot != NULL)
        publish_moved_locked(t, slot, hash, to, from);
    index_unlock(&g);
    if (slot == NULL) {
        publish_abandon(t, to);
        return RELOCATE_GONE;
    }
    publish_note_expiry(t, to);
    if (item_is_shared(from) && item_is_shared(to))
        publish_settle_moved(t, from);
    else
        publish_settle(t, from, 0);
    return RELOCATE_DONE;
}

enum relocate_result
relocate(struct store_thread *t, struct item *from, uint64_t hash, int node)
{
    store_thread_must_be_inside(t);
    MUST(node >= 0 && node < t->store->arena.n_nodes);
    uint32_t class_id = store_thread_class_of(t, from);
    if (item_seq(from) == 0) /* a chain has already moved if the sweep met another of its chunks before */
        return RELOCATE_GONE;
    struct item *to = copy_of(t, from, class_id, node);
    if (to == NULL)
        return RELOCATE_NO_CHUNK;
    enum relocate_result r = swing(t, from, to, hash);
    if (r == RELOCATE_DONE)
        counter_inc(store_thread_counter(t, class_id, STORE_N_RELOCATED));
    return r;
}

/* ---- another form ----------------------------------------------------- */

struct relocate_shape
relocate_shape(const struct class_set *s, uint32_t flags, uint32_t nkey, uint32_t n)
{
    uint64_t size = sizeof(struct item) + item_extra(flags, n) + nkey + (uint64_t)n;
    struct relocate_shape shape = {.flags = size > s->chunk_max ? flags | ITEM_CHAINED : flags};
    shape.here = item_stored_here(shape.flags, n, nkey, s->chunk_max);
    shape.class_id = size > s->chunk_max ? s->n : class_for(s, (size_t)size);
    return shape;
}

static struct relocate_shape
shape_as(const struct class_set *s, const struct item *from, uint32_t form, uint32_t n)
{
    uint32_t flags = (item_flags(from) & ITEM_SHAPE & ~(uint32_t)(ITEM_FORM | ITEM_CHAINED)) | form;
    return relocate_shape(s, flags, from->nkey, n);
}

/* The length of the next link of a chain, of whose bytes `left` are left. */
static uint32_t
link_of(const struct class_set *s, uint32_t left)
{
    uint32_t most = s->chunk_max - (uint32_t)sizeof(struct link);
    return left < most ? left : most;
}

uint32_t
relocate_class(const struct class_set *s, const struct item *from, uint32_t form, uint32_t n)
{
    return shape_as(s, from, form, n).class_id;
}

uint64_t
relocate_memory(const struct class_set *s, const struct item *from, uint32_t form, uint32_t n)
{
    struct relocate_shape shape = shape_as(s, from, form, n);
    uint64_t bytes = s->geometry[shape.class_id].size;
    for (uint32_t left = n - shape.here; left > 0; left -= link_of(s, left))
        bytes += s->geometry[class_for(s, sizeof(struct link) + link_of(s, left))].size;
    return bytes;
}

/* Fills everything except the links, and what is final only under the lock. */
static void
fill_as(struct item *to, const struct item *from, const struct relocate_value *value,
    const struct relocate_shape *shape)
{
    CHECKED_MUST(item_seq(to) == 0);
    to->vlen = value->n;
    to->nkey = from->nkey;
    atomic_store_explicit(&to->flags, (uint16_t)shape->flags, memory_order_relaxed);
    if (item_flags(to) & ITEM_OWN_CAS)
        *item_own_cas(to) = *item_own_cas((struct item *)from);
    if (item_flags(to) & ITEM_CHAINED)
        *item_next(to) = 0;
    if (item_flags(to) & ITEM_BODY)
        atomic_store_explicit(item_referers(to), 0, memory_order_relaxed); /* counted under the lock */
    else if (item_flags(to) & ITEM_CLIENT_FLAGS)
        *item_client_flags_at(to) = item_client_flags(from);
    if (item_has_holds(to))
        atomic_store_explicit(item_holds(to), 0, memory_order_relaxed);
    memcpy(item_key(to), item_key(from), from->nkey);
    memcpy(item_value(to), value->bytes, shape->here);
}

uint64_t
relocate_take_chunk(struct store_thread *t, int node, uint32_t class_id, bool asks)
{
    uint64_t chunk = store_thread_take_chunk_on(t, node, class_id);
    if (chunk == 0 && asks)
        room_ask(class_at(&t->store->classes, node, class_id));
    return chunk;
}

bool
relocate_fill_links(struct store_thread *t, struct item *to, int node, struct value_reader *r, bool asks)
{
    const struct class_set *s = &t->store->classes;
    struct link *tail = NULL;
    while (r->left > 0) {
        uint32_t n = link_of(s, r->left);
        uint64_t chunk = relocate_take_chunk(t, node, class_for(s, sizeof *tail + n), asks);
        if (chunk == 0)
            return false;
        struct link *link = chain_link(t->base, chunk, n);
        value_read(r, (char *)link->bytes, n);
        chain_append(t->base, to, tail, link);
        tail = link;
    }
    return true;
}

enum relocate_result
relocate_as(
    struct store_thread *t, struct item *from, uint64_t hash, int node, const struct relocate_value *value)
{
    store_thread_must_be_inside(t);
    MUST(node >= 0 && node < t->store->arena.n_nodes && (value->form & ~(uint32_t)ITEM_FORM) == 0);
    MUST(!item_is_shared(from) || value->form != ITEM_SHARED);
    struct relocate_shape shape = shape_as(&t->store->classes, from, value->form, value->n);
    if (item_seq(from) == 0)
        return RELOCATE_GONE;
    bool asks = value->form != 0;
    uint64_t chunk = relocate_take_chunk(t, node, shape.class_id, asks);
    if (chunk == 0)
        return RELOCATE_NO_CHUNK;
    struct item *to = item_at(t->base, chunk);
    fill_as(to, from, value, &shape);
    struct value_reader rest;
    value_read_bytes(&rest, (const char *)value->bytes + shape.here, value->n - shape.here);
    if (!relocate_fill_links(t, to, node, &rest, asks)) {
        publish_abandon(t, to);
        return RELOCATE_NO_CHUNK;
    }
    return swing(t, from, to, hash);
}
