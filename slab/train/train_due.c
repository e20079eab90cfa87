#include "slab/train/train_due.h"

#include "slab/form/cold.h"

#define BETWEEN_NS       UINT64_C(60000000000) /* from one training for the shared dictionary to the next */
#define BETWEEN_KINDS_NS UINT64_C(5000000000)  /* from any training to one for a kind */

static enum codec_id
codec_now(const struct store *store)
{
    return cold_compression(store->cold) == STORE_COMPRESSION_LZ4 ? CODEC_lz4 : CODEC_zstd;
}

static uint64_t
most(const struct store *store)
{
    return atomic_load_explicit(&store->limit, memory_order_relaxed) / DICTIONARY_PART;
}

/* Of the shared dictionary: at most half of all, so that the next one has room. */
static uint32_t
shared_max(const struct store *store)
{
    uint64_t half = most(store) / 2;
    return half > DICTIONARY_MAX ? DICTIONARY_MAX : (uint32_t)half;
}

uint64_t
train_due_most(const struct store *store, const struct train_job *job)
{
    return job->keys == TRAIN_KIND ? most(store) - shared_max(store) : most(store);
}

static bool
shared_is_due(struct store *store, const struct train_past *past, uint64_t now_ns, struct train_job *job)
{
    const struct cold *cold = store->cold;
    enum codec_id codec = codec_now(store);
    uint32_t slot = atomic_load_explicit(&cold->slot, memory_order_acquire);
    if (past->shared_ns != 0 && past->codec == codec && now_ns - past->shared_ns < BETWEEN_NS)
        return false; /* else the operator has chosen another codec */
    *job = (struct train_job){.keys = TRAIN_ALL, .codec = codec, .dict_max = shared_max(store)};
    if (slot == DICTIONARY_NONE || cold_codec_of(cold, slot) != codec)
        return true;
    job->keys = TRAIN_REST;
    return drift_is_worse(&cold->drift, slot);
}

static bool
kind_is_due(struct store *store, const struct train_past *past, uint64_t now_ns, struct train_job *job)
{
    struct cold *cold = store->cold;
    uint32_t shared = atomic_load_explicit(&cold->slot, memory_order_acquire), slot;
    uint64_t taken =
        atomic_load_explicit(&store->dictionaries.bytes, memory_order_relaxed) + shared_max(store);
    if (shared == DICTIONARY_NONE || now_ns - past->any_ns < BETWEEN_KINDS_NS)
        return false;
    const struct kind_dict_ask ask = {
        .codec = codec_now(store),
        .now_ns = now_ns,
        .room_for_first = taken + 2 * KIND_DICT_MAX <= most(store),
        .room_for_next = taken + KIND_DICT_MAX <= most(store),
        .drift = &cold->drift,
    };
    *job = (struct train_job){.keys = TRAIN_KIND, .codec = ask.codec, .dict_max = KIND_DICT_MAX};
    if (!kind_dict_due(&cold->kinds, &ask, &job->kind, &slot))
        return false;
    job->packed = slot == DICTIONARY_NONE;
    return true;
}

bool
train_due(struct store *store, const struct train_past *past, uint64_t now_ns, struct train_job *job)
{
    const struct cold *cold = store->cold;
    if (cold_compression(cold) == STORE_COMPRESSION_OFF || !budget_may(&cold->budget, now_ns) ||
        shared_max(store) < TRAINER_DICT_MIN)
        return false;
    return shared_is_due(store, past, now_ns, job) || kind_is_due(store, past, now_ns, job);
}
