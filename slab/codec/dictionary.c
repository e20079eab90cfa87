#include "slab/codec/dictionary.h"

#include <string.h>
#include <sys/mman.h>

void
dictionary_init(struct dictionaries *d, struct arena *a)
{
    memset(d, 0, sizeof *d);
    d->arena = a;
    lock_init(&d->lock, LOCK_LEAF);
}

/* Frees what the codec has prepared; the bytes of the place still exist. */
static void
unprepare(struct dictionaries *d, uint32_t slot)
{
    const struct codec *codec = codec_table[dictionary_at(d, slot)->codec];
    struct dictionary_use *use = &d->use[slot];
    void *encode = atomic_load_explicit(&use->encode, memory_order_relaxed);
    void *decode = atomic_load_explicit(&use->decode, memory_order_relaxed);
    MUST(encode != NULL && decode != NULL);
    uint64_t n = codec->encode_memory(encode) + codec->decode_memory(decode);
    atomic_store_explicit(&use->encode, NULL, memory_order_relaxed);
    atomic_store_explicit(&use->decode, NULL, memory_order_relaxed);
    codec->encode_free(encode);
    codec->decode_free(decode);
    atomic_fetch_sub_explicit(&d->prepared, n, memory_order_relaxed);
    atomic_fetch_sub_explicit(&d->bytes, dictionary_at(d, slot)->n, memory_order_relaxed);
}

void
dictionary_fini(struct dictionaries *d)
{
    for (uint32_t slot = PACKED_PLAIN; slot < PACKED_SLOTS; slot++)
        if (dictionary_state(d, slot) != DICTIONARY_FREE)
            unprepare(d, slot);
    MUST(atomic_load_explicit(&d->bytes, memory_order_relaxed) == 0);
    lock_fini(&d->lock);
}

static uint32_t
free_slot(struct dictionaries *d)
{
    lock_must_own(&d->lock);
    for (uint32_t slot = PACKED_PLAIN; slot < PACKED_SLOTS; slot++)
        if (dictionary_state(d, slot) == DICTIONARY_FREE)
            return slot;
    return DICTIONARY_NONE;
}

/* false: the codec refuses the dictionary, or there is no memory. */
static bool
prepare(struct dictionaries *d, uint32_t slot, const struct codec *codec, const struct dictionary *place)
{
    lock_must_own(&d->lock);
    struct dictionary_use *use = &d->use[slot];
    void *encode = codec->prepare_encode(place->bytes, place->n);
    void *decode = codec->prepare_decode(place->bytes, place->n);
    if (encode == NULL || decode == NULL) {
        if (encode != NULL)
            codec->encode_free(encode);
        if (decode != NULL)
            codec->decode_free(decode);
        return false;
    }
    atomic_store_explicit(&use->encode, encode, memory_order_release);
    atomic_store_explicit(&use->decode, decode, memory_order_release);
    atomic_fetch_add_explicit(
        &d->prepared, codec->encode_memory(encode) + codec->decode_memory(decode), memory_order_relaxed);
    atomic_fetch_add_explicit(&d->bytes, place->n, memory_order_relaxed);
    return true;
}

/* Zeroes a free place, or one that becomes free: the bytes are pieces of values. */
static void
wipe(struct dictionary *place)
{
    explicit_bzero(place->bytes, place->n);
    place->n = 0;
}

uint32_t
dictionary_adopt(struct dictionaries *d, enum codec_id id, const void *bytes, uint32_t n, uint64_t most)
{
    MUST(n > 0 && n <= DICTIONARY_MAX && (unsigned)id < N_CODECS);
    lock_take(&d->lock);
    uint32_t slot =
        atomic_load_explicit(&d->bytes, memory_order_relaxed) + n <= most ? free_slot(d) : DICTIONARY_NONE;
    if (slot != DICTIONARY_NONE) {
        struct dictionary *place = dictionary_at(d, slot);
        place->codec = (uint8_t)id;
        place->n = n;
        memcpy(place->bytes, bytes, n);
        if (prepare(d, slot, codec_table[id], place)) {
            atomic_store_explicit(&place->state, DICTIONARY_LIVE, memory_order_release);
            atomic_fetch_add_explicit(&d->n_live, 1, memory_order_relaxed);
        } else {
            wipe(place);
            slot = DICTIONARY_NONE;
        }
    }
    lock_give(&d->lock);
    return slot;
}

void
dictionary_retire(struct dictionaries *d, uint32_t slot)
{
    lock_take(&d->lock);
    MUST(dictionary_state(d, slot) == DICTIONARY_LIVE);
    atomic_store_explicit(&dictionary_at(d, slot)->state, DICTIONARY_RETIRED, memory_order_release);
    atomic_fetch_sub_explicit(&d->n_live, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&d->n_retired, 1, memory_order_relaxed);
    lock_give(&d->lock);
}

void
dictionary_free(struct dictionaries *d, uint32_t slot)
{
    lock_take(&d->lock);
    struct dictionary *place = dictionary_at(d, slot);
    MUST(dictionary_state(d, slot) == DICTIONARY_RETIRED);
    unprepare(d, slot);
    wipe(place);
    atomic_store_explicit(&place->state, DICTIONARY_FREE, memory_order_release);
    atomic_fetch_sub_explicit(&d->n_retired, 1, memory_order_relaxed);
    lock_give(&d->lock);
}
