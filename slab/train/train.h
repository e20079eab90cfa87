/*
 * train: makes the dictionaries that values are packed with, and frees them.
 *
 * Movers offer values as samples: the hand those that it meets, and, before memory is full for the
 * first time, a visit of some pages (slab/reclaim/gather.h).  When there are enough, or after a minute, a
 * thread of its own trains a dictionary and measures it; one that passes the gate takes the place of the present one, which
 * is retired.  The hand packs anew what names a retired one, and once no item does, its place is freed.
 *
 *   due (train_due.h) -> gathering -> ready -> training (train_job.h) -> adopted or refused
 *
 * A flush retires all dictionaries and discards the samples: both have pieces of values.  Turning compression
 * off discards the samples.
 *
 * Threads: train_offer and train_tend: movers, the latter the first one; train_start and train_stop: the
 *          store's owner.
 * Locks:   LOCK_LEAF, for one value.
 */
#ifndef SLAB_TRAIN_TRAIN_H
#define SLAB_TRAIN_TRAIN_H

#include "slab/core/store_thread.h"

struct training;

/* Starts the thread.  false: out of memory, or the thread could not be started. */
MUST_USE bool train_start(struct store *);
void train_stop(struct store *);

/* Are samples wanted?  A hint: one relaxed load. */
bool train_gathers(const struct store *);

/* Offers the value of a live item, inside an epoch; the job that is due says whether a packed one is a sample. */
void train_offer(struct store_thread *, const struct item *, uint64_t hash);

/* Begins to gather if a dictionary is due, and ends it after a minute; retires after a flush; frees retired dictionaries. */
void train_tend(struct store_thread *);

/* For `stats cold`. */
struct train_counts {
    uint64_t n_samples, sample_bytes;         /* that are gathered now */
    uint64_t n_trained, n_adopted, n_refused; /* trainings; of these, with a dictionary in use, and without */
};
void train_counts(struct store *, struct train_counts *);

enum train_moment {
    TRAIN_WOKEN,   /* there are enough samples, and the thread is about to take them */
    TRAIN_TRAINED, /* the dictionary is made and not yet adopted */
};
#ifdef LARDER_CHECKS_FULL
/* called by the training thread; NULL except in tests */
extern void (*train_between)(enum train_moment);
#endif

#endif
