#include "slab/form/bodies.h"

#include "base/clock.h"
#include "slab/index/body.h"
#include "slab/core/publish.h"
#include "slab/form/relocate.h"
#include "slab/form/value.h"

#ifdef LARDER_CHECKS_FULL
void (*bodies_between)(struct item *body);
uint64_t (*bodies_hash_instead)(uint64_t hash);
#endif

uint64_t
bodies_content(const struct store_thread *t, const struct item *it)
{
    /* Another function than that of keys, so that a value tells nothing about the bucket of a key. */
    MUST(t->packer != NULL);
    uint64_t hash = value_hash(t, it, ~hash_seed, t->packer->plain);
#ifdef LARDER_CHECKS_FULL
    if (bodies_hash_instead != NULL)
        return bodies_hash_instead(hash);
#endif
    return hash;
}

bool
bodies_equal(const struct store_thread *t, const struct item *a, const struct item *b)
{
    MUST(t->packer != NULL);
    return value_equals(t, a, t->packer->plain, b, (char *)t->packer->packed);
}

uint64_t
bodies_saving(const struct store_thread *t, const struct item *it)
{
    const struct class_set *set = &t->store->classes;
    uint64_t held = relocate_memory(set, it, item_flags(it) & ITEM_FORM, item_n_stored(it));
    return codec_gain(held, relocate_memory(set, it, ITEM_SHARED, SHARED_BYTES));
}

/* ---- a new body ------------------------------------------------------------ */

/* Everything but value and number. */
static void
fill_head(struct item *body, const struct item *from, uint64_t content, uint32_t flags)
{
    CHECKED_MUST(item_seq(body) == 0);
    atomic_store_explicit(&body->exptime, 0, memory_order_relaxed);
    body->vlen = item_n_value(from);
    body->nkey = BODY_KEY;
    item_copy_access(body, from);
    atomic_store_explicit(&body->flags, (uint16_t)flags, memory_order_relaxed);
    if (flags & ITEM_CHAINED)
        *item_next(body) = 0;
    atomic_store_explicit(item_referers(body), 1, memory_order_relaxed);
    if (item_has_holds(body))
        atomic_store_explicit(item_holds(body), 0, memory_order_relaxed);
    memcpy(item_key(body), &content, BODY_KEY);
}

/* An unpublished body with the item's value; NULL: there are not enough free chunks. */
static struct item *
write_body(struct store_thread *t, const struct item *from, uint64_t content)
{
    uint32_t n = item_n_value(from);
    struct relocate_shape shape =
        relocate_shape(&t->store->classes, ITEM_BODY | ITEM_CLIENT_FLAGS, BODY_KEY, n);
    int node = store_thread_node_of(t, from);
    uint64_t chunk = n > RELOCATE_MOST ? 0 : relocate_take_chunk(t, node, shape.class_id, true);
    if (chunk == 0)
        return NULL;
    struct item *body = item_at(t->base, chunk);
    struct value_reader r;
    fill_head(body, from, content, shape.flags);
    value_read_begin(t, &r, from, t->packer->plain);
    value_read(&r, item_value(body), shape.here);
    if (relocate_fill_links(t, body, node, &r, true))
        return body;
    publish_abandon(t, body);
    return NULL;
}

/*
 * false: there is one with that content hash.  The number is that of the item, so that none is drawn: a body is no
 * version of anything.
 */
static bool
link_body(struct store_thread *t, struct item *body, uint64_t number)
{
    struct index_guard g;
    uint64_t content = body_content(body);
    struct store_key key = body_key(&content);
    publish_prepare(t, body);
    store_thread_lock_bucket(t, key.hash, &g);
    bool linked =
        index_locked_find(t->index, &g, &key) == NULL && publish_body_locked(t, &g, key.hash, body, number);
    index_unlock(&g);
    if (linked)
        publish_settle(t, NULL, 1);
    return linked;
}

enum pack_result
bodies_make(struct store_thread *t, const struct item *it, uint64_t content, struct item **out)
{
    store_thread_must_be_inside(t);
    MUST(t->packer != NULL && !item_is_shared(it) && !item_is_body(it));
    uint64_t number = item_seq(it);
    if (number == 0)
        return PACK_GONE;
    if (t->spares.n == 0 && !index_refill_spares(t->index, &t->spares))
        return PACK_NO_CHUNK;
    struct item *body = write_body(t, it, content);
    if (body == NULL)
        return PACK_NO_CHUNK;
    *out = body;
    if (link_body(t, body, number))
        return PACK_DONE;
    publish_abandon(t, body);
    return PACK_GONE;
}

/* ---- a new referer ------------------------------------------------------------ */

enum pack_result
bodies_refer(struct store_thread *t, struct item *it, uint64_t hash, struct item *body)
{
    store_thread_must_be_inside(t);
    MUST(bodies_may(it));
    if (!bodies_equal(t, it, body))
        return PACK_VAIN;
#ifdef LARDER_CHECKS_FULL
    if (bodies_between != NULL)
        bodies_between(body);
#endif
    if (!publish_join_body(t, body))
        return PACK_GONE;
    uint64_t content = body_content(body);
    char bytes[SHARED_BYTES];
    const struct shared_value v = {content, item_n_value(it)};
    shared_write(bytes, &v);
    const struct relocate_value value = {ITEM_SHARED, bytes, SHARED_BYTES};
    enum relocate_result r = relocate_as(t, it, hash, store_thread_node_of(t, it), &value);
    if (r == RELOCATE_DONE)
        return PACK_DONE;
    publish_leave_body(t, content);
    return r == RELOCATE_GONE ? PACK_GONE : PACK_NO_CHUNK;
}
