/* larder-bench: reads the options, loads the server, and reports. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "bench/load/options/options.h"
#include "bench/load/report/outputs.h"
#include "bench/load/run/replay.h"
#include "bench/load/run/run.h"
#include "bench/load/plan/trace.h"

enum { EXIT_TROUBLE = 1, EXIT_USAGE = 2, EXIT_WRONG_VALUES = 3 };

static void
on_signal(int number)
{
    (void)number;
    run_interrupt();
}

/* Ctrl-C ends the run and prints the results so far; a second one ends the program. */
static void
catch_signals(void)
{
    struct sigaction a = {.sa_handler = on_signal, .sa_flags = (int)(SA_RESTART | SA_RESETHAND)};
    sigaction(SIGINT, &a, NULL);
    sigaction(SIGTERM, &a, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* Raises the limit of descriptors to the number of connections. */
static void
raise_limit(const struct options *o)
{
    struct rlimit r;
    rlim_t wanted = o->threads * (o->clients + 4) + o->copies + 64;
    if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur >= wanted)
        return;
    r.rlim_cur = r.rlim_max == RLIM_INFINITY || wanted < r.rlim_max ? wanted : r.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &r); /* if it fails, a connection that gets no descriptor reports it */
}

static int
status_of(const struct run *run)
{
    for (int i = 0; i < TALLY_N_REQUESTS; i++)
        if (run->sum->row[i].n_wrong > 0)
            return EXIT_WRONG_VALUES;
    return run->why[0] != '\0' ? EXIT_TROUBLE : EXIT_SUCCESS;
}

static void
print_plan(const struct options *o, FILE *out)
{
    fprintf(out, "%-9llu Threads\n%-9llu Connections per thread\n", (unsigned long long)o->threads,
        (unsigned long long)o->clients);
    if (OPTION_GIVEN(o, test_time))
        fprintf(out, "%-9llu Seconds\n", (unsigned long long)o->test_time);
    else if (o->requests != OPTIONS_ALL_KEYS)
        fprintf(out, "%-9llu Requests per client\n", (unsigned long long)o->requests);
}

static int
run_once(struct run *run, struct outputs *out, const struct target *target, const struct mix *mix)
{
    const struct options *o = out->o;
    struct run_listener listeners[OUTPUTS_LISTENERS_MAX];
    size_t n_listeners;
    if (!outputs_listeners(out, listeners, &n_listeners))
        return EXIT_TROUBLE;
    if (!o->quiet)
        fprintf(stderr, "[RUN #%u] Connecting %llu clients...\n", out->number,
            (unsigned long long)mix->n_clients);
    bool is_ok = run_do(run, o, target, mix, out->number, listeners, n_listeners);
    if (!o->quiet)
        fputc('\n', stderr);
    if (!is_ok) {
        fputs("larder-bench: out of memory, threads or descriptors\n", stderr);
        return EXIT_TROUBLE;
    }
    if (run->why[0] != '\0')
        fprintf(stderr, "larder-bench: %s\n", run->why);
    return status_of(run);
}

static int
run_all(struct outputs *out, const struct target *target, const struct mix *mix)
{
    struct run *runs = calloc(out->o->run_count, sizeof *runs);
    int status = runs != NULL ? EXIT_SUCCESS : EXIT_TROUBLE;
    size_t n = 0, n_whole = 0;
    print_plan(out->o, out->text);
    while (n < out->o->run_count && status == EXIT_SUCCESS && (n == 0 || !runs[n - 1].was_interrupted)) {
        struct run *run = &runs[n++];
        status = run_once(run, out, target, mix);
        if (run->sum != NULL && run->n_seconds > 0) {
            outputs_run(out, run);
            n_whole = n;
        }
    }
    if (n_whole > 0)
        outputs_all(out, runs, n_whole);
    while (n > 0)
        run_fini(&runs[--n]);
    free(runs);
    return status;
}

static int
load(const struct options *o, const struct mix *mix)
{
    struct target target;
    struct outputs out;
    int status = EXIT_TROUBLE;
    bool is_open = outputs_open(&out, o, &target);
    if (is_open && target_init(&target, o, stderr)) {
        status = run_all(&out, &target, mix);
        target_fini(&target);
    }
    return outputs_close(&out) ? status : EXIT_TROUBLE;
}

static int
replay(const struct options *o)
{
    struct outputs out;
    struct target target;
    struct trace trace = {0};
    struct replay r;
    int status = EXIT_TROUBLE;
    bool is_open = outputs_open(&out, o, NULL);
    if (is_open && trace_read(&trace, o->trace, stderr) && target_init(&target, o, stderr)) {
        status = replay_do(&r, o, &target, &trace) ? EXIT_SUCCESS : EXIT_TROUBLE;
        replay_report(&r, o, &trace, out.text);
        if (out.json != NULL)
            replay_report_json(&r, o, &trace, out.json);
        if (status == EXIT_SUCCESS && r.n_wrong > 0)
            status = EXIT_WRONG_VALUES;
        target_fini(&target);
    }
    trace_fini(&trace);
    return outputs_close(&out) ? status : EXIT_TROUBLE;
}

int
main(int argc, char **argv)
{
    struct options o;
    struct mix mix;
    int status = EXIT_TROUBLE;

    switch (options_parse(&o, argc, argv, stdout, stderr)) {
    case OPTIONS_OK: break;
    case OPTIONS_SHOWN: options_fini(&o); return EXIT_SUCCESS;
    case OPTIONS_WRONG: options_fini(&o); return EXIT_USAGE;
    }
    catch_signals();
    raise_limit(&o);
    if (o.is_replay) {
        status = replay(&o);
        options_fini(&o);
        return status;
    }
    switch (mix_init(&mix, &o)) {
    case MIX_OK:
        status = load(&o, &mix);
        mix_fini(&mix);
        break;
    case MIX_NO_LIST:
        fprintf(stderr, "larder-bench: --data-size-list: \"%s\" is not SIZE:WEIGHT,...\n", o.data_size_list);
        status = EXIT_USAGE;
        break;
    case MIX_NO_MEMORY: fputs("larder-bench: out of memory\n", stderr); break;
    }
    options_fini(&o);
    return status;
}
