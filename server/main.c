/* larderd: starts every part after those that it depends on, and stops them in the opposite order. */
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "server/cmd/cmd.h"
#include "server/auth/auth.h"
#include "server/auth/checker.h"
#include "server/text/cluster.h"
#include "server/process/daemon.h"
#include "server/serve/listener.h"
#include "server/memory/memory_limit.h"
#include "server/usage/memory_report.h"
#include "server/usage/leak_watch.h"
#include "server/cmd/trace.h"
#include "server/options/options.h"
#include "server/auth/password_input.h"
#include "server/watch/prefix.h"
#include "server/pressure/pressure.h"
#include "server/process/privileges.h"
#include "server/reload.h"
#include "server/rights.h"
#include "server/process/sandbox.h"
#include "server/server.h"
#include "server/sharing.h"
#include "server/process/service.h"
#include "server/signals.h"
#include "server/stats/stat_list.h"
#include "server/net/tls.h"
#include "server/serve/worker.h"
#include "slab/store.h"

enum { WHY_MAX = 512 };

struct larderd {
    struct options options;
    struct reload reload;
    struct daemon daemon;
    struct service service;
    struct server server;
    struct memory_limit memory;
    struct leak_watch leak_watch;
    struct event_base *base;
    struct signals *signals;
    struct event *second;
};

static int
failed(const char *why)
{
    LOG(LOG_ERROR, "%s", why);
    return EX_OSERR;
}

/* ---- steps: 0, or the status to exit with ---- */

/* Before larderd drops its privileges, because only root may be allowed to read the files. */
static int
load_certificates(struct larderd *d)
{
    char why[WHY_MAX];
    if (!d->options.tls)
        return 0;
    d->server.tls = tls_new(&d->options, why, sizeof why);
    if (d->server.tls != NULL)
        return 0;
    failed(why);
    return EX_USAGE;
}

/* Before larderd drops its privileges, because the kernel may require them for an alarm. */
static int
watch_host_memory(struct larderd *d)
{
    d->server.pressure = pressure_new(&d->options);
    return d->server.pressure != NULL ? 0 : failed("no memory to watch the host's memory");
}

static int
start_log(void)
{
    char why[WHY_MAX];
    int error = log_start();
    if (error == 0)
        return 0;
    snprintf(why, sizeof why, "cannot start the log thread: %s", strerror(error));
    return failed(why);
}

static int
start_process(struct larderd *d)
{
    server_must_be_main_thread(&d->server);
    log_set_verbosity((int)d->options.verbosity);
    service_init(&d->service);
    d->server.service = &d->service;
    clock_init();
    clock_follow(true);
    hash_seed_randomly();
    if (d->options.drop_privileges && !sandbox_exists())
        return failed("-o drop_privileges: this larderd was built without libseccomp");
    int status = privileges_raise_limits(&d->options);
    if (status == 0)
        status = load_certificates(d);
    if (status == 0)
        status = watch_host_memory(d);
    if (status == 0)
        status = privileges_drop(&d->options);
    if (status == 0)
        status = daemon_begin(&d->daemon, &d->options);
    return status != 0 ? status : start_log();
}

/* A watcher's connection was closed; its worker passed it to the watch thread long before. */
static void
on_watcher_left(void *arg, int fd, const struct address_peer *peer, const char *reason)
{
    struct server *s = arg;
    trace_conn(s, NULL, fd, peer, reason);
    server_conn_closed(s);
}

static struct watch *
make_watch(struct server *s)
{
    const struct watch_options o = {
        .n_rings = (int)s->options->threads,
        .ring_bytes = s->options->worker_logbuf,
        .buffer_bytes = s->options->watcher_logbuf,
        .wanted = &s->traced,
        .left = on_watcher_left,
        .arg = s,
    };
    return watch_new(&o);
}

/* As memcached does, larderd continues with a warning if memory cannot be locked. */
static struct store *
open_store(struct store_options *engine, char *why, size_t n_why)
{
    struct store *s = store_new(engine, why, n_why);
    if (s != NULL || !engine->lock_memory)
        return s;
    LOG(LOG_ERROR, "cannot lock memory, continuing without -k: %s", why);
    engine->lock_memory = false;
    return store_new(engine, why, n_why);
}

/* An invalid list was already refused with the options. */
static int
make_cluster(struct larderd *d)
{
    struct server *s = &d->server;
    s->cluster = cluster_new();
    const char *list = d->options.cluster;
    if (s->cluster == NULL)
        return failed("no memory for the list of the cluster");
    if (list == NULL || cluster_set_list(s->cluster, list, (uint32_t)time(NULL)) == CLUSTER_OK)
        return 0;
    return failed("no memory for the list of the cluster");
}

/* The store has freed memory: requests that wait for memory are tried again.  Any thread. */
static void
wake_starved(void *arg)
{
    struct server *s = arg;
    lock_take(&s->looking);
    MUST(s->stopping || s->n_workers <= (int)s->options->threads);
    for (int i = 0; !s->stopping && i < s->n_workers; i++) /* `stopping` is set before workers are freed */
        worker_wake_starved(s->workers[i]);
    lock_give(&s->looking);
}

