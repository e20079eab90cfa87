#include "bench/load/run/run.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/lock.h"
#include "bench/load/options/options.h"

enum { SECOND_NS = 1000000000 };

const double run_percentiles[RUN_PERCENTILES] = {50, 95, 99, 99.9};

static _Atomic bool
    is_interrupted; /* set by the signal handler; relaxed, since it is read several times a second */

void
run_interrupt(void)
{
    atomic_store_explicit(&is_interrupted, true, memory_order_relaxed);
}

bool
run_is_interrupted(void)
{
    return atomic_load_explicit(&is_interrupted, memory_order_relaxed);
}

/* The state of the main thread during a run. */
struct watch {
    struct run *run;
    struct worker **workers;
    unsigned n_workers;
    struct worker_gate gate;
    struct tally_sum *before, *since;
    double before_s;
    const struct run_listener *listeners;
    size_t n_listeners;
};

static void
sum_up(const struct watch *w, struct tally_sum *sum)
{
    memset(sum, 0, sizeof *sum);
    for (unsigned i = 0; i < w->n_workers; i++)
        tally_add(sum, &w->workers[i]->tally);
}

static void
describe(const struct hist_sum *h, double *mean, uint64_t *max, uint64_t percentile[RUN_PERCENTILES])
{
    *mean = hist_mean(h);
    *max = hist_max(h);
    for (int i = 0; i < RUN_PERCENTILES; i++)
        percentile[i] = hist_percentile(h, run_percentiles[i]);
}

static void
fill_second(struct run_second *s, const struct tally_sum *since)
{
    for (int i = 0; i < TALLY_N_KINDS; i++) {
        const struct tally_sum_row *row = &since->row[i];
        s->n[i] = row->n;
        s->n_timed[i] = row->latency.n;
        s->min_ns[i] = hist_min(&row->latency);
        describe(&row->latency, &s->mean_ns[i], &s->max_ns[i], s->percentile_ns[i]);
    }
}

static bool
end_second(struct watch *w, double now_s)
{
    struct run *run = w->run;
    if ((run->n_seconds & (run->n_seconds + 1)) == 0) { /* full: at 0, 1, 3, 7, ... */
        struct run_second *more = realloc(run->seconds, (2 * run->n_seconds + 1) * sizeof *more);
        if (more == NULL)
            return false;
        run->seconds = more;
    }
    struct tally_sum_row *total = malloc(sizeof *total);
    if (total == NULL)
        return false;
    sum_up(w, run->sum);
    tally_since(w->since, run->sum, w->before);
    tally_total(total, w->since);
    struct run_second *s = &run->seconds[run->n_seconds++];
    *s = (struct run_second){
        .from_s = w->before_s,
        .length_s = now_s - w->before_s,
        .n_hits = total->n_hits,
        .n_misses = total->n_misses,
        .n_sent = total->n_sent,
        .n_received = total->n_received,
        .n_bytes = total->n_sent + total->n_received,
        .all_n_timed = total->latency.n,
        .all_min_ns = hist_min(&total->latency),
    };
    fill_second(s, w->since);
    describe(&total->latency, &s->all_mean_ns, &s->all_max_ns, s->all_percentile_ns);
    free(total);
    run->length_s = now_s;
    for (size_t i = 0; i < w->n_listeners; i++)
        if (w->listeners[i].second != NULL)
            w->listeners[i].second(w->listeners[i].context, run, w->since, run->sum);
    memcpy(w->before, run->sum, sizeof *w->before);
    w->before_s = now_s;
    return true;
}

/* ---- threads ---- */

/*
 * Waits until a worker reports a change, or until `until_ns`, at most 0.1 s: a
 * signal handler cannot wake us.
 */
static void
wait_until(struct worker_gate *g, uint64_t until_ns)
{
    uint64_t soon = clock_ns() + 100000000;
    uint64_t ns = until_ns < soon ? until_ns : soon;
    struct timespec t = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)};
    pthread_cond_timedwait(&g->changed, &g->mutex, &t);
    if (atomic_load_explicit(&is_interrupted, memory_order_relaxed) || g->n_failed > 0)
        atomic_store_explicit(&g->is_over, true, memory_order_relaxed);
}

/* Waits until all workers are connected, then starts them at the same moment. */
static void
open_gate(struct watch *w)
{
    struct worker_gate *g = &w->gate;
    const struct options *o = w->run->o;
    while (g->n_ready < w->n_workers)
        wait_until(g, UINT64_MAX);
    pthread_mutex_unlock(&g->mutex);
    clock_gettime(CLOCK_REALTIME, &w->run->started);
    for (size_t i = 0; i < w->n_listeners; i++)
        if (w->listeners[i].begins != NULL)
            w->listeners[i].begins(w->listeners[i].context, w->run);
    pthread_mutex_lock(&g->mutex);
    g->start_ns = clock_ns();
    g->deadline_ns = OPTION_GIVEN(o, test_time) ? g->start_ns + o->test_time * 1000000000 : 0;
    g->is_open = true;
    pthread_cond_broadcast(&g->changed);
}

/*
 * The end of the next second.  Skips one that is less than half a second away:
 * its rate would be too uncertain.
 */
static uint64_t
next_look_ns(uint64_t last_ns, uint64_t now_ns)
{
    do
        last_ns += SECOND_NS;
    while (last_ns < now_ns + SECOND_NS / 2);
    return last_ns;
}

