#include "slab/form/train.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/thread.h"
#include "slab/codec/trainer.h"
#include "slab/core/demand.h"
#include "slab/core/forms.h"
#include "slab/form/cold.h"

enum {
    ROOM_PER_DICTIONARY = 16, /* bytes of samples for each byte of the dictionary */
    ENOUGH = 14,              /* sixteenths of the room */
    WORSE_PCT = 110,          /* drift: values take this much of what they took after the adoption */
    HEADER_AND_KEY = 48,      /* bytes of an item beside its value, for the trainer's measurements */
};

#define BETWEEN_NS UINT64_C(60000000000) /* from one training to the next; and the longest time to gather */
#define SETTLE_NS \
    UINT64_C(10000000000) /* after an adoption, before the mean is of the new dictionary's values */

struct training {
    struct store *store;
    pthread_t id;
    struct lock lock;
    pthread_cond_t wake;
    bool stop, ready, busy;     /* [lock] */
    struct samples *samples;    /* [lock] NULL: none are wanted */
    uint64_t since_ns;          /* [lock] when gathering them began */
    uint64_t flushed;           /* [lock] the flush that all dictionaries are younger than */
    _Atomic bool gathers;       /* a hint; relaxed */
    uint64_t last_ns;           /* [lock] the end of the last training; 0: none */
    const struct codec *last;   /* [lock] its codec */
    uint32_t ratio;             /* [lock] of cold.h's, SETTLE_NS after the adoption; 0: not known yet */
    struct train_counts counts; /* [lock] */
    /* The first mover's: of retired slots, when they were seen so, and when no item named them; 0: not yet. */
    uint64_t retired_epoch[PACKED_SLOTS], unused_epoch[PACKED_SLOTS];
};

#ifdef LARDER_CHECKS_FULL
void (*train_between)(enum train_moment);
#endif

/* Lets a test act at that moment. */
static void
between(enum train_moment moment)
{
#ifdef LARDER_CHECKS_FULL
    if (train_between != NULL)
        train_between(moment);
#else
    (void)moment;
#endif
}

/* ---- the thread ----------------------------------------------------------- */

/* The chunk of an item with a value of `n` stored bytes. */
static size_t
fit(void *arg, size_t n)
{
    const struct class_set *s = arg;
    size_t size = HEADER_AND_KEY + n;
    return size > s->chunk_max ? size : s->geometry[class_for(s, size)].size;
}

static const struct codec *
codec_of(enum store_compression compression)
{
    return compression == STORE_COMPRESSION_LZ4 ? &codec_lz4 : &codec_zstd;
}

static uint32_t
dict_max(const struct store *store)
{
    uint64_t most = atomic_load_explicit(&store->limit, memory_order_relaxed) / DICTIONARY_PART / 2;
    return most > DICTIONARY_MAX ? DICTIONARY_MAX : (uint32_t)most;
}

/*
 * Puts a dictionary in the place of the present one.  false: a flush came between, compression has been
 * turned off, or there is no memory.
 */
static bool
adopt(struct training *g, enum codec_id id, const char *dict, size_t n, uint64_t flushed)
{
    struct store *store = g->store;
    uint32_t before = DICTIONARY_NONE, slot = DICTIONARY_NONE;
    uint64_t most = atomic_load_explicit(&store->limit, memory_order_relaxed) / DICTIONARY_PART;
    struct probe *probe = probe_new((struct bytes){dict, n});
    if (probe != NULL)
        slot = dictionary_adopt(&store->dictionaries, id, dict, (uint32_t)n, most);
    lock_take(&g->lock);
    bool good = slot != DICTIONARY_NONE && flushed == g->flushed &&
                cold_compression(store->cold) != STORE_COMPRESSION_OFF;
    if (good) {
        before = cold_use(store, slot, probe);
        g->ratio = 0;
    }
    lock_give(&g->lock);
    if (!good)
        probe_free(&probe);
    if (!good && slot != DICTIONARY_NONE)
        dictionary_retire(&store->dictionaries, slot);
    if (good && before != DICTIONARY_NONE)
        dictionary_retire(&store->dictionaries, before);
    return good;
}

static bool
is_of_codec(const struct store *store, const struct codec *codec)
{
    return codec_table[atomic_load_explicit(&store->cold->codec, memory_order_relaxed)] == codec;
}

