/*
 * report_json: the JSON of --json-out-file: memtier's names where it has them,
 * and larder-bench's own "Server" and "Client".
 */
#include "bench/load/report/report.h"

#include <stdlib.h>

#include "base/text/json.h"
#include "bench/load/options/options_row.h"

enum { MS_DIGITS = 6 };

static double
ms(uint64_t ns)
{
    return (double)ns * 1e-6;
}

static void
put_percentile(struct json *j, double percent, uint64_t ns)
{
    char name[32];
    snprintf(name, sizeof name, percent * 100 == (double)(long)(percent * 100) ? "p%.2f" : "p%.3f", percent);
    json_real(j, name, ms(ns), MS_DIGITS);
}

static void
put_latency(struct json *j, double mean_ns, uint64_t min_ns, uint64_t max_ns)
{
    json_real(j, "Average Latency", mean_ns * 1e-6, MS_DIGITS);
    json_real(j, "Min Latency", ms(min_ns), MS_DIGITS);
    json_real(j, "Max Latency", ms(max_ns), MS_DIGITS);
}

/* Writes each second; `kind` TALLY_N_KINDS: all requests. */
static void
put_seconds(struct json *j, const struct run *run, int kind)
{
    json_open(j, "Time-Serie", '{');
    for (size_t i = 0; i < run->n_seconds; i++) {
        const struct run_second *s = &run->seconds[i];
        bool is_all = kind == TALLY_N_KINDS;
        uint64_t n = is_all ? 0 : s->n[kind];
        for (int k = 0; is_all && k < TALLY_N_REQUESTS; k++)
            n += s->n[k];
        char name[24];
        snprintf(name, sizeof name, "%zu", i);
        json_open(j, name, '{');
        json_unsigned(j, "Count", n);
        json_real(j, "From", s->from_s, 6);
        json_real(j, "Length", s->length_s, 6);
        if (is_all) {
            json_unsigned(j, "Bytes RX", s->n_received);
            json_unsigned(j, "Bytes TX", s->n_sent);
            json_unsigned(j, "Hits", s->n_hits);
            json_unsigned(j, "Misses", s->n_misses);
        }
        if ((is_all ? s->all_n_timed : s->n_timed[kind]) > 0) {
            put_latency(j, is_all ? s->all_mean_ns : s->mean_ns[kind],
                is_all ? s->all_min_ns : s->min_ns[kind], is_all ? s->all_max_ns : s->max_ns[kind]);
            for (int k = 0; k < RUN_PERCENTILES; k++)
                put_percentile(
                    j, run_percentiles[k], is_all ? s->all_percentile_ns[k] : s->percentile_ns[kind][k]);
        }
        json_close(j, '}');
    }
    json_close(j, '}');
}

static void
put_row(struct json *j, const struct run *run, const char *name, const struct tally_sum_row *r, int kind)
{
    double s = run->length_s;
    json_open(j, name, '{');
    json_unsigned(j, "Count", r->n);
    json_real(j, "Ops/sec", (double)r->n / s, 2);
    json_real(j, "Hits/sec", (double)r->n_hits / s, 2);
    json_real(j, "Misses/sec", (double)r->n_misses / s, 2);
    json_unsigned(j, "Hits", r->n_hits);
    json_unsigned(j, "Misses", r->n_misses);
    json_unsigned(j, "Errors", r->n_errors);
    json_unsigned(j, "Wrong Values", r->n_wrong);
    json_real(j, "Latency", hist_mean(&r->latency) * 1e-6, MS_DIGITS);
    put_latency(j, hist_mean(&r->latency), hist_min(&r->latency), hist_max(&r->latency));
    json_real(j, "KB/sec", (double)(r->n_sent + r->n_received) / 1024 / s, 2);
    json_real(j, "KB/sec RX", (double)r->n_received / 1024 / s, 2);
    json_real(j, "KB/sec TX", (double)r->n_sent / 1024 / s, 2);
    put_seconds(j, run, kind);
    json_open(j, "Percentile Latencies", '{');
    for (unsigned i = 0; i < run->o->n_percentiles; i++)
        put_percentile(j, run->o->percentiles[i], hist_percentile(&r->latency, run->o->percentiles[i]));
    json_close(j, '}');
    json_close(j, '}');
}

static void
put_distribution(struct json *j, const char *name, const struct hist_sum *h)
{
    uint64_t seen = 0;
    json_open(j, name, '[');
    for (size_t i = 0; i < HIST_SLOTS && h->n > 0; i++) {
        if (h->slot[i] == 0)
            continue;
        seen += h->slot[i];
        json_open(j, NULL, '{');
        json_real(j, "<=msec", ms(hist_slot_high(i)), MS_DIGITS);
        json_real(j, "percent", 100 * (double)seen / (double)h->n, 5);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void
put_runtime(struct json *j, const struct run *run)
{
    double from_ms = (double)run->started.tv_sec * 1e3 + (double)run->started.tv_nsec * 1e-6;
    json_open(j, "Runtime", '{');
    json_unsigned(j, "Start time", (uint64_t)from_ms);
    json_unsigned(j, "Finish time", (uint64_t)(from_ms + run->length_s * 1e3));
    json_unsigned(j, "Total duration", (uint64_t)(run->length_s * 1e3));
    json_text(j, "Time unit", "MILLISECONDS");
    json_text(j, "Interrupted", run->was_interrupted ? "true" : "false");
    json_close(j, '}');
}

/* The costs of our own threads. */
static void
put_client(struct json *j, const struct run *run, uint64_t n)
{
    json_open(j, "Client", '{');
    json_real(j, "CPU seconds", run->cpu_s, 6);
    json_real(j, "CPU microseconds per operation", n > 0 ? run->cpu_s * 1e6 / (double)n : 0, 4);
    json_unsigned(j, "Connection Errors", run->sum->n_conn_errors);
    json_unsigned(j, "Lost Requests", run->sum->n_lost);
    json_unsigned(j, "Late Requests", run->sum->n_late);
    json_close(j, '}');
}

void
report_json_begin(struct json *j, const struct options *o, FILE *out)
{
    json_begin(j, out, JSON_INDENT);
    json_open(j, "configuration", '{');
    OPTION_EACH(row, &options_table)
    {
        if (row->type != ROW_SETTING)
            continue;
        char *text = option_text(&options_table, row, option_field_of(row, o));
        bool is_secret = row->id == OPTION_authenticate && text != NULL && *text != '\0';
        json_text(j, row->name, is_secret ? "(given)" : text == NULL ? "" : text);
        free(text);
    }
    json_close(j, '}');
}

void
report_json_run(struct json *j, const struct run *run, const char *title)
{
    struct tally_sum_row *total = malloc(sizeof *total);
    if (total == NULL)
        return;
    tally_total(total, run->sum);
    json_open(j, title, '{');
    put_runtime(j, run);
    for (int i = 0; i < TALLY_N_KINDS; i++)
        put_row(j, run, tally_names[i], &run->sum->row[i], i);
    put_row(j, run, "Totals", total, TALLY_N_KINDS);
    put_client(j, run, total->n);
    report_server_stats_json(j, run);
    free(total);
    if (!run->o->hide_histogram) {
        put_distribution(j, "SET", &run->sum->row[TALLY_SETS].latency);
        put_distribution(j, "GET", &run->sum->row[TALLY_GETS].latency);
        put_distribution(j, "WAIT", &run->sum->row[TALLY_WAITS].latency);
    }
    json_close(j, '}');
}

void
report_json_end(struct json *j)
{
    json_end(j);
}
