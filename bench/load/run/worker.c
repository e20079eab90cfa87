#include "bench/load/run/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "base/clock.h"
#include "bench/load/net/conn.h"
#include "bench/load/options/options.h"

enum {
    LOOK_NS = 100000000,
    REDIAL_NS = 50000000
}; /* how soon is_over is seen; the first pause before dialling again */

static struct worker *
worker_of(struct event_loop *h)
{
    return h->context;
}

static void
debug(const struct worker *w, const struct conn *c, const char *what)
{
    if (w->o->debug)
        fprintf(stderr, "larder-bench: client %zu: %s\n", w->first_client + conn_index(&w->loop, c), what);
}

/* ---- callbacks of the loop ---- */

static void
on_ready(struct event_loop *h, struct conn *c)
{
    struct worker *w = worker_of(h);
    struct worker_client *cl = worker_pace_client(w, c);
    struct tally_row *row = &w->tally.row[TALLY_CONNECTS];
    counter_inc(&row->n);
    hist_record(&row->latency, clock_ns() - c->dialed_ns);
    w->n_connected++;
    cl->must_reconnect = false;
    cl->until_anew = w->o->reconnect_interval;
    debug(w, c, "connected");
    if (w->start_ns > 0)
        worker_pace_room(w, c);
}

/* Keeps a few different error messages for the report. */
static void
keep_words(struct worker *w, const char *words)
{
    for (int i = 0; i < WORKER_WORDS_MAX; i++) {
        if (w->words[i][0] == '\0')
            snprintf(w->words[i], sizeof w->words[i], "%s", words);
        if (strcmp(w->words[i], words) == 0)
            return;
    }
}

static const enum tally_kind kind_of_ask[] = {
    [ASK_SET] = TALLY_SETS, [ASK_GET] = TALLY_GETS, [ASK_WAIT] = TALLY_WAITS};

static void
on_replied(struct event_loop *h, struct conn *c, const struct conn_reply *r)
{
    struct worker *w = worker_of(h);
    struct worker_client *cl = worker_pace_client(w, c);
    const struct conn_flight *f = r->flight;
    struct tally_row *row = &w->tally.row[kind_of_ask[f->ask]];
    uint64_t took = h->now_ns > f->since_ns ? h->now_ns - f->since_ns : 0;

    counter_inc(&row->n);
    counter_add(&row->n_sent, f->n_bytes);
    counter_add(&row->n_received, r->n_bytes);
    hist_record(&row->latency, took);
    if (f->ask == ASK_GET) {
        uint32_t n_misses = f->n_keys - r->n_hits;
        counter_add(&row->n_hits, r->n_hits);
        counter_add(&row->n_misses, n_misses);
        cl->n_hits += r->n_hits;
        cl->n_misses += n_misses;
    }
    if (UNLIKELY(r->n_wrong > 0))
        counter_add(&row->n_wrong, r->n_wrong);
    if (UNLIKELY(r->outcome != WIRE_OK)) {
        counter_inc(&row->n_errors);
        keep_words(w, r->outcome == WIRE_ERROR ? r->words : "not stored");
    }
    cl->n++;
    cl->sum_ns += took;
    cl->max_ns = took > cl->max_ns ? took : cl->max_ns;
    cl->n_tries = 0;
    w->n_out--;
    w->last_ns = h->now_ns;
}

static void
connect_anew(struct worker *w, struct conn *c)
{
    conn_close(&w->loop, c);
    conn_dial(&w->loop, c);
}

static void
on_turn(struct event_loop *h, struct conn *c)
{
    struct worker *w = worker_of(h);
    if (w->start_ns == 0)
        return; /* the reply to a login; other clients are still connecting */
    if (worker_pace_client(w, c)->must_reconnect && c->n_flights == 0 && c->n_rest == 0)
        connect_anew(w, c);
    else
        worker_pace_room(w, c);
}

static void
give_up(struct worker *w, const char *why)
{
    if (w->why[0] == '\0')
        snprintf(w->why, sizeof w->why, "%s", why);
}

static void
on_failed(struct event_loop *h, struct conn *c, const char *why, uint32_t n_lost)
{
    struct worker *w = worker_of(h);
    struct worker_client *cl = worker_pace_client(w, c);
    debug(w, c, why);
    counter_inc(&w->tally.n_conn_errors);
    counter_add(&w->tally.n_lost, n_lost);
    w->n_out -= n_lost;
    bool is_hopeless = w->o->max_reconnect_attempts > 0 && cl->n_tries >= w->o->max_reconnect_attempts;
    if (!w->o->reconnect_on_error || is_hopeless || w->start_ns == 0) {
        give_up(w, why);
        return;
    }
    /* Doubles the pause, up to 3 s, so that clients do not flood a server that is down. */
    unsigned doublings = cl->n_tries < 6 ? cl->n_tries : 6;
    cl->n_tries++;
    conn_dial_later(h, c, (uint64_t)REDIAL_NS << doublings);
}

static bool
on_value(struct event_loop *h, struct conn *c, uint64_t number, size_t size, size_t offset, const char *p,
    size_t n)
{
    const struct mix *m = worker_of(h)->mix;
    (void)c;
    return size >= m->sizes.min && size <= m->sizes.max &&
           values_match(&m->values, number, size, offset, p, n);
}

static const struct event_loop_owner counts_only = {on_ready, on_replied, on_turn, on_failed, NULL};
static const struct event_loop_owner verifies = {on_ready, on_replied, on_turn, on_failed, on_value};

/* ---- start and end ---- */