/* Trains on the samples, which it frees. */
static void
train(struct training *g, struct samples *samples, uint64_t flushed)
{
    struct store *store = g->store;
    struct cold *cold = store->cold;
    uint32_t slot = atomic_load_explicit(&cold->slot, memory_order_acquire);
    const struct codec *codec = codec_of(cold_compression(cold));
    bool same = slot != DICTIONARY_NONE && is_of_codec(store, codec);
    const struct trainer_job job = {
        .codec = codec,
        .samples = samples,
        .present = same ? atomic_load(&store->dictionaries.use[slot].encode) : NULL,
        .dict_max = dict_max(store),
        .fit = fit,
        .arg = &store->classes,
    };
    uint64_t cpu_ns = budget_cpu_ns();
    char *dict = malloc(job.dict_max);
    struct trainer_result r = {.outcome = TRAINER_NO_MEMORY};
    if (dict != NULL)
        r = trainer_run(&job, dict);
    between(TRAIN_TRAINED);
    enum codec_id id = codec == &codec_lz4 ? CODEC_lz4 : CODEC_zstd;
    bool adopted = r.outcome == TRAINER_ADOPT && adopt(g, id, dict, r.n_dict, flushed);
    if (dict != NULL)
        explicit_bzero(dict, job.dict_max);
    free(dict);
    sample_free(&samples);
    /* So a client that flushes again and again does not buy a training each time. */
    budget_spend(&cold->budget, budget_cpu_ns() - cpu_ns, clock_ns());
    lock_take(&g->lock);
    g->busy = false;
    g->last_ns = clock_ns();
    g->last = codec;
    g->counts.n_trained++;
    g->counts.n_adopted += adopted;
    g->counts.n_refused += !adopted;
    lock_give(&g->lock);
}

/* NULL: a flush has discarded them. */
static struct samples *
take_samples(struct training *g, uint64_t *flushed)
{
    lock_take(&g->lock);
    struct samples *samples = g->ready ? g->samples : NULL;
    *flushed = g->flushed;
    if (samples != NULL) {
        g->samples = NULL;
        g->ready = false;
        g->busy = true;
    }
    lock_give(&g->lock);
    return samples;
}

static void *
run(void *arg)
{
    struct training *g = arg;
    pthread_setname_np(pthread_self(), "larder-trainer");
    for (;;) {
        lock_take(&g->lock);
        while (!g->stop && !g->ready)
            (void)lock_wait(&g->lock, &g->wake, clock_ns() + BETWEEN_NS);
        bool stop = g->stop;
        lock_give(&g->lock);
        if (stop)
            return NULL;
        between(TRAIN_WOKEN);
        uint64_t flushed;
        struct samples *samples = take_samples(g, &flushed);
        if (samples != NULL)
            train(g, samples, flushed);
    }
}

bool
train_start(struct store *store)
{
    MUST(store->training == NULL);
    struct training *g = calloc(1, sizeof *g);
    if (g == NULL)
        return false;
    g->store = store;
    lock_init(&g->lock, LOCK_LEAF);
    lock_cond_init(&g->wake);
    store->training = g;
    atomic_store_explicit(&store->looks, true, memory_order_relaxed);
    if (thread_start(&g->id, run, g) == 0)
        return true;
    store->training = NULL;
    lock_fini(&g->lock);
    pthread_cond_destroy(&g->wake);
    free(g);
    return false;
}

void
train_stop(struct store *store)
{
    struct training *g = store->training;
    if (g == NULL)
        return;
    lock_take(&g->lock);
    g->stop = true;
    pthread_cond_signal(&g->wake);
    lock_give(&g->lock);
    pthread_join(g->id, NULL);
    store->training = NULL;
    sample_free(&g->samples);
    lock_fini(&g->lock);
    pthread_cond_destroy(&g->wake);
    free(g);
}

/* ---- samples -------------------------------------------------------------- */

bool
train_gathers(const struct store *store)
{
    return store->training != NULL && atomic_load_explicit(&store->training->gathers, memory_order_relaxed);
}

/*
 * Hands the samples to the thread once there are enough.  After a minute it takes those that there are, so
 * that no value stays here for long, and a store of few values has a dictionary, too.
 */
static void
note_enough_locked(struct training *g, bool is_late)
{
    lock_must_own(&g->lock);
    size_t used = g->samples != NULL ? sample_used(g->samples) : 0;
    if (used == 0 || g->ready || g->busy)
        return;
    size_t room = (size_t)dict_max(g->store) * ROOM_PER_DICTIONARY;
    if (!is_late && used < room / 16 * ENOUGH && !sample_is_full(g->samples))
        return;
    g->ready = true;
    atomic_store_explicit(&g->gathers, false, memory_order_relaxed);
    pthread_cond_signal(&g->wake);
}

void
train_offer(struct store_thread *t, const struct item *it, uint64_t hash)
{
    store_thread_must_be_inside(t);
    struct training *g = t->store->training;
    if (item_flags(it) & (ITEM_FORM | ITEM_CHAINED))
        return;
    lock_take(&g->lock);
    if (g->samples != NULL && !g->ready) {
        (void)sample_offer(g->samples, hash, 0, item_value(it), item_n_stored(it));
        note_enough_locked(g, false);
    }
    lock_give(&g->lock);
}

/* Is the first dictionary due, or has the present one become worse? */
static bool
is_due_locked(struct training *g, uint64_t now)
{
    lock_must_own(&g->lock);
    struct cold *cold = g->store->cold;
    if (cold_compression(cold) == STORE_COMPRESSION_OFF || !budget_may(&cold->budget, now) ||
        dict_max(g->store) < TRAINER_DICT_MIN || g->samples != NULL || g->busy)
        return false;
    uint32_t slot = atomic_load_explicit(&cold->slot, memory_order_relaxed);
    const struct codec *codec = codec_of(cold_compression(cold));
    if (g->last_ns != 0 && g->last == codec && now - g->last_ns < BETWEEN_NS)
        return false; /* else the operator has chosen another codec */
    if (slot == DICTIONARY_NONE || !is_of_codec(g->store, codec))
        return true;
    uint32_t ratio = atomic_load_explicit(&cold->ratio, memory_order_relaxed);
    return g->ratio != 0 && ratio * 100 >= g->ratio * WORSE_PCT;
}

