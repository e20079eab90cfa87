#include "slab/train/train.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/thread.h"
#include "slab/core/demand.h"
#include "slab/form/cold.h"
#include "slab/train/kind_end.h"
#include "slab/train/retired.h"
#include "slab/train/train_due.h"
#include "slab/form/value.h"

enum {
    ENOUGH = 14,    /* sixteenths of the room, or */
    ENOUGH_LATE = 4 /* so many after GATHER_NS, for a kind; for the shared one, any */
};

#define GATHER_NS UINT64_C(60000000000) /* samples are gathered for so long */
#define LOOK_NS   UINT64_C(10000000000) /* between two looks for kinds that have become light */

struct training {
    struct store *store;
    pthread_t id;
    struct lock lock;
    pthread_cond_t wake;
    bool stop, ready, busy;     /* [lock] */
    struct samples *samples;    /* [lock] NULL: none are wanted */
    struct train_job job;       /* [lock] what they are for */
    uint64_t began_ns;          /* [lock] when gathering began */
    uint64_t flushed;           /* [lock] the flush that all dictionaries are younger than */
    _Atomic bool gathers;       /* a hint; relaxed */
    struct train_past past;     /* [lock] */
    struct train_counts counts; /* [lock] */
    struct retired retired;     /* the first mover's, and when it last looked for light kinds */
    uint64_t looked_ns;
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

/* Packs with the dictionary in `slot` from now on, unless a flush came between, or compression was turned off. */
static bool
use(struct training *g, const struct train_job *job, uint32_t slot, struct probe *probe, uint64_t flushed,
    uint32_t *before)
{
    if (job->keys == TRAIN_KIND)
        return cold_use_for(g->store, job->kind, slot, probe, flushed, before);
    lock_take(&g->lock);
    bool good = flushed == g->flushed && cold_compression(g->store->cold) != STORE_COMPRESSION_OFF;
    if (good)
        *before = cold_use(g->store, slot, probe);
    lock_give(&g->lock);
    if (!good)
        probe_free(&probe);
    return good;
}

/* Puts a dictionary in the place of the present one, unless a flush came between.  false: no memory, or no room. */
static bool
adopt(struct training *g, const struct train_job *job, const char *dict, size_t n, uint64_t flushed)
{
    struct dictionaries *all = &g->store->dictionaries;
    uint32_t before = DICTIONARY_NONE, slot = DICTIONARY_NONE;
    struct probe *probe = probe_new((struct bytes){dict, n});
    if (probe != NULL)
        slot = dictionary_adopt(all, job->codec, dict, (uint32_t)n, train_due_most(g->store, job));
    if (slot == DICTIONARY_NONE) {
        probe_free(&probe);
        return false;
    }
    bool good = use(g, job, slot, probe, flushed, &before);
    if (!good)
        dictionary_retire(all, slot);
    if (before != DICTIONARY_NONE)
        dictionary_retire(all, before);
    return good;
}

/* The next training for these keys waits for a while. */
static void
note_trained(struct training *g, const struct train_job *job, bool adopted)
{
    struct cold *cold = g->store->cold;
    uint64_t now = clock_ns();
    if (job->keys == TRAIN_KIND)
        kind_dict_wait(&cold->kinds, job->kind, now, !adopted);
    if (!adopted)
        train_job_measure_anew(g->store, job);
    lock_take(&g->lock);
    g->busy = false;
    g->past.any_ns = now;
    if (job->keys != TRAIN_KIND) {
        g->past.shared_ns = now;
        g->past.codec = job->codec;
    }
    g->counts.n_trained++;
    g->counts.n_adopted += adopted;
    g->counts.n_refused += !adopted;
    lock_give(&g->lock);
}

/* Trains on the samples, which it frees. */
static void
train(struct training *g, const struct train_job *job, struct samples *samples, uint64_t flushed)
{
    uint64_t cpu_ns = budget_cpu_ns();
    char *dict = malloc(job->dict_max);
    struct trainer_result r = {.outcome = TRAINER_NO_MEMORY};
    if (dict != NULL)
        r = train_job_run(g->store, job, samples, dict);
    between(TRAIN_TRAINED);
    bool adopted = train_job_pays(g->store, job, &r) && adopt(g, job, dict, r.n_dict, flushed);
    if (dict != NULL)
        explicit_bzero(dict, job->dict_max);
    free(dict);
    sample_free(&samples);
    /* So a client that flushes again and again does not buy a training each time. */
    budget_spend(&g->store->cold->budget, budget_cpu_ns() - cpu_ns, clock_ns());
    note_trained(g, job, adopted);
}

/* NULL: a flush has discarded them. */
static struct samples *
take_samples(struct training *g, struct train_job *job, uint64_t *flushed)
{
    lock_take(&g->lock);
    struct samples *samples = g->ready ? g->samples : NULL;
    *flushed = g->flushed;
    *job = g->job;
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
            (void)lock_wait(&g->lock, &g->wake, clock_ns() + GATHER_NS);
        bool stop = g->stop;
        lock_give(&g->lock);
        if (stop)
            return NULL;
        between(TRAIN_WOKEN);
        uint64_t flushed;
        struct train_job job;
        struct samples *samples = take_samples(g, &job, &flushed);
        if (samples != NULL)
            train(g, &job, samples, flushed);
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

/* Hands the samples to the thread once they fill so many sixteenths of their room. */
static void
note_enough_locked(struct training *g, unsigned sixteenths)
{
    lock_must_own(&g->lock);
    size_t used = g->samples != NULL ? sample_used(g->samples) : 0;
    if (used == 0 || g->ready || g->busy)
        return;
    if (used < train_job_room(&g->job) / 16 * sixteenths && !sample_is_full(g->samples))
        return;
    g->ready = true;
    atomic_store_explicit(&g->gathers, false, memory_order_relaxed);
    pthread_cond_signal(&g->wake);
}

/* false: no samples are wanted. */
static bool
read_job(struct training *g, struct train_job *job)
{
    lock_take(&g->lock);
    bool wanted = g->samples != NULL && !g->ready;
    *job = g->job;
    lock_give(&g->lock);
    return wanted;
}

/* The value as clients see it; NULL: it is no sample for the job.  A large one is packed without a dictionary. */
static const char *
value_for(struct store_thread *t, const struct train_job *job, const struct item *it)
{
    if (item_n_value(it) > SAMPLE_MAX || (item_flags(it) & ITEM_CHAINED))
        return NULL;
    if (!(item_flags(it) & ITEM_FORM))
        return item_value(it);
    if (!job->packed || t->packer == NULL)
        return NULL;
    value_copy(t, it, t->packer->plain);
    return t->packer->plain;
}

void
train_offer(struct store_thread *t, const struct item *it, uint64_t hash)
{
    store_thread_must_be_inside(t);
    struct training *g = t->store->training;
    struct bytes key = bytes_of(item_key(it), it->nkey);
    struct train_job job;
    if (!pack_may(it) || !read_job(g, &job) || !train_job_wants(t->store, &job, key))
        return;
    const char *value = value_for(t, &job, it);
    if (value == NULL)
        return;
    lock_take(&g->lock);
    if (g->samples != NULL && !g->ready && g->job.number == job.number) {
        train_job_offer(&job, g->samples, key, hash, value, item_n_value(it));
        note_enough_locked(g, ENOUGH);
    }
    lock_give(&g->lock);
}

/* Nothing is gathered any more; any thread that has seen that it was finds no samples. */
static void
discard_samples_locked(struct training *g)
{
    lock_must_own(&g->lock);
    g->ready = false; /* the thread may not have taken them yet */
    atomic_store_explicit(&g->gathers, false, memory_order_relaxed);
    sample_free(&g->samples);
}

static void
begin(struct training *g, uint64_t now)
{
    struct train_job job;
    struct train_past past;
    lock_take(&g->lock);
    bool idle = g->samples == NULL && !g->busy;
    past = g->past;
    lock_give(&g->lock);
    if (!idle || !demand_is_eighth_full(g->store) || !train_due(g->store, &past, now, &job))
        return;
    struct samples *samples = sample_new(train_job_room(&job), hash_seed ^ now);
    lock_take(&g->lock);
    job.number = g->job.number + 1;
    g->job = job;
    g->samples = samples; /* only this thread begins to gather */
    g->began_ns = now;
    atomic_store_explicit(&g->gathers, samples != NULL, memory_order_relaxed);
    lock_give(&g->lock);
}

/* With compression off, no piece of a value is kept. */
static void
end_if_off(struct training *g)
{
    if (cold_compression(g->store->cold) != STORE_COMPRESSION_OFF)
        return;
    lock_take(&g->lock);
    discard_samples_locked(g);
    lock_give(&g->lock);
}

/* The samples did not come together in time: there are enough, or another dictionary has its turn. */
static void
end_late(struct training *g, uint64_t now)
{
    struct train_job job;
    lock_take(&g->lock);
    bool late = g->samples != NULL && !g->ready && now - g->began_ns >= GATHER_NS;
    if (late)
        note_enough_locked(g, g->job.keys == TRAIN_KIND ? ENOUGH_LATE : 0);
    late = late && !g->ready;
    job = g->job;
    if (late) {
        discard_samples_locked(g);
        g->past.any_ns = now;
        if (job.keys == TRAIN_REST)
            g->past.shared_ns = now;
    }
    lock_give(&g->lock);
    if (late && job.keys == TRAIN_KIND)
        kind_dict_wait(&g->store->cold->kinds, job.kind, now, false);
}

/* ---- flushes ---------------------------------------------------------------- */

/* Retires all dictionaries, and discards the samples, if there was a flush. */
static void
forget_flushed(struct training *g)
{
    struct store *store = g->store;
    struct dictionaries *all = &store->dictionaries;
    uint64_t flushed =
        atomic_load_explicit(&arena_superblock(&store->arena)->flush_seq, memory_order_acquire);
    uint8_t slots[KINDS_MAX];
    lock_take(&g->lock);
    bool same = flushed == g->flushed;
    g->flushed = flushed;
    uint32_t shared = DICTIONARY_NONE;
    if (!same) {
        discard_samples_locked(g);
        g->past = (struct train_past){0};
        shared = cold_use(store, DICTIONARY_NONE, NULL);
    }
    lock_give(&g->lock);
    if (same)
        return;
    size_t n = kind_dict_flush(&store->cold->kinds, flushed, slots);
    for (size_t i = 0; i < n; i++)
        dictionary_retire(all, slots[i]);
    if (shared != DICTIONARY_NONE)
        dictionary_retire(all, shared);
}

void
train_tend(struct store_thread *t)
{
    store_thread_must_be_outside(t);
    struct training *g = t->store->training;
    if (g == NULL)
        return;
    uint64_t now = clock_ns();
    forget_flushed(g);
    end_if_off(g);
    end_late(g, now);
    lock_take(&g->lock);
    bool busy = g->busy;
    lock_give(&g->lock);
    begin(g, now);
    if (!busy && now - g->looked_ns >= LOOK_NS) {
        g->looked_ns = now;
        kind_end_lightest(g->store);
    }
    /* A training compares with the present dictionary, whatever its state is now. */
    if (!busy)
        retired_free(&g->retired, t);
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