bool
worker_init(struct worker *w, const struct options *o, const struct target *target, const struct mix *mix,
    struct worker_gate *gate, unsigned index, uint64_t seed)
{
    *w = (struct worker){.o = o,
        .mix = mix,
        .gate = gate,
        .n_clients = o->clients,
        .first_client = (size_t)index * o->clients};
    struct event_loop_plan plan = {
        .o = o,
        .target = target,
        .keys = &mix->keys,
        .owner = o->verify ? &verifies : &counts_only,
        .context = w,
        .n_conns = w->n_clients,
        .pipeline = (uint32_t)o->pipeline,
        .keys_each = mix->keys_per_get,
        .value_max = mix->sizes.max,
    };
    random_init(&w->random, seed, index);
    random_init(&w->arrivals, seed, UINT64_MAX - index);
    w->clients = calloc(w->n_clients, sizeof *w->clients);
    w->queue = calloc(w->n_clients, sizeof *w->queue);
    if (w->clients == NULL || w->queue == NULL || !event_loop_init(&w->loop, &plan)) {
        free(w->clients);
        free(w->queue);
        return false;
    }
    for (size_t i = 0; i < w->n_clients; i++)
        mix_client_init(mix, &w->clients[i].mix, w->first_client + i, seed, &w->random);
    w->n_active = w->n_clients;
    return true;
}

void
worker_fini(struct worker *w)
{
    event_loop_fini(&w->loop);
    free(w->clients);
    free(w->queue);
}

/* Connects all clients, then waits for the other workers.  False if this worker gave up. */
static bool
get_ready(struct worker *w)
{
    struct worker_gate *g = w->gate;
    for (size_t i = 0; i < w->n_clients && w->why[0] == '\0'; i++)
        conn_dial(&w->loop, &w->loop.conns[i]);
    while (w->n_connected < w->n_clients && w->why[0] == '\0' &&
           !atomic_load_explicit(&g->is_over, memory_order_relaxed))
        event_loop_run(&w->loop, LOOK_NS);
    pthread_mutex_lock(&g->mutex);
    g->n_ready++;
    g->n_failed += w->why[0] != '\0';
    pthread_cond_broadcast(&g->changed);
    while (!g->is_open)
        pthread_cond_wait(&g->changed, &g->mutex);
    w->start_ns = g->start_ns;
    pthread_mutex_unlock(&g->mutex);
    return w->why[0] == '\0';
}

static void
begin(struct worker *w)
{
    const struct options *o = w->o;
    w->loop.now_ns = clock_ns();
    if (OPTION_GIVEN(o, open_loop))
        arrival_start(&w->arrival, o->open_loop / (double)o->threads, strcmp(o->arrivals, "poisson") == 0,
            w->start_ns, &w->arrivals);
    if (OPTION_GIVEN(o, storm_interval))
        w->storm_ns = w->start_ns + (uint64_t)(o->storm_interval * 1e9);
    for (size_t i = 0; i < w->n_clients; i++) {
        if (OPTION_GIVEN(o, rate_limiting)) /* spread over the first gap, in order */
            w->clients[i].due_ns = w->start_ns + 1000000000 / o->rate_limiting * i / w->n_clients;
        worker_pace_room(w, &w->loop.conns[i]);
    }
}

/* Reconnects all clients: those without outstanding requests now, the others when they have their replies. */
static void
storm(struct worker *w)
{
    w->storm_ns += (uint64_t)(w->o->storm_interval * 1e9);
    for (size_t i = 0; i < w->n_clients; i++) {
        struct conn *c = &w->loop.conns[i];
        if (c->stage != CONN_READY)
            continue;
        w->clients[i].must_reconnect = true;
        if (c->n_flights == 0 && c->n_rest == 0)
            connect_anew(w, c);
    }
}

/* Checks whether the run has ended, and whether a storm is due. */
static void
look_at_the_time(struct worker *w)
{
    uint64_t deadline = w->gate->deadline_ns;
    if (w->end_ns == 0 && deadline > 0 && w->loop.now_ns >= deadline)
        w->end_ns = deadline;
    if (w->end_ns == 0 && atomic_load_explicit(&w->gate->is_over, memory_order_relaxed))
        w->end_ns = w->loop.now_ns;
    if (w->storm_ns > 0 && w->end_ns == 0 && w->loop.now_ns >= w->storm_ns)
        storm(w);
}

static uint64_t
pause_ns(const struct worker *w)
{
    uint64_t pause = worker_pace_wait_ns(w), now = w->loop.now_ns, deadline = w->gate->deadline_ns;
    if (pause > LOOK_NS)
        pause = LOOK_NS;
    if (w->end_ns == 0 && deadline > 0 && deadline - now < pause)
        pause = deadline - now;
    if (w->storm_ns > now && w->storm_ns - now < pause)
        pause = w->storm_ns - now;
    return pause;
}

static void
work(struct worker *w)
{
    begin(w);
    while (w->why[0] == '\0') {
        worker_pace(w);
        if (w->n_out == 0 && !worker_pace_has_more(w))
            return;
        if (w->end_ns > 0 && w->loop.now_ns > w->end_ns + w->o->drain_time * 1000000000)
            break;
        event_loop_run(&w->loop, pause_ns(w));
        look_at_the_time(w);
    }
    worker_pace_count_late(w);
    counter_add(&w->tally.n_lost, w->n_out);
}

static double
thread_cpu_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void *
worker_main(void *arg)
{
    struct worker *w = arg;
    prctl(PR_SET_TIMERSLACK, 1UL); /* otherwise requests that are due would be sent 50 us late */
    if (get_ready(w)) {
        double before = thread_cpu_s();
        work(w);
        w->cpu_s = thread_cpu_s() - before;
    }
    pthread_mutex_lock(&w->gate->mutex);
    w->gate->n_done++;
    w->gate->n_failed += w->why[0] != '\0';
    pthread_cond_broadcast(&w->gate->changed);
    pthread_mutex_unlock(&w->gate->mutex);
    return NULL;
}
