#include "bench/load/report/outputs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/load/run/hist_log.h"
#include "bench/load/options/options.h"
#include "bench/load/net/server_stats.h"

enum { ASKS_MAX = 5 };

static FILE *
open_file(struct outputs *out, const char *path)
{
    FILE *f = fopen(path, "w");
    if (f == NULL) {
        fprintf(stderr, "larder-bench: %s: %s\n", path, strerror(errno));
        out->is_bad = true;
    }
    return f;
}

static void
close_file(struct outputs *out, FILE **f)
{
    if (*f == NULL)
        return;
    out->is_bad |= fflush(*f) != 0 || ferror(*f);
    if (*f != stdout && fclose(*f) != 0)
        out->is_bad = true;
    *f = NULL;
}

static void
open_plots(struct outputs *out, const char *prefix)
{
    static const char *const names[OUTPUTS_PLOTS] = {"percentiles", "latency", "throughput"};
    char path[4096];
    for (int i = 0; i < OUTPUTS_PLOTS; i++) {
        snprintf(path, sizeof path, "%s-%s.svg", prefix, names[i]);
        out->plots[i] = open_file(out, path);
    }
}

bool
outputs_open(struct outputs *out, const struct options *o, const struct target *target)
{
    *out = (struct outputs){.o = o, .target = o->no_server_stats ? NULL : target, .line = {stderr, 0}};
    out->text = o->out_file != NULL ? open_file(out, o->out_file) : stdout;
    out->json = o->json_out_file != NULL ? open_file(out, o->json_out_file) : NULL;
    out->csv = o->csv_out_file != NULL ? open_file(out, o->csv_out_file) : NULL;
    out->clients = o->client_stats != NULL ? open_file(out, o->client_stats) : NULL;
    if (o->svg_file_prefix != NULL)
        open_plots(out, o->svg_file_prefix);
    if (out->is_bad)
        return false;
    if (out->json != NULL && !o->is_replay)
        report_json_begin(&out->writer, o, out->json);
    if (o->show_config)
        options_print(o, out->text);
    return true;
}

/* ---- during a run ---- */

static void
ask_before(void *context, struct run *run)
{
    struct outputs *out = context;
    server_stats_ask(&run->before, out->o, out->target);
}

/* A server's threads may count with a short delay, so we ask until two answers are equal. */
static void
ask_after(void *context, struct run *run)
{
    struct outputs *out = context;
    struct server_stats *now = &run->after;
    uint64_t n_before = UINT64_MAX;
    for (int i = 0; i < ASKS_MAX && run->before.is_known; i++) {
        server_stats_ask(now, out->o, out->target);
        if (!now->is_known || now->n_hits + now->n_misses + now->n_sets == n_before)
            return;
        n_before = now->n_hits + now->n_misses + now->n_sets;
    }
}

static void
log_second(void *context, const struct run *run, const struct tally_sum *since, const struct tally_sum *all)
{
    struct outputs *out = context;
    const struct run_second *s = &run->seconds[run->n_seconds - 1];
    (void)all;
    if (out->hist_log == NULL)
        return;
    if (run->n_seconds == 1)
        hist_log_head(out->hist_log, run->started);
    for (int i = 0; i < TALLY_N_KINDS; i++)
        if (!hist_log_line(out->hist_log, tally_names[i], s->from_s, s->length_s, &since->row[i].latency))
            out->is_bad = true;
}

bool
outputs_listeners(struct outputs *out, struct run_listener listeners[OUTPUTS_LISTENERS_MAX], size_t *n)
{
    *n = 0;
    out->line.number = ++out->number;
    if (!out->o->quiet)
        listeners[(*n)++] = report_progress(&out->line);
    if (out->target != NULL)
        listeners[(*n)++] = (struct run_listener){ask_before, NULL, ask_after, out};
    if (out->o->hdr_file_prefix == NULL)
        return true;
    char path[4096];
    snprintf(path, sizeof path, "%s_run_%u.hlog", out->o->hdr_file_prefix, out->number);
    out->hist_log = open_file(out, path);
    listeners[(*n)++] = (struct run_listener){.second = log_second, .context = out};
    return out->hist_log != NULL;
}

/* ---- after a run ---- */

