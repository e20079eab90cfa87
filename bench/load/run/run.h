/*
 * run: one whole test: it starts the threads, reads their tallies every second, and adds up the results.
 *
 * Threads: the main thread's.
 */
#ifndef BENCH_LOAD_RUN_RUN_H
#define BENCH_LOAD_RUN_RUN_H

#include <stdio.h>
#include <time.h>

#include "bench/load/plan/mix.h"
#include "bench/load/run/tally.h"
#include "bench/load/net/target.h"
#include "bench/load/net/server_stats.h"
#include "bench/load/run/worker.h"

enum { RUN_PERCENTILES = 4 };
extern const double run_percentiles[RUN_PERCENTILES]; /* the percentiles in the row of a second */

/*
 * The results of one second.  A reply may be counted in one second and its latency
 * in the next: the workers do not stop for us.
 */
struct run_second {
    double from_s, length_s; /* since the start of the run */
    uint64_t n[TALLY_N_KINDS], n_hits, n_misses, n_bytes, n_sent, n_received;
    uint64_t n_timed[TALLY_N_KINDS]; /* how many latencies the fields below are computed from */
    double mean_ns[TALLY_N_KINDS];
    uint64_t max_ns[TALLY_N_KINDS], min_ns[TALLY_N_KINDS];
    uint64_t percentile_ns[TALLY_N_KINDS][RUN_PERCENTILES];
    uint64_t all_n_timed;
    double all_mean_ns;
    uint64_t all_percentile_ns[RUN_PERCENTILES], all_max_ns, all_min_ns;
};

struct run_client {
    uint64_t n, n_hits, n_misses, sum_ns, max_ns;
};

struct run {
    const struct options *o;
    struct timespec started; /* CLOCK_REALTIME */
    double n_planned;        /* requests, unless --test-time is set */
    double length_s;
    bool was_interrupted;
    char why[300];         /* why it ended early; or "" */
    struct tally_sum *sum; /* over the whole run */
    struct run_second *seconds;
    size_t n_seconds;
    struct run_client *clients;
    char words[WORKER_WORDS_MAX][128]; /* error messages */
    double cpu_s;                      /* of our threads */
    struct server_stats before, after; /* the server's own counters, if they were read */
};

/* Callbacks during a run. */
struct run_listener {
    void (*begins)(void *context, struct run *); /* all clients are connected; each callback may be NULL */
    void (*second)(
        void *context, const struct run *, const struct tally_sum *since, const struct tally_sum *all);
    void (*ended)(void *context, struct run *); /* the run has ended and all connections are closed */
    void *context;
};

/*
 * False when out of memory, threads or descriptors.  A run that ended early has
 * its results so far, and the reason in `why`.  Call run_fini after it, whatever it
 * returns.
 */
MUST_USE bool run_do(struct run *, const struct options *, const struct target *, const struct mix *,
    unsigned number, const struct run_listener *, size_t n_listeners);
void run_fini(struct run *);

/* Ends the run early; for a signal handler. */
void run_interrupt(void);
bool run_is_interrupted(void);

#endif
