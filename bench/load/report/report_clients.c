/* report_clients: the CSV of --client-stats. */
#include "bench/load/report/report.h"

#include "bench/load/options/options.h"

void
report_clients(const struct run *run, FILE *out)
{
    const struct options *o = run->o;
    fputs("thread,client,requests,requests per second,hits,misses,mean latency ms,longest latency ms\n", out);
    for (size_t i = 0; i < o->threads * o->clients; i++) {
        const struct run_client *c = &run->clients[i];
        fprintf(out, "%zu,%zu,%llu,%.2f,%llu,%llu,%.6f,%.6f\n", i / o->clients, i % o->clients,
            (unsigned long long)c->n, (double)c->n / run->length_s, (unsigned long long)c->n_hits,
            (unsigned long long)c->n_misses, c->n > 0 ? (double)c->sum_ns / (double)c->n * 1e-6 : 0,
            (double)c->max_ns * 1e-6);
    }
}
