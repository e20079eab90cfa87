/*
 * zipf: draws ranks 1 to n, rank k with a frequency of k to the power of -s, for any s > 0.
 *
 * Rejection-inversion (Hoermann and Derflinger, "Rejection-inversion to
 * generate variates from monotone discrete distributions", 1996): exact, without
 * a table, with about 1.1 random numbers for each rank.
 *
 * Threads: a struct zipf is read-only once it is made.
 */
#ifndef BENCH_LOAD_PLAN_ZIPF_H
#define BENCH_LOAD_PLAN_ZIPF_H

#include "bench/load/plan/random.h"

struct zipf {
    double s;
    double n;
    double low, high; /* the integral of the hat at both ends */
    double sure;      /* a point this close to its rank is under the hat without a test */
};

void zipf_init(struct zipf *, uint64_t n, double s); /* n > 0 */
uint64_t zipf_draw(const struct zipf *, struct random *);

#endif
