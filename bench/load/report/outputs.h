/*
 * outputs: the files that a test writes: opened before it starts, written during each run and after it.
 *
 * If a file cannot be opened, the test does not start; a write error is reported
 * at the end.
 *
 * Threads: the main thread's.
 */
#ifndef BENCH_LOAD_REPORT_OUTPUTS_H
#define BENCH_LOAD_REPORT_OUTPUTS_H

#include <stdbool.h>
#include <stdio.h>

#include "base/must.h"
#include "base/text/json.h"
#include "bench/load/report/report.h"

enum { OUTPUTS_PLOTS = 3 };

struct outputs {
    const struct options *o;
    const struct target *target; /* the server whose counters to read, or NULL */
    FILE *text, *json, *csv, *clients, *hist_log;
    FILE *plots[OUTPUTS_PLOTS];
    struct json writer;
    struct report_line line;
    unsigned number; /* number of the run, from 1 */
    bool is_bad;     /* a write has failed */
};

/*
 * Opens the files; false, with the reason on standard error.  Call outputs_close
 * after it, whatever it returns.
 */
MUST_USE bool outputs_open(struct outputs *, const struct options *, const struct target *);

/* Fills in the listeners of the next run and their number.  False if a file of that run cannot be opened. */
enum { OUTPUTS_LISTENERS_MAX = 3 };
MUST_USE bool outputs_listeners(
    struct outputs *, struct run_listener listeners[OUTPUTS_LISTENERS_MAX], size_t *n);

/* Writes the results of one run. */
void outputs_run(struct outputs *, const struct run *);

/* Writes the summary of all `n` runs. */
void outputs_all(struct outputs *, const struct run *runs, size_t n);

/* False if a write failed. */
MUST_USE bool outputs_close(struct outputs *);

#endif
