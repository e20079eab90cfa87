#include "slab/form/relocate.h"

#include "slab/index/chain.h"
#include "slab/core/publish.h"

/* Bytes after the header in the item's own chunk. */
static size_t
body_of(const struct store_thread *t, const struct item *it)
{
    uint64_t size = (item_flags(it) & ITEM_CHAINED) ? t->store->classes.chunk_max : item_size(it);
    return (size_t)size - sizeof *it;
}

static void
copy_flags(struct item *to, const struct item *from)
{
    atomic_store_explicit(
        &to->flags, (uint16_t)(item_flags(from) & ~(uint32_t)ITEM_REMOTE_READS), memory_order_relaxed);
}

/* Copies the fixed content of the item's own chunk, except the number; the copy is not visible yet. */
static void
copy_item(const struct store_thread *t, struct item *to, const struct item *from)
{
    to->vlen = from->vlen;
    to->nkey = from->nkey;
    copy_flags(to, from); /* for the shape */
    size_t n = body_of(t, from), n_before_holds = 0;
    if (item_has_holds(from)) {
        /* Holds belong to the chunk, not to the item; a sender may be counting in it right now. */
        n_before_holds = (size_t)((unsigned char *)item_holds(from) - from->body);
        memcpy(to->body, from->body, n_before_holds);
        atomic_store_explicit(item_holds(to), 0, memory_order_relaxed);
        n_before_holds += sizeof(uint32_t);
    }
    CHECKED_MUST(n_before_holds <= n);
    memcpy(to->body + n_before_holds, from->body + n_before_holds, n - n_before_holds);
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

    struct index_guard g;
    publish_prepare(t, to);
    store_thread_lock_bucket(t, hash, &g);
    _Atomic uint64_t *slot = index_locked_find_offset(t->index, &g, hash, item_offset(t->base, from));
    if (slot != NULL) {
        /* Fields that other threads change under the bucket's lock are final only now. */
        copy_flags(to, from);
        item_copy_access(to, from);
        atomic_store_explicit(&to->exptime, item_exptime(from), memory_order_relaxed);
        atomic_store_explicit(&to->seq, item_seq(from), memory_order_release);
        index_locked_swing(slot, hash, item_offset(t->base, to));
        atomic_store_explicit(&from->seq, 0, memory_order_release);
    }
    index_unlock(&g);
    if (slot == NULL) {
        publish_abandon(t, to);
        return RELOCATE_GONE;
    }
    publish_note_expiry(t, to);
    publish_settle(t, from, 0);
    counter_inc(store_thread_counter(t, class_id, STORE_N_RELOCATED));
    return RELOCATE_DONE;
}