static int
make_server(struct larderd *d)
{
    server_must_be_main_thread(&d->server);
    struct server *s = &d->server;
    struct options *o = &d->options;
    char why[WHY_MAX] = "no memory for the server";
    struct store_options engine = options_for_store(o);
    engine.hooks = (struct store_hooks){&s->traced, trace_evicted, trace_page_moved, wake_starved, s};
    s->options = o;
    s->tables = &rights_tables;
    s->auth = auth_new(o, why, sizeof why);
    if (s->auth == NULL) {
        (void)failed(why);
        return EX_CONFIG;
    }
    s->store = open_store(&engine, why, sizeof why);
    if (s->store == NULL)
        return failed(why);
    memory_limit_init(&d->memory, s->store, o->memory_limit, o->item_size_max);
    s->memory = &d->memory;
    s->leak_watch = &d->leak_watch;
    sharing_apply(s);
    store_set_partial_bound(s->store, o->body_memory);
    cmd_slabs_apply_automove(s);
    s->workers = calloc(o->threads, sizeof *s->workers);
    s->conn_sets = calloc(o->threads, sizeof *s->conn_sets);
    s->stat_lists = calloc(o->threads, sizeof *s->stat_lists);
    s->prefixes = prefix_new(o->prefix_delimiter);
    s->watch = make_watch(s);
    if (s->workers == NULL || s->conn_sets == NULL || s->stat_lists == NULL || s->prefixes == NULL ||
        s->watch == NULL)
        return failed("no memory for the server");
    if (options_given(o, OPTION_prefix_delimiter))
        atomic_fetch_or_explicit(&s->traced, TRACED_DETAIL, memory_order_relaxed);
    return 0;
}

/*
 * Sets the timer to the beginning of the next second.  The timer repeats by
 * itself: if a new interval cannot be set, the old one stays.
 */
static bool
schedule_second(struct larderd *d)
{
    uint64_t us = clock_until_tick_ns() / 1000;
    struct timeval wait = {.tv_sec = (time_t)(us / 1000000), .tv_usec = (suseconds_t)(us % 1000000)};
    return event_add(d->second, &wait) == 0;
}

static void
on_second(evutil_socket_t fd, short what, void *arg)
{
    struct larderd *d = arg;
    (void)fd;
    (void)what;
    server_must_be_main_thread(&d->server);
    clock_advance();
    store_tick(d->server.store);
    leak_watch_tick(&d->leak_watch, &d->server);
    (void)schedule_second(d);
}

static int
make_main_loop(struct larderd *d)
{
    server_must_be_main_thread(&d->server);
    d->base = event_base_new();
    if (d->base == NULL)
        return failed("libevent cannot wait for events on this system");
    d->signals = signals_new(&d->server, d->base);
    d->second = event_new(d->base, -1, EV_PERSIST, on_second, d);
    if (d->signals == NULL || d->second == NULL || !schedule_second(d))
        return failed("no memory for the main loop");
    if (!pressure_start(d->server.pressure, &d->server, d->base))
        return failed("no memory for the timer of memory pressure");
    return 0;
}

static int
bind_sockets(struct larderd *d)
{
    server_must_be_main_thread(&d->server);
    char why[WHY_MAX];
    d->server.listener = listener_new(&d->server, d->base, why, sizeof why);
    if (d->server.listener == NULL)
        return failed(why);
    d->server.sockets = listener_sockets(d->server.listener);
    return 0;
}

static int
start_checker(struct larderd *d)
{
    char why[WHY_MAX];
    struct server *s = &d->server;
    if (auth_rights_at_first(s->auth) != RIGHTS_BEFORE_LOGIN)
        return 0;
    s->checker = checker_start(why, sizeof why);
    return s->checker != NULL ? 0 : failed(why);
}

static int
start_workers(struct larderd *d)
{
    server_must_be_main_thread(&d->server);
    char why[WHY_MAX];
    struct server *s = &d->server;
    for (; s->n_workers < (int)d->options.threads; s->n_workers++) {
        s->workers[s->n_workers] = worker_start(s, s->n_workers, why, sizeof why);
        if (s->workers[s->n_workers] == NULL)
            return failed(why);
    }
    return 0;
}

/* Subtracts the memory of the process, without items and connections, from -m; the store gets the rest. */
static int
count_process(struct larderd *d)
{
    memory_limit_set_process(&d->memory, memory_report_process(&d->server));
    return 0;
}

/* After all steps that need more system calls than serving does: the pidfile, the terminal. */
static int
enter_sandbox(struct larderd *d)
{
    char why[WHY_MAX];
    if (!d->options.drop_privileges)
        return 0;
    return sandbox_enter(why, sizeof why) ? 0 : failed(why);
}

static bool
drained(const struct server *s)
{
    for (int i = 0; i < s->n_workers; i++)
        if (!worker_drained(s->workers[i]))
            return false;
    return true;
}