/* Notes what the new dictionary's values take, with which later means are compared. */
static void
note_settled_locked(struct training *g, uint64_t now)
{
    lock_must_own(&g->lock);
    if (g->ratio == 0 && !g->busy && g->last_ns != 0 && now - g->last_ns >= SETTLE_NS)
        g->ratio = atomic_load_explicit(&g->store->cold->ratio, memory_order_relaxed);
}

/* ---- flushes, and retired dictionaries ------------------------------------- */

static void
discard_samples_locked(struct training *g)
{
    lock_must_own(&g->lock);
    g->ready = false; /* the thread may not have taken them yet */
    atomic_store_explicit(&g->gathers, false, memory_order_relaxed);
    sample_free(&g->samples);
}

/* Returns the dictionary that the caller retires. */
static uint32_t
forget_flushed_locked(struct training *g)
{
    lock_must_own(&g->lock);
    struct store *store = g->store;
    uint64_t flushed =
        atomic_load_explicit(&arena_superblock(&store->arena)->flush_seq, memory_order_acquire);
    if (flushed == g->flushed)
        return DICTIONARY_NONE;
    g->flushed = flushed;
    discard_samples_locked(g);
    g->last_ns = 0;
    return cold_use(store, DICTIONARY_NONE, NULL);
}

/* Ends the gathering if compression was turned off, or it has taken too long; begins it if a dictionary is due. */
static void
tend_samples_locked(struct training *g, uint64_t now)
{
    struct store *store = g->store;
    lock_must_own(&g->lock);
    if (cold_compression(store->cold) == STORE_COMPRESSION_OFF)
        discard_samples_locked(g);
    note_settled_locked(g, now);
    if (g->samples != NULL && now - g->since_ns >= BETWEEN_NS)
        note_enough_locked(g, true);
    if (!demand_is_eighth_full(store) || !is_due_locked(g, now))
        return;
    size_t room = (size_t)dict_max(store) * ROOM_PER_DICTIONARY;
    g->samples = sample_new(room < SAMPLE_ROOM_MIN ? SAMPLE_ROOM_MIN : room, hash_seed ^ now);
    g->since_ns = now;
    atomic_store_explicit(&g->gathers, g->samples != NULL, memory_order_relaxed);
}

/* A retired dictionary is freed when nothing can name it: see slab/mem/epoch.h. */
static void
free_if_unused(struct training *g, struct store_thread *t, uint32_t slot)
{
    struct store *store = g->store;
    uint64_t now = epoch_now(t->epoch);
    if (dictionary_state(&store->dictionaries, slot) != DICTIONARY_RETIRED) {
        g->retired_epoch[slot] = g->unused_epoch[slot] = 0;
        return;
    }
    if (g->retired_epoch[slot] == 0)
        g->retired_epoch[slot] = now;
    /* Threads that had begun to pack with it have ended that, so that the number of referers only falls. */
    if (!epoch_passed(g->retired_epoch[slot], now))
        return;
    if (g->unused_epoch[slot] == 0 && forms_referers(store, slot) == 0)
        g->unused_epoch[slot] = now;
    /* Readers that had found an item with it have ended, too. */
    if (g->unused_epoch[slot] == 0 || !epoch_passed(g->unused_epoch[slot], now))
        return;
    /* The next dictionary in the slot may be retired before this function sees it live. */
    g->retired_epoch[slot] = g->unused_epoch[slot] = 0;
    cold_forget(store, slot);
    dictionary_free(&store->dictionaries, slot);
}

void
train_tend(struct store_thread *t)
{
    store_thread_must_be_outside(t);
    struct store *store = t->store;
    struct training *g = store->training;
    if (g == NULL)
        return;
    lock_take(&g->lock);
    uint32_t flushed = forget_flushed_locked(g);
    tend_samples_locked(g, clock_ns());
    bool busy = g->busy;
    lock_give(&g->lock);
    if (flushed != DICTIONARY_NONE)
        dictionary_retire(&store->dictionaries, flushed);
    /* A training compares with the present dictionary, whatever its state is now. */
    for (uint32_t slot = PACKED_PLAIN; slot < PACKED_SLOTS && !busy; slot++)
        free_if_unused(g, t, slot);
}

void
train_counts(struct store *store, struct train_counts *out)
{
    struct training *g = store->training;
    *out = (struct train_counts){0};
    if (g == NULL)
        return;
    lock_take(&g->lock);
    *out = g->counts;
    if (g->samples != NULL) {
        out->n_samples = g->samples->use[SAMPLE_TRAIN].n + g->samples->use[SAMPLE_HOLD_OUT].n;
        out->sample_bytes = sample_used(g->samples);
    }
    lock_give(&g->lock);
}
