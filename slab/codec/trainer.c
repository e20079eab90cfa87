/* trainer: makes a dictionary from samples, if it is worth having; see trainer.h. */
#define ZDICT_STATIC_LINKING_ONLY /* fastcover with the parameters below */
#include <zdict.h>

#include "slab/codec/trainer.h"
#include "slab/codec/mask.h"
#include "slab/layout.h"

#include <string.h>
#include <sys/mman.h>

enum {
    QUARTERS = 4,
    QUARTERS_MAX = 8,
    HEAD_MAX = 512,   /* zstd's tables before the contents */
    TABLE_BITS = 18,  /* of fastcover's table of strings */
    HASHED = 6,       /* bytes of these strings */
    LEVEL = 3,        /* by which ZDICT counts what its tables are for */
    PIECES = 16,      /* of all samples together, of SAMPLE_MAX bytes each, ... */
    PIECE_GAIN = 256, /* one of which must become smaller by a part of so many */
};

static_assert(TRAINER_DICT_MAX * QUARTERS_MAX / QUARTERS <= MASK_CONTENTS_MAX, "mask takes all contents");

/* A way to make a dictionary; each is best for some values. */
struct recipe {
    unsigned stretch;  /* bytes of what fastcover selects in one piece */
    unsigned quarters; /* contents, in quarters of a dictionary: more, if much of it is cut */
    bool cut;          /* masked bytes are cut out */
};

static const struct recipe recipes[] = {
    {1000, 4, false}, /* records */
    {1000, 1, false}, /* records of few fields: a distance in a small dictionary takes fewer bits */
    {200, 8, true},   /* words between random bytes */
};

struct trainer {
    const struct trainer_job *job;
    struct mask_source source;
    void *encoder;
    size_t *sizes;
    void *scratch;
    char *contents;
    char *made;   /* a dictionary, not yet known to be the best */
    char *packed; /* a value */
    size_t mapped;
};

static size_t
contents_max(const struct trainer_job *job)
{
    return job->dict_max * QUARTERS_MAX / QUARTERS;
}

