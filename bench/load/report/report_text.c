#include "bench/load/report/report.h"

#include <stdlib.h>
#include <string.h>

#include "bench/load/options/options.h"

enum { COLUMN = 16, FIRST = 10 };

static void
print_rule(const struct options *o, char c, FILE *out)
{
    size_t n = FIRST + COLUMN * (5 + o->n_percentiles);
    while (n-- > 0)
        fputc(c, out);
    fputc('\n', out);
}

static void
print_head(const struct options *o, FILE *out)
{
    fprintf(out, "%-*s%*s%*s%*s%*s", FIRST, "Type", COLUMN, "Ops/sec", COLUMN, "Hits/sec", COLUMN,
        "Misses/sec", COLUMN, "Avg. Latency");
    for (unsigned i = 0; i < o->n_percentiles; i++) {
        char name[32];
        snprintf(name, sizeof name, "p%g Latency", o->percentiles[i]);
        fprintf(out, "%*s", COLUMN, name);
    }
    fprintf(out, "%*s\n", COLUMN, "KB/sec");
}

static void
print_row(const struct run *run, const char *name, const struct tally_sum_row *r, bool has_keys, FILE *out)
{
    double s = run->length_s;
    fprintf(out, "%-*s%*.2f", FIRST, name, COLUMN, (double)r->n / s);
    if (has_keys)
        fprintf(out, "%*.2f%*.2f", COLUMN, (double)r->n_hits / s, COLUMN, (double)r->n_misses / s);
    else
        fprintf(out, "%*s%*s", COLUMN, "---", COLUMN, "---");
    if (r->latency.n == 0) {
        for (unsigned i = 0; i <= run->o->n_percentiles; i++)
            fprintf(out, "%*s", COLUMN, "---");
    } else {
        fprintf(out, "%*.5f", COLUMN, hist_mean(&r->latency) * 1e-6);
        for (unsigned i = 0; i < run->o->n_percentiles; i++)
            fprintf(
                out, "%*.5f", COLUMN, (double)hist_percentile(&r->latency, run->o->percentiles[i]) * 1e-6);
    }
    fprintf(out, "%*.2f\n", COLUMN, (double)(r->n_sent + r->n_received) / 1024 / s);
}

/* Prints percentiles that become denser towards 100, as HdrHistogram prints them. */
static void
print_distribution(const char *name, const struct hist_sum *h, FILE *out)
{
    if (h->n == 0)
        return;
    double percent = 0;
    for (uint64_t last = 0, value;; last = value) {
        value = percent >= 100 ? hist_max(h) : hist_percentile(h, percent);
        if (value != last || percent >= 100)
            fprintf(out, "%-8s %9.5f %15.5f\n", name, (double)value * 1e-6, percent >= 100 ? 100 : percent);
        if (percent >= 100)
            return;
        double left = 100 - percent, halves = 1;
        while (left < 100 / halves && halves < 1e6)
            halves *= 2;
        percent = halves >= 1e6 ? 100 : percent + 100 / halves / 5;
    }
}

void
report_text(const struct run *run, const char *title, FILE *out)
{
    const struct options *o = run->o;
    struct tally_sum_row *total = malloc(sizeof *total);
    if (total == NULL)
        return; /* the numbers are in the other files */
    tally_total(total, run->sum);
    fprintf(out, "\n\n%s\n", title);
    print_rule(o, '=', out);
    print_head(o, out);
    print_rule(o, '-', out);
    for (int i = 0; i < TALLY_N_REQUESTS; i++)
        print_row(run, tally_names[i], &run->sum->row[i], i == TALLY_GETS, out);
    print_row(run, "Totals", total, true, out);
    if (OPTION_GIVEN(o, reconnect_interval) || OPTION_GIVEN(o, storm_interval) || o->reconnect_on_error)
        print_row(run, tally_names[TALLY_CONNECTS], &run->sum->row[TALLY_CONNECTS], false, out);
    free(total);
    if (o->hide_histogram)
        return;
    fprintf(out, "\n\nRequest Latency Distribution\n%-8s %9s %15s\n", "Type", "<= msec", "Percent");
    print_rule(o, '-', out);
    static const char *const names[] = {"SET", "GET", "WAIT"};
    for (int i = 0; i < TALLY_N_REQUESTS; i++) {
        print_distribution(names[i], &run->sum->row[i].latency, out);
        if (run->sum->row[i].n > 0)
            fputs("---\n", out);
    }
}

void
report_troubles(const struct run *run, FILE *out)
{
    uint64_t n_errors = 0, n_wrong = 0;
    for (int i = 0; i < TALLY_N_REQUESTS; i++) {
        n_errors += run->sum->row[i].n_errors;
        n_wrong += run->sum->row[i].n_wrong;
    }
    if (run->o->verify)
        fprintf(out, "\nVerified: %llu values, %llu of them wrong\n",
            (unsigned long long)run->sum->row[TALLY_GETS].n_hits, (unsigned long long)n_wrong);
    if (n_errors > 0)
        fprintf(out, "\nErrors: %llu requests, for example:\n", (unsigned long long)n_errors);
    for (int i = 0; i < WORKER_WORDS_MAX && run->words[i][0] != '\0'; i++)
        fprintf(out, "  %s\n", run->words[i]);
    if (run->sum->n_conn_errors > 0)
        fprintf(out, "\nFailed connections: %llu\n", (unsigned long long)run->sum->n_conn_errors);
    if (run->sum->n_lost > 0)
        fprintf(out, "\nRequests without a reply: %llu\n", (unsigned long long)run->sum->n_lost);
    if (run->sum->n_late > 0)
        fprintf(out,
            "\nRequests that were due but not sent, since no connection was free: %llu\n"
            "  (the table has their waiting times as latencies; more clients or a longer pipeline "
            "would send them)\n",
            (unsigned long long)run->sum->n_late);
    if (run->was_interrupted)
        fputs("\nInterrupted: the results end at that moment\n", out);
    if (run->why[0] != '\0')
        fprintf(out, "\nEnded early: %s\n", run->why);
}