/*
 * Waits until the requests that have arrived are answered and the connections
 * are closed, for at most -o stop_grace.
 */
static void
drain(struct larderd *d)
{
    server_must_be_main_thread(&d->server);
    uint64_t until_ns = clock_ns() + d->options.stop_grace_s * UINT64_C(1000000000);
    for (int i = 0; i < d->server.n_workers; i++)
        worker_drain(d->server.workers[i]);
    /* Workers and signals wake the loop up, and so does the clock once a second. */
    while (!drained(&d->server) && signals_want_grace(d->signals) && clock_ns() < until_ns)
        if (event_base_loop(d->base, EVLOOP_ONCE) != 0)
            return;
}

static int
serve(struct larderd *d)
{
    listener_start(d->server.listener);
    for (int i = 0; i < d->server.n_workers; i++)
        worker_serve(d->server.workers[i]);
    int status = daemon_ready(&d->daemon);
    if (status == 0)
        status = enter_sandbox(d);
    if (status == 0 && !service_ready(&d->service, d->base))
        status = failed("no memory for the watchdog");
    if (status == 0 && event_base_dispatch(d->base) != 0)
        status = failed("the main loop ended");
    service_stopping(&d->service);
    listener_stop(d->server.listener);
    if (status == 0 && signals_want_grace(d->signals))
        drain(d);
    return status;
}

/* ---- stop ---- */

static void
stop_workers(struct larderd *d)
{
    server_must_be_main_thread(&d->server);
    struct server *s = &d->server;
    lock_take(&s->looking);
    s->stopping = true;
    lock_give(&s->looking);
    for (int i = 0; i < s->n_workers; i++)
        worker_stop(s->workers[i]);
    for (int i = 0; i < s->n_workers; i++)
        worker_join(s->workers[i]);
    while (s->n_workers > 0) /* no worker runs, so none looks at another's connections (conn_memory.c) */
        worker_free(&s->workers[--s->n_workers]);
    checker_stop(&s->checker); /* its queue is empty, because the workers have closed all connections */
    if (s->watch != NULL)
        watch_stop(s->watch);
}

static void
free_main_loop(struct larderd *d)
{
    if (d->second != NULL)
        event_free(d->second);
    pressure_free(&d->server.pressure);
    signals_free(&d->signals);
    service_fini(&d->service);
    if (d->base != NULL)
        event_base_free(d->base);
}

static void
free_server(struct larderd *d)
{
    struct server *s = &d->server;
    auth_free(&s->auth);
    cluster_free(&s->cluster);
    prefix_free(&s->prefixes);
    for (uint32_t i = 0; s->stat_lists != NULL && i < d->options.threads; i++)
        stat_list_fini(&s->stat_lists[i]);
    free(s->stat_lists);
    free(s->conn_sets);
    free(s->workers);
    if (s->store != NULL) {
        memory_limit_fini(&d->memory);
        store_free(&s->store); /* until its movers have ended they may call wake_starved */
    }
    lock_fini(&s->looking);
    tls_free(&s->tls);
    watch_free(&s->watch); /* last, because the engine reports evictions until it is freed */
}

static int
run(struct larderd *d)
{
    static int (*const steps[])(struct larderd *) = {
        start_process,
        make_cluster,
        make_server,
        make_main_loop,
        bind_sockets,
        start_checker,
        start_workers,
        count_process,
        serve,
    };
    int status = 0;
    owner_take(&d->server.main);
    lock_init(&d->server.looking, LOCK_LISTENER);
    d->server.reload = &d->reload;
    if (!reload_settings_init(&d->reload, &d->options))
        status = failed("no memory for the settings");
    for (size_t i = 0; i < sizeof steps / sizeof *steps && status == 0; i++)
        status = steps[i](d);
    stop_workers(d);
    listener_free(&d->server.listener);
    free_main_loop(d);
    free_server(d);
    daemon_end(&d->daemon);
    reload_settings_fini(&d->reload);
    log_stop();
    return status;
}

/*
 * If standard output was not written completely, for example because a disk is
 * full, the command has failed.
 */
static int
end_output(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return EXIT_SUCCESS;
    fprintf(stderr, "larderd: cannot write to standard output: %s\n", strerror(errno));
    return EX_IOERR;
}

int
main(int argc, char **argv)
{
    struct larderd d = {.daemon = {.ready_fd = -1}, .service = {.notify_fd = -1}, .server = {.stop_fd = -1}};
    int status = EXIT_SUCCESS;
    switch (options_parse(&d.options, argc, argv, stdout, stderr)) {
    case OPTIONS_OK: status = run(&d); break;
    case OPTIONS_SHOWN: status = end_output(); break;
    case OPTIONS_HASH: status = password_input_hash(stdin, stdout, stderr) ? end_output() : EX_USAGE; break;
    case OPTIONS_INVALID: status = EX_USAGE; break;
    }
    options_fini(&d.options);
    return status;
}
