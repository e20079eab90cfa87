/*
 * errand: one question over a connection of its own, waited for.
 *
 * Threads: whoever calls; it blocks, until the answer is whole or the time is over.
 */
#ifndef BENCH_ERRAND_H
#define BENCH_ERRAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/must.h"

struct options;
struct target;

/*
 * The server's counters as "STAT name value\r\n" lines, or as Redis's INFO has
 * them, with a zero behind.  False if there was no connection, no whole answer
 * in `wait_ms`, or no room for it.
 */
MUST_USE bool errand_ask_stats(
    const struct options *, const struct target *, char *text, size_t n_text, unsigned wait_ms);

#endif
