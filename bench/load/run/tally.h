/*
 * tally: the counters of a thread, and the sum over threads.
 *
 * A worker adds with plain stores and never waits.  A reader adds up the threads'
 * tallies, and subtracts two such sums for the time between them.
 *
 * Threads: one writes a struct tally, any thread reads it (base/counter.h); a sum
 *          belongs to the thread that made it.
 */
#ifndef BENCH_LOAD_RUN_TALLY_H
#define BENCH_LOAD_RUN_TALLY_H

#include "base/counter.h"
#include "bench/load/run/hist.h"

/* The rows of the report. */
enum tally_kind {
    TALLY_SETS,
    TALLY_GETS,
    TALLY_WAITS,
    TALLY_CONNECTS,
    TALLY_N_KINDS,
    TALLY_N_REQUESTS = TALLY_CONNECTS
};

struct tally_row {
    counter n, n_hits, n_misses, n_errors, n_wrong;
    counter n_sent, n_received; /* bytes */
    struct hist latency;
};

struct tally {
    struct tally_row row[TALLY_N_KINDS];
    counter n_conn_errors, n_lost; /* failed connections; requests that were outstanding on them */
    counter n_late;                /* requests that were due and never sent */
};

struct tally_sum_row {
    uint64_t n, n_hits, n_misses, n_errors, n_wrong, n_sent, n_received;
    struct hist_sum latency;
};

/* Large: allocate it on the heap. */
struct tally_sum {
    struct tally_sum_row row[TALLY_N_KINDS];
    uint64_t n_conn_errors, n_lost, n_late;
};

extern const char *const tally_names[TALLY_N_KINDS]; /* "Sets", ... */

void tally_add(struct tally_sum *to, const struct tally *);
void tally_add_row(struct tally_sum_row *to, const struct tally_sum_row *);
void tally_since(struct tally_sum *to, const struct tally_sum *now, const struct tally_sum *before);

/* Adds up all kinds of requests in one row. */
void tally_total(struct tally_sum_row *to, const struct tally_sum *);

#endif
