/*
 * report: what is told of a run, while it goes on and when it is over.
 *
 * The tables and the JSON are laid out as memtier_benchmark's are, so that who
 * reads those, by eye or by program, finds everything at its place.
 *
 * Threads: the main thread's.
 */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <stdio.h>

#include "bench/run.h"

struct report_line {
    FILE *out;
    unsigned number; /* of the run, from 1 */
};

/* A line for each second, written over the one before if it goes to a terminal. */
struct run_listener report_progress(struct report_line *);

/* The table, and behind it the distribution unless --hide-histogram. */
void report_text(const struct run *, const char *title, FILE *out);

/* What was wrong, if anything: errors, wrong values, lost requests. */
void report_troubles(const struct run *, FILE *out);

/* The file of --json-out-file: begun, a run or several with different titles, ended. */
struct json;
void report_json_begin(struct json *, const struct options *, FILE *out);
void report_json_run(struct json *, const struct run *, const char *title);
void report_json_end(struct json *);

/* The server's counters, CPU and memory, and our CPU. */
void report_witness(const struct run *, FILE *out);
void report_witness_json(struct json *, const struct run *);

/* One line for each second; with a head before run 1. */
void report_csv(const struct run *, unsigned number, FILE *out);

/* Plots; false when out of memory. */
MUST_USE bool report_svg_latency(const struct run *, FILE *out); /* by percentile */
MUST_USE bool report_svg_seconds(
    const struct run *, bool is_latency, FILE *out); /* latency or rate over time */

/* One line for each client connection. */
void report_clients(const struct run *, FILE *out);

#endif
