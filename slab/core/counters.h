/*
 * counters: sums of the counters that each thread has for itself, by class.
 *
 * A sum includes threads that have ended: a thread adds its counts to the store's when it is freed.
 *
 * Threads: any.
 * Locks:   threads_lock.
 */
#ifndef SLAB_CORE_COUNTERS_H
#define SLAB_CORE_COUNTERS_H

#include "base/counter.h"
#include "slab/store.h"

/* Counted per class: the rows of store_counter, and these. */
struct class_counters {
    counter n[STORE_N_COUNTERS];
    counter n_items, n_bytes; /* as two's complement: one thread links, another unlinks */
};

/* Adds `n` of a class to a sum that has one writer. */
void counters_add(struct class_counters *sum, const struct class_counters *n);

/* A class's counters since the start; under threads_lock. */
void counters_of_class(struct store *, uint32_t class_id, struct class_counters *sum);

/* A counter over all classes since the start; takes threads_lock. */
uint64_t counters_total(struct store *, enum store_counter which);

/* The same for events without a class (CLASS_NONE), and cheaper. */
uint64_t counters_without_class(struct store *, enum store_counter which);

#endif
