/*
 * hist: counts how often each latency occurred, to three significant digits.
 *
 * The layout is HdrHistogram's with 3 digits and a lowest value of 1, so that
 * its tools can read the output of hist_log.c: values below 2048 have a slot each,
 * and each doubling above has 1024.
 *
 *   slot 0..2047          the value itself
 *   slot 1024 * (b + 1) + i   the 1 << b values from (1024 + i) << b on; b >= 1, 0 <= i < 1024
 *
 * Values are nanoseconds; a value above HIST_MAX counts as HIST_MAX.
 *
 * Threads: one thread records, any thread reads: see base/counter.h.
 */
#ifndef BENCH_LOAD_RUN_HIST_H
#define BENCH_LOAD_RUN_HIST_H

#include <stddef.h>
#include <stdint.h>

#include "base/counter.h"

enum {
    HIST_HALF = 1024,    /* slots for each doubling */
    HIST_DOUBLINGS = 33, /* up to 2^43 ns, more than two hours */
    HIST_SLOTS = HIST_HALF * (HIST_DOUBLINGS + 1),
};

#define HIST_MAX (((uint64_t)2 * HIST_HALF << (HIST_DOUBLINGS - 1)) - 1)

/* The values that one thread has recorded. */
struct hist {
    counter sum;
    counter slot[HIST_SLOTS];
};

/* The values of several threads, up to one moment or between two. */
struct hist_sum {
    uint64_t n, sum;
    uint64_t slot[HIST_SLOTS];
};

static inline size_t
hist_slot(uint64_t value)
{
    if (value > HIST_MAX)
        value = HIST_MAX;
    unsigned doubling = 63 - (unsigned)__builtin_clzll(value | (2 * HIST_HALF - 1)) - 10;
    return doubling * HIST_HALF + (value >> doubling);
}

static inline void
hist_record(struct hist *h, uint64_t value)
{
    counter_add(&h->sum, value);
    counter_inc(&h->slot[hist_slot(value)]);
}

/* The lowest and the highest value of a slot. */
uint64_t hist_slot_low(size_t slot);
uint64_t hist_slot_high(size_t slot);

void hist_add(struct hist_sum *to, const struct hist *);
void hist_add_sum(struct hist_sum *to, const struct hist_sum *);

/* The values recorded since `before`. */
void hist_since(struct hist_sum *to, const struct hist_sum *now, const struct hist_sum *before);

/* The percentile, as the highest value of its slot; 0 if the histogram is empty. */
uint64_t hist_percentile(const struct hist_sum *, double percent);
uint64_t hist_min(const struct hist_sum *);
uint64_t hist_max(const struct hist_sum *);
double hist_mean(const struct hist_sum *);

#endif
