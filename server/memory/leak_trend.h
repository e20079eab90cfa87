/*
 * leak_trend: tells steady growth of a pool of memory from what comes and goes.
 *
 * A pool is looked at every GROWTH_EVERY_S, and what its use explains (its
 * connections, its items) has been taken off already.  Of the last 64 looks one
 * after the other eight runs are made, and of each the least counts: what is
 * given back at times has a low point now and then.  It grows steadily when each
 * low point is higher than the one before, the last run lies above all of the
 * first, so that it is no chance, a quarter of it came in the second half, so that it is
 * not over, and it is `enough`.
 *
 * When there are 64, each two become the lesser of them and from then on a
 * sample is twice as long: so what grows slowly is found too, hours or weeks
 * later, in the same memory.  It is told of once, and again only after it has
 * been back where it was told to have begun.
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
    GROWTH_LEAST = 32, /* samples that it takes to say anything: eight minutes at first */
};

/* All zero to begin with. */
struct leak_trend {
    uint64_t sample[GROWTH_SAMPLES]; /* [0, n), oldest first */
    uint32_t n;
    uint32_t doublings; /* a sample stands for 2^doublings looks */
    uint32_t n_looks;   /* of these, how many the next sample has */
    uint64_t least;     /* of them */
    bool told;
    uint64_t told_from; /* where that growth began */
};

struct leak_found {
    uint64_t from, to; /* bytes */
    uint64_t seconds;
};

/* Takes a look's value in; true once, when it turns out to grow steadily. */
MUST_USE bool leak_trend_take(struct leak_trend *, uint64_t value, uint64_t enough, struct leak_found *);

#endif
