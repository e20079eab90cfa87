/*
 * train_due: which dictionary is due.
 *
 *   none yet, or the operator has chosen another codec -> the shared one
 *   the shared one compresses worse than when it was new -> the shared one, at most once a minute
 *   a kind has much of the packed bytes                  -> the kind's, soon after the last training
 *   a kind's compresses worse                            -> the kind's, at most once a minute for each kind
 *
 * All dictionaries together have a 256th of the memory limit, of which one more shared one and one
 * more of a kind can always be made, so that a present one can be replaced.
 *
 * Threads: the first mover.
 */
#ifndef SLAB_TRAIN_TRAIN_DUE_H
#define SLAB_TRAIN_TRAIN_DUE_H

#include "slab/train/train_job.h"

/* What was trained last. */
struct train_past {
    uint64_t shared_ns,
        any_ns;          /* the end of the last training for the shared dictionary, and of any; 0: none */
    enum codec_id codec; /* of the former */
};

/* false: none is due. */
bool train_due(struct store *, const struct train_past *, uint64_t now_ns, struct train_job *);

/* Bytes that all dictionaries may have, with one for that job. */
uint64_t train_due_most(const struct store *, const struct train_job *);

#endif
