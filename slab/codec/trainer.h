/*
 * trainer: makes a dictionary from samples, if it is worth having.
 *
 * zstd's trainer (ZDICT, fastcover) selects stretches of the samples that are frequent in them.  `mask`
 * removes from these what only one value had.  For zstd, ZDICT adds the tables of its entropy coder,
 * which are statistics of all samples.  This is done in several ways.  The result is the dictionary with
 * which the held-out samples take the least memory.  The gate compares it with the present dictionary,
 * and with none.
 *
 * Sizes are those of chunks, because a value that is only a little smaller takes the same chunk.  The
 * caller knows the chunks and the sizes of an item's other parts, and gives a function.
 *
 * Samples that have nothing in common, or are too few, end with TRAINER_NOTHING; so do, before
 * anything is made from them, those on which the codec has no effect, such as random bytes.
 *
 * Time: 0.05 to 0.14 s for 512 KiB of samples and a dictionary of 32 KiB; it is bounded for any samples,
 * since the rounds of `mask` are.  Memory while it runs: 2.3 MiB for a dictionary of 32 KiB, which are
 * wiped, and 3.2 MiB that libzstd allocates.  Those have pieces of samples, too, and are freed as they are.
 *
 * Threads: one at a time in a process, because ZDICT has a global variable; under no lock.
 */
#ifndef SLAB_CODEC_TRAINER_H
#define SLAB_CODEC_TRAINER_H

#include "slab/codec/codec.h"
#include "slab/codec/sample.h"

enum {
    TRAINER_DICT_MIN = 1 << 10,
    TRAINER_DICT_MAX = 64 << 10,
    TRAINER_TRAIN_MIN = 64,   /* samples */
    TRAINER_HOLD_OUT_MIN = 4, /* samples */
    TRAINER_GATE_PCT = 97,    /* a new dictionary must make the values at least so small, or smaller */
};

enum trainer_outcome {
    TRAINER_ADOPT,   /* the dictionary passed the gate */
    TRAINER_REFUSE,  /* there is one, but it did not */
    TRAINER_NOTHING, /* these samples make no dictionary */
    TRAINER_NO_MEMORY,
};

struct trainer_job {
    const struct codec *codec;
    const struct samples *samples; /* no other thread uses them */
    const void *present;           /* the present dictionary, from codec->prepare_encode; NULL: none */
    size_t dict_max;               /* between the bounds above */
    size_t (*fit)(void *arg, size_t n_stored); /* bytes of the chunk for an item with such a value */
    void *arg;
};

/* What the held-out samples take together, in chunks. */
struct trainer_sums {
    uint64_t plain;   /* not compressed */
    uint64_t none;    /* without a dictionary */
    uint64_t present; /* with the present one; as `none` if there is none */
    uint64_t trained; /* with the new one */
};

struct trainer_result {
    enum trainer_outcome outcome;
    size_t n_dict; /* bytes of the dictionary; 0 unless ADOPT or REFUSE */
    struct trainer_sums sums;
    uint32_t n_train, n_hold_out; /* samples */
};

/*
 * Writes the dictionary to `dict`, which has room for dict_max bytes.  The same samples make the
 * same dictionary.
 */
MUST_USE struct trainer_result trainer_run(const struct trainer_job *, char *dict);

#endif