static void
write_percentiles(struct outputs *out, const char *name, const struct hist_sum *h)
{
    char path[4096];
    snprintf(path, sizeof path, "%s_%s_run_%u.hgrm", out->o->hdr_file_prefix, name, out->number);
    FILE *f = h->n > 0 ? open_file(out, path) : NULL;
    if (f == NULL)
        return;
    hist_log_percentiles(f, h);
    close_file(out, &f);
}

void
outputs_run(struct outputs *out, const struct run *run)
{
    report_text(run, "ALL STATS", out->text);
    report_server_stats(run, out->text);
    report_troubles(run, out->text);
    fflush(out->text);
    if (out->csv != NULL)
        report_csv(run, out->number, out->csv);
    if (out->clients != NULL)
        report_clients(run, out->clients);
    close_file(out, &out->hist_log);
    if (out->o->hdr_file_prefix == NULL)
        return;
    struct tally_sum_row *total = malloc(sizeof *total);
    if (total == NULL) {
        out->is_bad = true;
        return;
    }
    tally_total(total, run->sum);
    write_percentiles(out, "FULL", &total->latency);
    write_percentiles(out, "SET", &run->sum->row[TALLY_SETS].latency);
    write_percentiles(out, "GET", &run->sum->row[TALLY_GETS].latency);
    write_percentiles(out, "WAIT", &run->sum->row[TALLY_WAITS].latency);
    free(total);
}

static void
write_plot(struct outputs *out, const struct run *run, int which)
{
    FILE *f = out->plots[which];
    if (which == 0 ? !report_svg_latency(run, f) : !report_svg_seconds(run, which == 1, f))
        out->is_bad = true;
}

/* The run with the highest (sign 1) or the lowest (-1) rate. */
static const struct run *
extreme(const struct run *runs, size_t n, double sign)
{
    const struct run *best = NULL;
    double best_rate = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t ops = 0;
        for (int k = 0; k < TALLY_N_REQUESTS; k++)
            ops += runs[i].sum->row[k].n;
        double rate = sign * (double)ops / runs[i].length_s;
        if (best == NULL || rate > best_rate) {
            best = &runs[i];
            best_rate = rate;
        }
    }
    return best;
}

/* Joins several runs to one that lasted as long as all of them: its rates are their means. */
static bool
add_up(struct run *to, const struct run *runs, size_t n)
{
    *to = (struct run){.o = runs[0].o, .started = runs[0].started, .sum = calloc(1, sizeof *to->sum)};
    for (size_t i = 0; to->sum != NULL && i < n; i++) {
        for (int k = 0; k < TALLY_N_KINDS; k++)
            tally_add_row(&to->sum->row[k], &runs[i].sum->row[k]);
        to->length_s += runs[i].length_s;
        to->cpu_s += runs[i].cpu_s;
    }
    return to->sum != NULL;
}

static void
tell(struct outputs *out, const struct run *run, const char *title)
{
    report_text(run, title, out->text);
    if (out->json != NULL)
        report_json_run(&out->writer, run, title);
}

void
outputs_all(struct outputs *out, const struct run *runs, size_t n)
{
    if (out->o->svg_file_prefix != NULL)
        for (int i = 0; i < OUTPUTS_PLOTS; i++)
            write_plot(out, &runs[n - 1], i);
    if (n == 1) {
        if (out->json != NULL)
            report_json_run(&out->writer, &runs[0], "ALL STATS");
        return;
    }
    struct run mean;
    char title[64];
    tell(out, extreme(runs, n, 1), "BEST RUN RESULTS");
    tell(out, extreme(runs, n, -1), "WORST RUN RESULTS");
    snprintf(title, sizeof title, "AGGREGATED AVERAGE RESULTS (%zu runs)", n);
    if (add_up(&mean, runs, n))
        tell(out, &mean, title);
    else
        out->is_bad = true;
    run_fini(&mean);
}

bool
outputs_close(struct outputs *out)
{
    if (out->json != NULL && out->writer.depth > 0)
        report_json_end(&out->writer);
    bool was_bad = out->is_bad;
    close_file(out, &out->text);
    close_file(out, &out->json);
    close_file(out, &out->csv);
    close_file(out, &out->clients);
    close_file(out, &out->hist_log);
    for (int i = 0; i < OUTPUTS_PLOTS; i++)
        close_file(out, &out->plots[i]);
    if (out->is_bad && !was_bad)
        fputs("larder-bench: an output file could not be written completely\n", stderr);
    return !out->is_bad;
}
