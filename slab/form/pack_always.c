#include "slab/form/pack_always.h"

#ifdef LARDER_CHECKS
#include <stdlib.h>

#include "slab/form/choose.h"
#include "slab/form/cold.h"

enum {
    RENEW_ONE_IN = 64, /* values stored: this one becomes the dictionary, ... */
    KIND_ONE_IN = 4,   /* ... and one of so many of these that of its kind */
    DICT_LEAST = 64,   /* bytes */
    DICT_MOST = 1024,
};

bool
pack_always_wanted(void)
{
    return getenv("LARDER_PACK") != NULL;
}

/* The dictionary becomes that of the key's shape.  false: too many have one, or there was a flush. */
static bool
use_for_kind(struct store *store, const struct item *it, uint32_t slot, uint32_t *before)
{
    struct kind_dict *d = &store->cold->kinds;
    struct bytes key = bytes_of(item_key(it), it->nkey);
    struct kind kind;
    uint64_t flushed =
        atomic_load_explicit(&arena_superblock(&store->arena)->flush_seq, memory_order_acquire);
    kind_of_key(&kind, key);
    (void)kind_dict_note(d, key, item_n_value(it));
    return kind_dict_count(d) < KIND_DICT_KINDS &&
           cold_use_for(store, kind_hash(&kind, 0), slot, NULL, flushed, before);
}

/* Makes a dictionary of the value's beginning; the one before is retired, and freed by train_tend. */
static void
renew_dictionary(struct store_thread *t, const struct item *it, enum codec_id id)
{
    struct store *store = t->store;
    uint64_t most = atomic_load_explicit(&store->limit, memory_order_relaxed) / DICTIONARY_PART;
    uint32_t n = item_n_stored(it);
    if (n < DICT_LEAST)
        return;
    n = n < DICT_MOST ? n : DICT_MOST;
    uint32_t slot = dictionary_adopt(&store->dictionaries, id, item_value(it), n, most);
    if (slot == DICTIONARY_NONE)
        return;
    uint32_t before = DICTIONARY_NONE;
    if (item_seq(it) / RENEW_ONE_IN % KIND_ONE_IN != 0)
        before = cold_use(store, slot, NULL);
    else if (!use_for_kind(store, it, slot, &before))
        dictionary_retire(&store->dictionaries, slot);
    if (before != DICTIONARY_NONE)
        dictionary_retire(&store->dictionaries, before);
}

void
pack_always(struct store_thread *t, const struct store_key *key)
{
    store_thread_must_be_inside(t);
    struct item *it = index_find(t->index, key);
    if (!t->store->packs_always || it == NULL || !pack_may(it) || (item_flags(it) & ITEM_FORM))
        return;
    if (t->packer == NULL && !pack_join(t))
        return;
    uint64_t number = item_seq(it);
    enum codec_id codec = number / RENEW_ONE_IN % N_CODECS;
    if (number % RENEW_ONE_IN == 0)
        renew_dictionary(t, it, codec);
    uint32_t slot = choose_of_kind(t, it);
    if (slot == DICTIONARY_NONE)
        slot = choose_shared(t);
    if (item_n_value(it) > CODEC_SMALL_MAX)
        slot = CODEC_lz4;
    else if (slot == DICTIONARY_NONE || number % 4 == 0)
        slot = number / 4 % N_CODECS;
    (void)!pack_anyway(t, it, key->hash, slot); /* without a free chunk it stays plain */
}
#endif
