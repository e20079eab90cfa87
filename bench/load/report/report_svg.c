/*
 * report_svg: the two kinds of plot of --svg-file-prefix: latency by percentile,
 * and each second over time.
 */
#include "bench/load/report/report.h"

#include <math.h>
#include <stdlib.h>

#include "bench/load/report/svg.h"

enum { CURVE = 200 }; /* points of a percentile curve */

static size_t
curve(struct svg_point *points, const struct hist_sum *h)
{
    double last = 100 - 100 / (double)(h->n > 2 ? h->n : 2), halvings = -log2(1 - last / 100);
    for (int i = 0; i < CURVE; i++) {
        double percent = 100 * (1 - exp2(-halvings * i / (CURVE - 1)));
        points[i] = (struct svg_point){percent, (double)hist_percentile(h, percent) * 1e-6};
    }
    points[CURVE - 1].y = (double)hist_max(h) * 1e-6;
    return CURVE;
}

bool
report_svg_latency(const struct run *run, FILE *out)
{
    struct svg_line lines[TALLY_N_REQUESTS];
    struct svg_point *points = calloc((size_t)CURVE * TALLY_N_REQUESTS, sizeof *points);
    struct svg_plot plot = {.title = "Latency by percentile",
        .x = {"percentile", .is_tails = true},
        .y = {"milliseconds", .is_log = true},
        .lines = lines};
    if (points == NULL)
        return false;
    for (int i = 0; i < TALLY_N_REQUESTS; i++) {
        const struct hist_sum *h = &run->sum->row[i].latency;
        struct svg_point *at = points + (size_t)CURVE * plot.n_lines;
        if (h->n > 0)
            lines[plot.n_lines++] = (struct svg_line){tally_names[i], at, curve(at, h)};
    }
    svg_write(&plot, out);
    free(points);
    return true;
}

/*
 * Fills `points` with a value of each second, at its middle; a short last second
 * is left out, since it varies too much.
 */
static size_t
over_time(const struct run *run, struct svg_point *points, double (*what)(const struct run_second *))
{
    size_t n = 0;
    for (size_t i = 0; i < run->n_seconds; i++) {
        const struct run_second *s = &run->seconds[i];
        if (s->length_s >= 0.5 || run->n_seconds == 1)
            points[n++] = (struct svg_point){s->from_s + s->length_s / 2, what(s)};
    }
    return n;
}

static double
rate(const struct run_second *s)
{
    uint64_t n = 0;
    for (int i = 0; i < TALLY_N_REQUESTS; i++)
        n += s->n[i];
    return (double)n / s->length_s;
}

static double
median(const struct run_second *s)
{
    return (double)s->all_percentile_ns[0] * 1e-6;
}

static double
p99(const struct run_second *s)
{
    return (double)s->all_percentile_ns[2] * 1e-6;
}

static double
p999(const struct run_second *s)
{
    return (double)s->all_percentile_ns[3] * 1e-6;
}

static double
longest(const struct run_second *s)
{
    return (double)s->all_max_ns * 1e-6;
}

bool
report_svg_seconds(const struct run *run, bool is_latency, FILE *out)
{
    static const struct {
        const char *name;
        double (*what)(const struct run_second *);
    } latencies[] = {{"longest", longest}, {"p99.9", p999}, {"p99", p99}, {"median", median}},
      rates[] = {{"requests", rate}};
    struct svg_line lines[4];
    size_t n = is_latency ? 4 : 1;
    struct svg_point *points = calloc(n * run->n_seconds, sizeof *points);
    struct svg_plot plot = {
        .title = is_latency ? "Latency over time" : "Throughput over time",
        .x = {.name = "seconds"},
        .y = {is_latency ? "milliseconds" : "requests per second", .is_log = is_latency},
        .lines = lines,
        .n_lines = n,
    };
    if (points == NULL)
        return false;
    for (size_t i = 0; i < n; i++) {
        struct svg_point *at = points + i * run->n_seconds;
        lines[i] = (struct svg_line){is_latency ? latencies[i].name : rates[i].name, at,
            over_time(run, at, is_latency ? latencies[i].what : rates[i].what)};
    }
    svg_write(&plot, out);
    free(points);
    return true;
}