/* All memory but ZDICT's own is one piece; `sizes` is its beginning. */
static bool
open_trainer(struct trainer *t, const struct trainer_job *job)
{
    const struct sample_set *train = &job->samples->use[SAMPLE_TRAIN];
    size_t n_sizes = train->n * sizeof(size_t), n_scratch = (mask_scratch(contents_max(job)) + 7) / 8 * 8;
    *t = (struct trainer){.job = job, .encoder = job->codec->encoder_new()};
    t->mapped = n_sizes + n_scratch + contents_max(job) + job->dict_max + SAMPLE_MAX;
    t->sizes = mmap(NULL, t->mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (t->sizes == MAP_FAILED)
        return false;
    t->scratch = t->sizes + train->n;
    t->contents = (char *)t->scratch + n_scratch;
    t->made = t->contents + contents_max(job);
    t->packed = t->made + job->dict_max;
    for (uint32_t i = 0; i < train->n; i++)
        t->sizes[i] = train->of[i].n;
    t->source =
        (struct mask_source){job->samples->bytes + train->from, t->sizes, train->n, job->samples->seed};
    return t->encoder != NULL;
}

static void
close_trainer(struct trainer *t)
{
    t->job->codec->encoder_free(t->encoder);
    if (t->sizes == MAP_FAILED)
        return;
    explicit_bzero(t->sizes, t->mapped);
    munmap(t->sizes, t->mapped);
}

/* A value's bytes in its chunk if it is packed, or plain if that does not pay. */
static size_t
fit_packed(struct trainer *t, const void *prepared, const char *value, size_t n)
{
    const struct trainer_job *job = t->job;
    size_t plain = job->fit(job->arg, n);
    unsigned char head[PACKED_HEAD_MAX];
    size_t n_head = packed_write(head, 0, (uint32_t)n);
    size_t n_packed = job->codec->compress(t->encoder, prepared, value, n, t->packed, SAMPLE_MAX);
    if (n_packed == 0 || n_head + n_packed >= n)
        return plain;
    size_t packed = job->fit(job->arg, n_head + n_packed);
    return plain - codec_gain(plain, packed);
}

static uint64_t
sum_packed(struct trainer *t, const void *prepared)
{
    const struct samples *s = t->job->samples;
    const struct sample_set *out = &s->use[SAMPLE_HOLD_OUT];
    uint64_t sum = 0;
    for (uint32_t i = 0; i < out->n; i++)
        sum += fit_packed(t, prepared, s->bytes + out->of[i].at, out->of[i].n);
    return sum;
}

static uint64_t
sum_plain(const struct trainer_job *job)
{
    const struct sample_set *out = &job->samples->use[SAMPLE_HOLD_OUT];
    uint64_t sum = 0;
    for (uint32_t i = 0; i < out->n; i++)
        sum += job->fit(job->arg, out->of[i].n);
    return sum;
}

/* Writes to `contents` what ZDICT selects of the samples; 0: nothing. */
static size_t
select_contents(struct trainer *t, const struct recipe *recipe)
{
    ZDICT_fastCover_params_t params = {.k = recipe->stretch,
        .d = HASHED,
        .f = TABLE_BITS,
        .accel = 1,
        .splitPoint = 1.0,
        .zParams = {.compressionLevel = LEVEL}};
    size_t n = ZDICT_trainFromBuffer_fastCover(t->contents, t->job->dict_max * recipe->quarters / QUARTERS,
        t->source.bytes, t->sizes, (unsigned)t->source.n, params);
    if (ZDICT_isError(n))
        return 0;
    size_t n_head = ZDICT_getDictHeaderSize(t->contents, n);
    if (ZDICT_isError(n_head))
        return 0;
    memmove(t->contents, t->contents + n_head, n - n_head);
    return n - n_head;
}

/* Writes zstd's head and the contents to `made`; 0: ZDICT makes none. */
static size_t
add_head(struct trainer *t, const char *contents, size_t n)
{
    ZDICT_params_t params = {.compressionLevel = LEVEL};
    n = ZDICT_finalizeDictionary(
        t->made, t->job->dict_max, contents, n, t->source.bytes, t->sizes, (unsigned)t->source.n, params);
    return ZDICT_isError(n) ? 0 : n;
}

/* Writes a dictionary for the codec to `made`; 0: none. */
static size_t
make_dictionary(struct trainer *t, const struct recipe *recipe)
{
    const struct trainer_job *job = t->job;
    size_t n = select_contents(t, recipe);
    if (n > 0)
        n = mask_unique(&t->source, t->contents, n, recipe->cut, t->scratch);
    if (n == 0)
        return 0;
    bool has_head = job->codec == &codec_zstd; /* other codecs take the contents alone */
    size_t room = job->dict_max - (has_head ? HEAD_MAX : 0);
    const char *contents = t->contents + (n > room ? n - room : 0); /* ZDICT puts the best to the end */
    n = n > room ? room : n;
    if (has_head)
        return add_head(t, contents, n);
    memcpy(t->made, contents, n);
    return n;
}

/* Makes a dictionary, and keeps it in `dict` if it is the best so far. */
static void
try_recipe(struct trainer *t, const struct recipe *recipe, char *dict, struct trainer_result *best)
{
    const struct codec *codec = t->job->codec;
    size_t n = make_dictionary(t, recipe);
    void *prepared = n != 0 ? codec->prepare_encode(t->made, n) : NULL;
    if (prepared == NULL)
        return;
    uint64_t sum = sum_packed(t, prepared);
    codec->encode_free(prepared);
    if (best->n_dict != 0 && sum >= best->sums.trained)
        return;
    MUST(n <= t->job->dict_max);
    memcpy(dict, t->made, n);
    best->n_dict = n;
    best->sums.trained = sum;
}

/* The gate.  A dictionary must also be better than none: the present one may have become worse than that. */
static enum trainer_outcome
judge(const struct trainer_result *r)
{
    if (r->n_dict == 0)
        return TRAINER_NOTHING;
    uint64_t before = r->sums.present < r->sums.none ? r->sums.present : r->sums.none;
    return r->sums.trained * 100 <= before * TRAINER_GATE_PCT ? TRAINER_ADOPT : TRAINER_REFUSE;
}

/*
 * Has the codec, without a dictionary, any effect on some samples in a row?  It has none on random bytes, from which a
 * dictionary would be made in vain, in a tenth of a second.
 */
static bool
is_promising(struct trainer *t)
{
    size_t n = 0;
    for (size_t i = 0; i < t->source.n; i++)
        n += t->sizes[i];
    if (n < PIECES * SAMPLE_MAX)
        return true;
    for (size_t i = 0; i < PIECES; i++) {
        const char *piece = t->source.bytes + (n - SAMPLE_MAX) / (PIECES - 1) * i;
        size_t to = t->job->codec->compress(t->encoder, NULL, piece, SAMPLE_MAX, t->packed, SAMPLE_MAX);
        if (to != 0 && to + SAMPLE_MAX / PIECE_GAIN <= SAMPLE_MAX)
            return true;
    }
    return false;
}

struct trainer_result
trainer_run(const struct trainer_job *job, char *dict)
{
    MUST(job->dict_max >= TRAINER_DICT_MIN && job->dict_max <= TRAINER_DICT_MAX);
    struct trainer_result r = {.outcome = TRAINER_NOTHING,
        .n_train = job->samples->use[SAMPLE_TRAIN].n,
        .n_hold_out = job->samples->use[SAMPLE_HOLD_OUT].n};
    if (r.n_train < TRAINER_TRAIN_MIN || r.n_hold_out < TRAINER_HOLD_OUT_MIN)
        return r;
    struct trainer t;
    if (open_trainer(&t, job)) {
        r.sums.plain = sum_plain(job);
        r.sums.none = sum_packed(&t, NULL);
        r.sums.present = job->present != NULL ? sum_packed(&t, job->present) : r.sums.none;
        size_t n_recipes = is_promising(&t) ? sizeof recipes / sizeof *recipes : 0;
        for (size_t i = 0; i < n_recipes; i++)
            try_recipe(&t, &recipes[i], dict, &r);
        r.outcome = judge(&r);
    } else {
        r.outcome = TRAINER_NO_MEMORY;
    }
    close_trainer(&t);
    return r;
}
