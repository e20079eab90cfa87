/*
 * leak_trend: distinguishes the steady growth of a memory pool from use that rises and falls.
 *
 * The caller measures a pool every GROWTH_EVERY_S, and subtracts the use that the connections and
 * items explain.  The last 64 samples are divided into eight runs, and the lowest sample of each
 * run counts, because memory that is freed from time to time has a low point now and then.  The
 * growth is steady if each low point is higher than the one before, if the last low point is
 * above all samples of the first run (so it is no chance), if at least a quarter of the growth is
 * in the second half (so it continues), and if it is at least `enough`.
 *
 * When there are 64 samples, each pair is replaced by its lower one, and from
 * then on a sample covers twice the time.  So slow growth is found too, hours or
 * weeks later, in the same memory.  A growth is reported once, and again only
 * after the pool has been as small as at the beginning of that growth.
 *
 * Threads: none; the caller's memory.
 */
#ifndef SERVER_MEMORY_LEAK_TREND_H
#define SERVER_MEMORY_LEAK_TREND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/must.h"

enum {
    GROWTH_EVERY_S = 15,
    GROWTH_SAMPLES = 64,
    GROWTH_RUNS = 8,
    GROWTH_LEAST = 32, /* samples needed for a result: eight minutes at first */
};

/* All zero to begin with. */
struct leak_trend {
    uint64_t sample[GROWTH_SAMPLES]; /* [0, n), oldest first */
    uint32_t n;
    uint32_t doublings; /* a sample is the lowest of 2^doublings measurements */
    uint32_t n_looks;   /* how many of these the next sample has so far */
    uint64_t least;     /* the lowest of them */
    bool reported;
    uint64_t reported_from; /* the size where that growth began */
};

struct leak_found {
    uint64_t from, to; /* bytes */
    uint64_t seconds;
};

/* Adds a measurement; true once, when the pool turns out to grow steadily. */
MUST_USE bool leak_trend_take(struct leak_trend *, uint64_t value, uint64_t enough, struct leak_found *);

#endif
