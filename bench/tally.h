/*
 * tally: what a thread has counted, and the sum over threads.
 *
 * A thread adds with plain stores and goes on; whoever wants to know sums up,
 * twice if it wants to know about the time between.
 *
 * Threads: one writes a struct tally, any reads it (base/counter.h); sums belong to who made them.
 */
#ifndef BENCH_TALLY_H
#define BENCH_TALLY_H

#include "base/counter.h"
#include "bench/hist.h"

/* The lines of the report. */
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
    counter n_conn_errors, n_lost; /* connections that broke; requests that were out on them */
    counter n_late;                /* requests that were due and never left */
};

struct tally_sum_row {
    uint64_t n, n_hits, n_misses, n_errors, n_wrong, n_sent, n_received;
    struct hist_sum latency;
};

/* Large: on the heap. */
struct tally_sum {
    struct tally_sum_row row[TALLY_N_KINDS];
    uint64_t n_conn_errors, n_lost, n_late;
};

extern const char *const tally_names[TALLY_N_KINDS]; /* "Sets", ... */

void tally_add(struct tally_sum *to, const struct tally *);
void tally_add_row(struct tally_sum_row *to, const struct tally_sum_row *);
void tally_since(struct tally_sum *to, const struct tally_sum *now, const struct tally_sum *before);

/* All requests as one row. */
void tally_total(struct tally_sum_row *to, const struct tally_sum *);

#endif
