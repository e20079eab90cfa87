/*
 * zipf: ranks 1 to n, rank k as often as k to the power of -s, for any s > 0.
 *
 * Rejection-inversion (Hoermann and Derflinger, "Rejection-inversion to
 * generate variates from monotone discrete distributions", 1996): exact, without
 * a table, and it draws about 1.1 random numbers for each rank.
 *
 * Threads: a struct zipf is only read once it is made.
 */
#ifndef BENCH_ZIPF_H
#define BENCH_ZIPF_H

#include "bench/random.h"

struct zipf {
    double s;
    double n;
    double low, high; /* the integral of the hat at its ends */
    double sure;      /* as near as this to its rank, a point is under the hat and no test is needed */
};

void zipf_init(struct zipf *, uint64_t n, double s); /* n > 0 */
uint64_t zipf_draw(const struct zipf *, struct random *);

#endif
