/*
 * train_job: one training: for which keys, with which codec, on which samples.
 *
 * Threads: the training thread runs it; any asks whether a value is a sample for it.
 */
#ifndef SLAB_TRAIN_TRAIN_JOB_H
#define SLAB_TRAIN_TRAIN_JOB_H

#include "slab/codec/trainer.h"
#include "slab/core/store_thread.h"

enum train_for {
    TRAIN_ALL,  /* the shared dictionary: of all keys */
    TRAIN_REST, /* likewise, of keys whose kind has no dictionary */
    TRAIN_KIND, /* a kind's: of its keys */
};

struct train_job {
    enum train_for keys;
    bool
        packed; /* values that are packed are samples, too; else only those of plain items, which are newer */
    uint64_t kind; /* the kind's hash (slab/codec/kind.h), or 0 */
    enum codec_id codec;
    uint32_t dict_max; /* bytes */
    uint64_t number;   /* of the job: each has another */
};

/* Bytes of samples that the job has room for. */
size_t train_job_room(const struct train_job *);

/* Is a value of that key a sample? */
bool train_job_wants(const struct store *, const struct train_job *, struct bytes key);

/* Offers a value of that key. */
void train_job_offer(
    const struct train_job *, struct samples *, struct bytes key, uint64_t hash, const char *value, size_t n);

/* No dictionary was better than the present one: what it does now counts as what it did when it was new. */
void train_job_measure_anew(struct store *, const struct train_job *);

/*
 * Trains; `dict` has room for dict_max bytes.  The new dictionary is compared with the present one of its keys, which
 * may be retired meanwhile, but is not freed.
 */
MUST_USE struct trainer_result train_job_run(
    struct store *, const struct train_job *, const struct samples *, char *dict);

/*
 * Is the result to be used?  It passed the trainer's gate; and one for a kind saves more memory than it takes: its
 * bytes, and what the codec makes of them.
 */
bool train_job_pays(const struct store *, const struct train_job *, const struct trainer_result *);

#endif
