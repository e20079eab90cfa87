/*
 * hist_log: writes histograms for HdrHistogram's own tools.
 *
 * A log (version 1.3) has a line for each second and kind of request: tag,
 * start, length, highest value, and the histogram itself: counts as zigzag
 * LEB128, runs of zeros as one negative number, deflated, in base64 (encoding
 * V2).  Values are nanoseconds, as those tools expect.
 *
 * Threads: one for each file.
 */
#ifndef BENCH_LOAD_RUN_HIST_LOG_H
#define BENCH_LOAD_RUN_HIST_LOG_H

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "base/must.h"
#include "bench/load/run/hist.h"

void hist_log_head(FILE *out, struct timespec start);

/* Writes one line unless the histogram is empty; false when out of memory. */
MUST_USE bool hist_log_line(
    FILE *out, const char *tag, double from_s, double length_s, const struct hist_sum *);

/* Writes the distribution of percentiles as text (.hgrm), in milliseconds. */
void hist_log_percentiles(FILE *out, const struct hist_sum *);

#endif
