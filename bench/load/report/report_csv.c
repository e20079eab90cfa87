/* report_csv: the CSV of --csv-out-file, a line for each second. */
#include "bench/load/report/report.h"

void
report_csv(const struct run *run, unsigned number, FILE *out)
{
    if (number == 1) {
        fputs("run,from s,length s,sets,gets,waits,connects,requests per second,hits,misses,bytes "
              "received,bytes sent,"
              "mean ms",
            out);
        for (int i = 0; i < RUN_PERCENTILES; i++)
            fprintf(out, ",p%g ms", run_percentiles[i]);
        fputs(",longest ms\n", out);
    }
    for (size_t i = 0; i < run->n_seconds; i++) {
        const struct run_second *s = &run->seconds[i];
        uint64_t n = 0;
        fprintf(out, "%u,%.3f,%.3f", number, s->from_s, s->length_s);
        for (int k = 0; k < TALLY_N_KINDS; k++) {
            fprintf(out, ",%llu", (unsigned long long)s->n[k]);
            n += k < TALLY_N_REQUESTS ? s->n[k] : 0;
        }
        fprintf(out, ",%.2f,%llu,%llu,%llu,%llu,%.6f", (double)n / s->length_s, (unsigned long long)s->n_hits,
            (unsigned long long)s->n_misses, (unsigned long long)s->n_received, (unsigned long long)s->n_sent,
            s->all_mean_ns * 1e-6);
        for (int k = 0; k < RUN_PERCENTILES; k++)
            fprintf(out, ",%.6f", (double)s->all_percentile_ns[k] * 1e-6);
        fprintf(out, ",%.6f\n", (double)s->all_max_ns * 1e-6);
    }
}
