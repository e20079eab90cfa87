/*
 * counters: sums of what threads count, each for itself, by class.
 *
 * A sum is over the threads that are and those that were: a thread that goes
 * leaves its counts behind.
 *
 * Threads: any.  Locks: threads_lock.
 */
#ifndef SLAB_CORE_COUNTERS_H
#define SLAB_CORE_COUNTERS_H

#include "base/counter.h"
#include "slab/store.h"

/* Counted per class: what store_counter names, and these. */
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

/* The same of what has no class (CLASS_NONE), and cheaper. */
uint64_t counters_without_class(struct store *, enum store_counter which);

#endif
