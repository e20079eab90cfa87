/* report_server_stats: prints the server's figures and the cost of our own threads. */
#include "bench/load/report/report.h"

#include "base/text/json.h"

static uint64_t
requests(const struct run *run)
{
    uint64_t n = 0;
    for (int i = 0; i < TALLY_N_REQUESTS; i++)
        n += run->sum->row[i].n;
    return n;
}

static double
share(uint64_t part, uint64_t rest)
{
    return part + rest > 0 ? 100 * (double)part / (double)(part + rest) : 0;
}

void
report_server_stats(const struct run *run, FILE *out)
{
    const struct server_stats *a = &run->before, *b = &run->after;
    double n = (double)requests(run);
    if (n == 0)
        return;
    fprintf(out, "\nClient: %.2f s of CPU, %.3f us per request\n", run->cpu_s, run->cpu_s * 1e6 / n);
    if (!a->is_known || !b->is_known)
        return;
    double cpu_s = b->user_s + b->system_s - a->user_s - a->system_s;
    fprintf(out, "Server: %.2f s of CPU, %.3f us per request (%.3f user, %.3f system); version %s\n", cpu_s,
        cpu_s * 1e6 / n, (b->user_s - a->user_s) * 1e6 / n, (b->system_s - a->system_s) * 1e6 / n,
        b->version);
    uint64_t hits = b->n_hits - a->n_hits, misses = b->n_misses - a->n_misses;
    fprintf(out, "        %llu hits, %llu misses (%.2f%% hits), %llu evictions; %llu items now\n",
        (unsigned long long)hits, (unsigned long long)misses, share(hits, misses),
        (unsigned long long)(b->n_evictions - a->n_evictions), (unsigned long long)b->n_items);
    if (b->rss > 0)
        fprintf(out, "        %.1f MiB resident, %.1f before%s", (double)b->rss / 1048576,
            (double)a->rss / 1048576, b->peak_rss > 0 ? "" : "\n");
    if (b->peak_rss > 0)
        fprintf(out, ", %.1f at most\n", (double)b->peak_rss / 1048576);
}

void
report_server_stats_json(struct json *j, const struct run *run)
{
    const struct server_stats *a = &run->before, *b = &run->after;
    uint64_t n = requests(run);
    if (!a->is_known || !b->is_known)
        return;
    double user = b->user_s - a->user_s, system = b->system_s - a->system_s;
    uint64_t hits = b->n_hits - a->n_hits, misses = b->n_misses - a->n_misses;
    json_open(j, "Server", '{');
    json_text(j, "Version", b->version);
    json_unsigned(j, "Process", (uint64_t)b->pid);
    json_real(j, "CPU seconds", user + system, 6);
    json_real(j, "CPU microseconds per operation", n > 0 ? (user + system) * 1e6 / (double)n : 0, 4);
    json_real(j, "User microseconds per operation", n > 0 ? user * 1e6 / (double)n : 0, 4);
    if (b->n_gets + b->n_sets > 0) {
        json_unsigned(j, "Gets", b->n_gets - a->n_gets);
        json_unsigned(j, "Sets", b->n_sets - a->n_sets);
    }
    json_unsigned(j, "Hits", hits);
    json_unsigned(j, "Misses", misses);
    json_real(j, "Hit percent", share(hits, misses), 4);
    json_unsigned(j, "Evictions", b->n_evictions - a->n_evictions);
    json_unsigned(j, "Items", b->n_items);
    json_unsigned(j, "RSS bytes", b->rss);
    json_unsigned(j, "RSS bytes before", a->rss);
    json_unsigned(j, "RSS bytes at most", b->peak_rss);
    json_close(j, '}');
}
