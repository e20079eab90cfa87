#include "bench/load/report/report.h"

#include <unistd.h>

#include "bench/load/options/options.h"

static void
print_size(FILE *out, double per_s)
{
    static const char *const units[] = {"B", "KB", "MB", "GB"};
    int i = 0;
    for (; per_s >= 1024 && i < 3; i++)
        per_s /= 1024;
    fprintf(out, "%.2f%s/sec", per_s, units[i]);
}

static void
on_second(void *context, const struct run *run, const struct tally_sum *since, const struct tally_sum *all)
{
    const struct report_line *line = context;
    const struct run_second *s = &run->seconds[run->n_seconds - 1];
    const struct options *o = run->o;
    uint64_t n_all = 0, n = 0, bytes = 0, sum_ns = 0;
    for (int i = 0; i < TALLY_N_REQUESTS; i++) {
        n += since->row[i].n;
        n_all += all->row[i].n;
        bytes += all->row[i].n_sent + all->row[i].n_received;
        sum_ns += all->row[i].latency.sum;
    }
    bool is_last = !OPTION_GIVEN(o, test_time) && n > 0 && (double)n_all >= run->n_planned;
    if (run->n_seconds > 1 && s->length_s < 0.5 && !is_last)
        return; /* a short rest after the last full second has no useful rate */
    double percent = OPTION_GIVEN(o, test_time) ? 100 * run->length_s / (double)o->test_time
                                                : 100 * (double)n_all / run->n_planned;
    bool is_terminal = isatty(fileno(line->out));
    fprintf(line->out, "%s[RUN #%u %.0f%%, %3.0f secs] %2u threads: %11llu ops, %7.0f (avg: %7.0f) ops/sec, ",
        is_terminal ? "\r" : "", line->number, percent > 100 ? 100 : percent, run->length_s,
        (unsigned)o->threads, (unsigned long long)n_all, (double)n / s->length_s,
        (double)n_all / run->length_s);
    print_size(line->out, (double)s->n_bytes / s->length_s);
    fputs(" (avg: ", line->out);
    print_size(line->out, (double)bytes / run->length_s);
    fprintf(line->out, "), %5.2f (avg: %5.2f) msec latency%s", s->all_mean_ns * 1e-6,
        n_all > 0 ? (double)sum_ns / (double)n_all * 1e-6 : 0, is_terminal ? "" : "\n");
    fflush(line->out);
}

struct run_listener
report_progress(struct report_line *line)
{
    return (struct run_listener){.second = on_second, .context = line};
}
