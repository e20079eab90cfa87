/*
 * outputs: every file that a test writes: opened before it begins, filled as it goes on and when it is over.
 *
 * A file that cannot be opened ends the test before it starts; one that could
 * not be written whole is said at the end.
 *
 * Threads: the main thread's.
 */
#ifndef BENCH_OUTPUTS_H
#define BENCH_OUTPUTS_H

#include <stdbool.h>
#include <stdio.h>

#include "base/must.h"
#include "bench/json.h"
#include "bench/report.h"

enum { OUTPUTS_PLOTS = 3 };

struct outputs {
    const struct options *o;
    const struct target *target; /* whom to ask for its counters; or NULL */
    FILE *text, *json, *csv, *clients, *hist_log;
    FILE *plots[OUTPUTS_PLOTS];
    struct json writer;
    struct report_line line;
    unsigned number; /* of the run, from 1 */
    bool is_bad;     /* something could not be written */
};

/* False, and why on standard error.  To be closed, whatever it returns. */
MUST_USE bool outputs_open(struct outputs *, const struct options *, const struct target *);

/* For the next run: whom it has to tell, and how many.  False if a file of its own cannot be opened. */
enum { OUTPUTS_LISTENERS_MAX = 3 };
MUST_USE bool outputs_listeners(
    struct outputs *, struct run_listener listeners[OUTPUTS_LISTENERS_MAX], size_t *n);

/* A run is over. */
void outputs_run(struct outputs *, const struct run *);

/* All are; `n` of them. */
void outputs_all(struct outputs *, const struct run *runs, size_t n);

/* False if something could not be written. */
MUST_USE bool outputs_close(struct outputs *);

#endif
