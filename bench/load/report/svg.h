/*
 * svg: a plot with two axes and some lines, as an SVG for any browser.
 *
 * Threads: one for each plot.
 */
#ifndef BENCH_LOAD_REPORT_SVG_H
#define BENCH_LOAD_REPORT_SVG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct svg_point {
    double x, y;
};

struct svg_line {
    const char *name;
    const struct svg_point *points;
    size_t n;
};

struct svg_axis {
    const char *name;
    bool is_log;   /* y only: powers of ten */
    bool is_tails; /* x only: percentiles; each halving of the rest to 100 has the same width */
};

struct svg_plot {
    const char *title;
    struct svg_axis x, y;
    const struct svg_line *lines;
    size_t n_lines; /* at most SVG_LINES_MAX */
};

enum { SVG_LINES_MAX = 8 };

void svg_write(const struct svg_plot *, FILE *out);

#endif
