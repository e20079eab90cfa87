/*
 * report: what larder-bench prints about a run, during it and after it.
 *
 * The tables and the JSON have memtier_benchmark's layout, so that readers and
 * programs that know it find everything in its place.
 *
 * Threads: the main thread's.
 */
#ifndef BENCH_LOAD_REPORT_REPORT_H
#define BENCH_LOAD_REPORT_REPORT_H

#include <stdio.h>

#include "bench/load/run/run.h"

struct report_line {
    FILE *out;
    unsigned number; /* number of the run, from 1 */
};

/* A line for each second; on a terminal it replaces the line before. */
struct run_listener report_progress(struct report_line *);

/* The table, followed by the distribution unless --hide-histogram. */
void report_text(const struct run *, const char *title, FILE *out);

/* Errors, wrong values and lost requests, if there were any. */
void report_troubles(const struct run *, FILE *out);

/* The file of --json-out-file: its start, one or more runs with different titles, its end. */
struct json;
void report_json_begin(struct json *, const struct options *, FILE *out);
void report_json_run(struct json *, const struct run *, const char *title);
void report_json_end(struct json *);

/* The server's counters, CPU and memory, and our CPU. */
void report_server_stats(const struct run *, FILE *out);
void report_server_stats_json(struct json *, const struct run *);

/* One line for each second; before run 1 also the header. */
void report_csv(const struct run *, unsigned number, FILE *out);

/* Plots; false when out of memory. */
MUST_USE bool report_svg_latency(const struct run *, FILE *out); /* by percentile */
MUST_USE bool report_svg_seconds(
    const struct run *, bool is_latency, FILE *out); /* latency or rate over time */

/* One line for each client connection. */
void report_clients(const struct run *, FILE *out);

#endif
