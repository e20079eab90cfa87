#include "slab/form/choose.h"

#include "slab/codec/glance.h"
#include "slab/form/cold.h"

static struct bytes
key_of(const struct item *it)
{
    return bytes_of(item_key(it), it->nkey);
}

/* The value, or of a chain what lies in the item's own chunk. */
static struct bytes
bytes_here(const struct store_thread *t, const struct item *it)
{
    return bytes_of(item_value(it), item_value_here(it, t->store->classes.chunk_max));
}

/* A value that has nothing in common with a dictionary is packed worse with it than without one. */
static bool
is_promising(struct cold *c, uint32_t slot, struct bytes value, bool *text)
{
    const struct probe *probe = atomic_load_explicit(&c->probe[slot], memory_order_acquire);
    if (probe == NULL)
        return true;
    struct probe_result r = probe_value(probe, value);
    drift_note_hits(&c->drift, slot, r.hits);
    *text = r.text;
    return r.hits >= (r.text ? PROBE_HITS_TEXT : PROBE_HITS);
}

uint32_t
choose_shared(const struct store_thread *t)
{
    store_thread_must_be_inside(t);
    return atomic_load_explicit(&t->store->cold->slot, memory_order_acquire);
}

uint32_t
choose_of_kind(const struct store_thread *t, const struct item *it)
{
    store_thread_must_be_inside(t);
    /* The key of a body (slab/index/body.h) is a hash. */
    return item_is_body(it) ? DICTIONARY_NONE : kind_dict_find(&t->store->cold->kinds, key_of(it));
}

uint32_t
choose_slot(struct store_thread *t, const struct item *it, enum codec_id alone)
{
    struct cold *c = t->store->cold;
    struct bytes here = bytes_here(t, it);
    if (item_n_stored(it) > CODEC_SMALL_MAX)
        return glance_promises(here) ? (uint32_t)CODEC_lz4 : CHOOSE_NOTHING;
    uint32_t shared = choose_shared(t);
    bool text = false;
    if (shared == DICTIONARY_NONE)
        return CHOOSE_LATER;
    uint32_t kind =
        item_is_body(it) ? DICTIONARY_NONE : kind_dict_note(&c->kinds, key_of(it), item_n_stored(it));
    if (kind != DICTIONARY_NONE && is_promising(c, kind, here, &text))
        return kind;
    if (is_promising(c, shared, here, &text))
        return shared;
    return text ? (uint32_t)alone : CHOOSE_NOTHING;
}

bool
choose_is_new(const struct store_thread *t, const struct item *it)
{
    uint32_t slot = choose_of_kind(t, it);
    return again_is(&t->store->cold->again, slot != DICTIONARY_NONE ? slot : choose_shared(t));
}
