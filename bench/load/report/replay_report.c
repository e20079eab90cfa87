/* replay_report: prints the results of a replay, and writes them as JSON. */
#include "bench/load/run/replay.h"

#include "base/text/json.h"
#include "bench/load/options/options.h"
#include "bench/load/plan/trace.h"

static double
ratio(uint64_t part, uint64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : 0;
}

static double
server_cpu_s(const struct replay *r)
{
    return r->after.user_s + r->after.system_s - r->before.user_s - r->before.system_s;
}

static double
mib(uint64_t bytes)
{
    return (double)bytes / 1048576;
}

void
replay_report(const struct replay *r, const struct options *o, const struct trace *t, FILE *out)
{
    fprintf(out, "%-14s%zu, of %llu copies; %zu lines skipped\n", "Requests", t->n,
        (unsigned long long)o->copies, t->n_skipped);
    fprintf(out, "%-14s%llu in %.2f s, %.0f per second\n", "Gets", (unsigned long long)r->n_gets, r->length_s,
        r->length_s > 0 ? (double)r->n_gets / r->length_s : 0);
    fprintf(out, "%-14s%.4f, in the second half %.4f\n", "Miss ratio", ratio(r->n_misses, r->n_gets),
        ratio(r->n_late_misses, r->n_late_gets));
    fprintf(out, "%-14s%llu values; %llu errors%s%s\n", "Wrong", (unsigned long long)r->n_wrong,
        (unsigned long long)r->n_errors, r->n_errors > 0 ? ", for example: " : "", r->error);
    fprintf(out, "%-14s%llu items, %.1f MiB of keys and values", "Items found",
        (unsigned long long)r->n_found, mib(r->n_payload));
    if (r->after.rss > 0)
        fprintf(out, ", %.3f of the resident memory", ratio(r->n_payload, r->after.rss));
    fputc('\n', out);
    if (r->after.is_known)
        fprintf(out, "%-14s%.2f us of CPU per get; %.1f MiB resident, %.1f at most; %llu evictions\n",
            "Server", r->n_gets > 0 ? server_cpu_s(r) * 1e6 / (double)r->n_gets : 0, mib(r->after.rss),
            mib(r->after.peak_rss), (unsigned long long)(r->after.n_evictions - r->before.n_evictions));
    if (r->why[0] != '\0')
        fprintf(out, "Ended early: %s\n", r->why);
}

void
replay_report_json(const struct replay *r, const struct options *o, const struct trace *t, FILE *out)
{
    struct json j;
    json_begin(&j, out, JSON_INDENT);
    json_unsigned(&j, "Requests", t->n);
    json_unsigned(&j, "Copies", o->copies);
    json_unsigned(&j, "Lines Left Out", t->n_skipped);
    json_unsigned(&j, "Gets", r->n_gets);
    json_unsigned(&j, "Misses", r->n_misses);
    json_real(&j, "Miss Ratio", ratio(r->n_misses, r->n_gets), 6);
    json_real(&j, "Miss Ratio Of Second Half", ratio(r->n_late_misses, r->n_late_gets), 6);
    json_unsigned(&j, "Wrong Values", r->n_wrong);
    json_unsigned(&j, "Errors", r->n_errors);
    json_unsigned(&j, "Items Still There", r->n_found);
    json_unsigned(&j, "Payload Bytes", r->n_payload);
    json_real(&j, "Seconds", r->length_s, 6);
    if (r->after.is_known) {
        json_unsigned(&j, "RSS bytes", r->after.rss);
        json_unsigned(&j, "RSS bytes at most", r->after.peak_rss);
        json_unsigned(&j, "Evictions", r->after.n_evictions - r->before.n_evictions);
        json_real(
            &j, "CPU microseconds per get", r->n_gets > 0 ? server_cpu_s(r) * 1e6 / (double)r->n_gets : 0, 4);
    }
    json_text(&j, "Ended Early", r->why);
    json_end(&j);
}