/* Reads the tallies until all workers have ended; false when out of memory, after ending them. */
static bool
watch_them(struct watch *w)
{
    struct worker_gate *g = &w->gate;
    bool is_ok = true;
    pthread_mutex_lock(&g->mutex);
    open_gate(w);
    for (uint64_t next_ns = g->start_ns + SECOND_NS; g->n_done < w->n_workers;) {
        wait_until(g, next_ns);
        if (clock_ns() < next_ns || g->n_done == w->n_workers)
            continue;
        pthread_mutex_unlock(&g->mutex);
        is_ok = is_ok && end_second(w, (double)(clock_ns() - g->start_ns) * 1e-9);
        pthread_mutex_lock(&g->mutex);
        if (!is_ok)
            atomic_store_explicit(&g->is_over, true, memory_order_relaxed);
        next_ns = next_look_ns(next_ns, clock_ns());
    }
    pthread_mutex_unlock(&g->mutex);
    return is_ok;
}

static bool
start_all(struct watch *w)
{
    for (unsigned i = 0; i < w->n_workers; i++) {
        if (pthread_create(&w->workers[i]->thread, NULL, worker_main, w->workers[i]) == 0)
            continue;
        atomic_store_explicit(&w->gate.is_over, true, memory_order_relaxed);
        pthread_mutex_lock(&w->gate.mutex);
        w->gate.is_open = true;
        pthread_cond_broadcast(&w->gate.changed);
        pthread_mutex_unlock(&w->gate.mutex);
        while (i-- > 0)
            pthread_join(w->workers[i]->thread, NULL);
        return false;
    }
    return true;
}

/* ---- results ---- */

static void
add_words(struct run *run, const struct worker *w)
{
    for (int i = 0; i < WORKER_WORDS_MAX; i++)
        for (int j = 0; j < WORKER_WORDS_MAX && w->words[i][0] != '\0'; j++) {
            if (run->words[j][0] == '\0')
                memcpy(run->words[j], w->words[i], sizeof run->words[j]);
            if (strcmp(run->words[j], w->words[i]) == 0)
                break;
        }
}

static void
collect(struct watch *w)
{
    struct run *run = w->run;
    size_t at = 0;
    for (unsigned i = 0; i < w->n_workers; i++) {
        const struct worker *from = w->workers[i];
        run->cpu_s += from->cpu_s;
        add_words(run, from);
        if (from->why[0] != '\0' && run->why[0] == '\0')
            memcpy(run->why, from->why, sizeof run->why);
        for (size_t j = 0; j < from->n_clients; j++) {
            const struct worker_client *c = &from->clients[j];
            run->clients[at++] = (struct run_client){c->n, c->n_hits, c->n_misses, c->sum_ns, c->max_ns};
        }
    }
    run->was_interrupted = atomic_load_explicit(&is_interrupted, memory_order_relaxed);
}

/* A run ends with the last reply. */
static double
length_of(const struct watch *w)
{
    uint64_t last_ns = 0;
    for (unsigned i = 0; i < w->n_workers; i++)
        last_ns = w->workers[i]->last_ns > last_ns ? w->workers[i]->last_ns : last_ns;
    double s = last_ns > w->gate.start_ns ? (double)(last_ns - w->gate.start_ns) * 1e-9 : 1e-9;
    return s > w->before_s ? s : w->before_s + 1e-9;
}

static bool
go(struct watch *w)
{
    if (!start_all(w))
        return false;
    bool is_ok = watch_them(w);
    for (unsigned i = 0; i < w->n_workers; i++)
        pthread_join(w->workers[i]->thread, NULL);
    if (!is_ok || !end_second(w, length_of(w)))
        return false;
    collect(w);
    return true;
}

static bool
init_workers(struct watch *w, const struct target *target, const struct mix *mix, unsigned number)
{
    const struct options *o = w->run->o;
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    uint64_t seed = o->randomize ? (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec : o->seed + number;
    w->workers = calloc(o->threads, sizeof *w->workers);
    for (; w->workers != NULL && w->n_workers < o->threads; w->n_workers++) {
        struct worker *worker = malloc(sizeof *worker); /* large, because of its histograms */
        if (worker == NULL)
            return false;
        if (!worker_init(worker, o, target, mix, &w->gate, w->n_workers, seed)) {
            free(worker);
            return false;
        }
        w->workers[w->n_workers] = worker;
        for (size_t i = 0; i < worker->n_clients; i++)
            w->run->n_planned += (double)worker->clients[i].mix.left;
    }
    return w->workers != NULL;
}

bool
run_do(struct run *run, const struct options *o, const struct target *target, const struct mix *mix,
    unsigned number, const struct run_listener *listeners, size_t n_listeners)
{
    struct watch w = {.run = run,
        .gate.mutex = PTHREAD_MUTEX_INITIALIZER,
        .listeners = listeners,
        .n_listeners = n_listeners};
    *run = (struct run){.o = o};
    lock_cond_init(&w.gate.changed);
    w.before = calloc(1, sizeof *w.before);
    w.since = malloc(sizeof *w.since);
    run->sum = malloc(sizeof *run->sum);
    run->clients = calloc(mix->n_clients, sizeof *run->clients);
    bool is_ok = w.before != NULL && w.since != NULL && run->sum != NULL && run->clients != NULL &&
                 init_workers(&w, target, mix, number) && go(&w);
    for (unsigned i = 0; i < w.n_workers; i++) {
        worker_fini(w.workers[i]);
        free(w.workers[i]);
    }
    for (size_t i = 0; i < n_listeners && run->n_seconds > 0; i++)
        if (listeners[i].ended != NULL)
            listeners[i].ended(listeners[i].context, run);
    free(w.workers);
    free(w.before);
    free(w.since);
    pthread_cond_destroy(&w.gate.changed);
    pthread_mutex_destroy(&w.gate.mutex);
    return is_ok;
}

void
run_fini(struct run *run)
{
    free(run->sum);
    free(run->seconds);
    free(run->clients);
    *run = (struct run){.o = run->o};
}
