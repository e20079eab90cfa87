#include "slab/train/train_job.h"

#include "slab/codec/kind.h"
#include "slab/form/cold.h"

enum {
    ROOM_PER_DICTIONARY = 16, /* bytes of samples for each byte of the dictionary */
    KIND_COST = 192 << 10,    /* bytes of memory for a kind's dictionary, with its tables */
    KIND_GAIN = 2,            /* so many times of that, a kind's dictionary must save */
    HEADER_AND_KEY = 48,      /* bytes of an item beside its value, for the trainer's measurements */
};

size_t
train_job_room(const struct train_job *job)
{
    size_t room = (size_t)job->dict_max * ROOM_PER_DICTIONARY;
    return room < SAMPLE_ROOM_MIN ? SAMPLE_ROOM_MIN : room;
}

bool
train_job_wants(const struct store *store, const struct train_job *job, struct bytes key)
{
    switch (job->keys) {
    case TRAIN_ALL: return true;
    case TRAIN_REST: return kind_dict_find(&store->cold->kinds, key) == DICTIONARY_NONE;
    case TRAIN_KIND: return kind_dict_is_of(key, job->kind);
    }
    UNREACHABLE();
}

/* Where the samples are of all keys, keys with one beginning have one number, so that they are not too many. */
static unsigned
number_of(const struct train_job *job, struct bytes key)
{
    struct kind kind;
    if (job->keys == TRAIN_KIND)
        return 0;
    kind_of_key(&kind, key);
    return (unsigned)(kind_hash(&kind, KIND_LEVELS - 1) % SAMPLE_KINDS);
}

void
train_job_offer(const struct train_job *job, struct samples *samples, struct bytes key, uint64_t hash,
    const char *value, size_t n)
{
    (void)sample_offer(samples, hash, number_of(job, key), value, n);
}

/* The chunk of an item with a value of `n` stored bytes. */
static size_t
fit(void *arg, size_t n)
{
    const struct class_set *s = arg;
    size_t size = HEADER_AND_KEY + n;
    return size > s->chunk_max ? size : s->geometry[class_for(s, size)].size;
}

/* The slot that values of these keys are packed with now, or DICTIONARY_NONE. */
static uint32_t
slot_now(struct store *store, const struct train_job *job)
{
    struct cold *cold = store->cold;
    uint32_t slot = job->keys == TRAIN_KIND ? kind_dict_slot(&cold->kinds, job->kind) : DICTIONARY_NONE;
    return slot != DICTIONARY_NONE ? slot : atomic_load_explicit(&cold->slot, memory_order_acquire);
}

/* What the codec has prepared from that dictionary; NULL: there is none, or it is of another codec. */
static const void *
present_of(struct store *store, const struct train_job *job)
{
    const struct cold *cold = store->cold;
    uint32_t slot = slot_now(store, job);
    if (slot == DICTIONARY_NONE || cold_codec_of(cold, slot) != job->codec)
        return NULL;
    return atomic_load_explicit(&store->dictionaries.use[slot].encode, memory_order_acquire);
}

void
train_job_measure_anew(struct store *store, const struct train_job *job)
{
    struct cold *cold = store->cold;
    uint32_t slot = job->keys == TRAIN_KIND ? kind_dict_slot(&cold->kinds, job->kind)
                                            : atomic_load_explicit(&cold->slot, memory_order_relaxed);
    if (slot != DICTIONARY_NONE)
        drift_reset(&store->cold->drift, slot);
}

struct trainer_result
train_job_run(struct store *store, const struct train_job *job, const struct samples *samples, char *dict)
{
    const struct trainer_job trainer = {
        .codec = codec_table[job->codec],
        .samples = samples,
        .present = present_of(store, job),
        .dict_max = job->dict_max,
        .fit = fit,
        .arg = &store->classes,
    };
    return trainer_run(&trainer, dict);
}

/* What a kind's dictionary saves, if the kind has the same part of memory as of the bytes that were packed lately. */
static double
saved_by(const struct store *store, const struct train_job *job, const struct trainer_sums *sums)
{
    double before = (double)(sums->present < sums->none ? sums->present : sums->none);
    double limit = (double)atomic_load_explicit(&store->limit, memory_order_relaxed);
    return kind_dict_share(&store->cold->kinds, job->kind) * limit * (1 - (double)sums->trained / before);
}

bool
train_job_pays(const struct store *store, const struct train_job *job, const struct trainer_result *r)
{
    if (r->outcome != TRAINER_ADOPT)
        return false;
    return job->keys != TRAIN_KIND || saved_by(store, job, &r->sums) >= KIND_GAIN * KIND_COST;
}
