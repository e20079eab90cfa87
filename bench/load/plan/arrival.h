/*
 * arrival: when the next request of an open loop is due.
 *
 * The times are drawn one after another and do not depend on the server: a worker
 * that is late sends every request that is due, and measures each latency from the
 * time that was drawn.  So the latencies include the delay of a stalled server.
 *
 * Threads: belongs to the thread that owns it.
 */
#ifndef BENCH_LOAD_PLAN_ARRIVAL_H
#define BENCH_LOAD_PLAN_ARRIVAL_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/load/plan/random.h"

struct arrival {
    double due_ns; /* since the start; a double, so that no fraction is lost */
    double gap_ns; /* mean time between two requests */
    bool is_poisson;
    uint64_t start_ns;
};

static inline void
arrival_start(struct arrival *a, double rate, bool is_poisson, uint64_t start_ns, struct random *r)
{
    *a = (struct arrival){.gap_ns = 1e9 / rate, .is_poisson = is_poisson, .start_ns = start_ns};
    /* A random first gap: otherwise all threads would send at the same moments. */
    a->due_ns = a->gap_ns * (is_poisson ? random_exponential(r) : random_unit(r));
}

static inline uint64_t
arrival_due(const struct arrival *a)
{
    return a->start_ns + (uint64_t)a->due_ns;
}

static inline void
arrival_next(struct arrival *a, struct random *r)
{
    a->due_ns += a->is_poisson ? a->gap_ns * random_exponential(r) : a->gap_ns;
}

#endif
