/* worker_pace: when a worker sends: as soon as possible, at a rate per connection, or in an open loop. */
#include "bench/load/run/worker.h"

#include "bench/load/net/conn.h"
#include "bench/load/options/options.h"

enum { CATCH_UP_NS = 100000000 }; /* how much delay a connection may make up for with a higher rate */

struct worker_client *
worker_pace_client(struct worker *w, const struct conn *c)
{
    return &w->clients[conn_index(&w->loop, c)];
}

static bool
is_open_loop(const struct worker *w)
{
    return OPTION_GIVEN(w->o, open_loop);
}

static bool
is_limited(const struct worker *w)
{
    return OPTION_GIVEN(w->o, rate_limiting);
}

static bool
may_ask(const struct worker *w, const struct worker_client *cl, const struct conn *c)
{
    bool is_over = w->end_ns > 0 && !is_open_loop(w);
    return cl->mix.left > 0 && !is_over && !cl->must_reconnect && conn_room(c) > 0;
}

/* Composes one request and counts it as outstanding. */
static char *
compose(struct worker *w, struct conn *c, struct worker_client *cl, char *at, uint64_t since_ns)
{
    const struct wire *wire = w->loop.wire;
    const struct keys *keys = &w->mix->keys;
    struct mix_request q;
    uint64_t *numbers = conn_numbers(c);
    char *start = at;

    mix_next(w->mix, &cl->mix, &q, numbers);
    switch (q.ask) {
    case ASK_GET: at = wire->get(at, keys, numbers, q.n_keys); break;
    case ASK_SET:
        at = wire->set(at, keys, numbers[0], q.expiry_s, q.n_value);
        values_write(&w->mix->values, at, numbers[0], q.n_value);
        at = wire_put(at + q.n_value, bytes_of(wire->set_end, wire->n_set_end));
        break;
    case ASK_WAIT: at = wire->wait(at, q.n_replicas, q.timeout_ms); break;
    case ASK_LOGIN:
    case N_ASKS: UNREACHABLE();
    }
    conn_asked(c, (struct conn_flight){since_ns, q.n_keys, (uint32_t)(at - start), q.ask});
    w->n_out++;
    if (--cl->mix.left == 0)
        w->n_active--;
    if (cl->until_anew > 0 && --cl->until_anew == 0)
        cl->must_reconnect = cl->mix.left > 0;
    return at;
}

/* Sends as many requests as the pipeline allows. */
static void
ask_all(struct worker *w, struct conn *c)
{
    struct worker_client *cl = worker_pace_client(w, c);
    while (may_ask(w, cl, c)) {
        char *at = w->loop.out;
        while (may_ask(w, cl, c) && at - w->loop.out < EVENT_LOOP_OUT_FULL)
            at = compose(w, c, cl, at, w->loop.now_ns);
        if (!conn_send(&w->loop, c, w->loop.out, (size_t)(at - w->loop.out)))
            return;
    }
}

/* ---- the queue ---- */

static void
enqueue(struct worker *w, struct conn *c)
{
    struct worker_client *cl = worker_pace_client(w, c);
    if (cl->is_queued)
        return;
    cl->is_queued = true;
    size_t at = w->queue_at + w->n_queue++;
    w->queue[at < w->n_clients ? at : at - w->n_clients] = (uint32_t)conn_index(&w->loop, c);
}

static struct conn *
dequeue(struct worker *w)
{
    struct conn *c = &w->loop.conns[w->queue[w->queue_at]];
    w->queue_at = w->queue_at + 1 == w->n_clients ? 0 : w->queue_at + 1;
    w->n_queue--;
    worker_pace_client(w, c)->is_queued = false;
    return c;
}

void
worker_pace_room(struct worker *w, struct conn *c)
{
    struct worker_client *cl = worker_pace_client(w, c);
    if (!is_limited(w) && !is_open_loop(w))
        ask_all(w, c);
    else if (may_ask(w, cl, c))
        enqueue(w, c);
}

/* ---- --rate-limiting ---- */

/*
 * All connections have the same gap, so the queue is sorted by due time, except
 * for connections that return from a full pipeline; these are late in any case.
 */
static void
ask_at_rate(struct worker *w)
{
    uint64_t gap = 1000000000 / w->o->rate_limiting, now = w->loop.now_ns;
    for (size_t n = w->n_queue; n > 0; n--) {
        struct conn *c = &w->loop.conns[w->queue[w->queue_at]];
        struct worker_client *cl = worker_pace_client(w, c);
        if (cl->due_ns > now)
            return;
        (void)dequeue(w);
        char *at = w->loop.out;
        while (may_ask(w, cl, c) && cl->due_ns <= now && at - w->loop.out < EVENT_LOOP_OUT_FULL) {
            at = compose(w, c, cl, at, now);
            uint64_t least = now - CATCH_UP_NS;
            cl->due_ns = (cl->due_ns > least ? cl->due_ns : least) + gap;
        }
        if (conn_send(&w->loop, c, w->loop.out, (size_t)(at - w->loop.out)))
            worker_pace_room(w, c);
    }
}

/* ---- --open-loop ---- */

/* After the run has ended, the requests that were due before are still sent. */
static bool
is_due(const struct worker *w)
{
    uint64_t until = w->end_ns > 0 && w->end_ns < w->loop.now_ns ? w->end_ns : w->loop.now_ns;
    return arrival_due(&w->arrival) <= until;
}

static void
ask_what_arrived(struct worker *w)
{
    while (w->n_queue > 0 && is_due(w)) {
        struct conn *c = dequeue(w);
        struct worker_client *cl = worker_pace_client(w, c);
        char *at = w->loop.out;
        while (is_due(w) && may_ask(w, cl, c) && at - w->loop.out < EVENT_LOOP_OUT_FULL) {
            at = compose(w, c, cl, at, arrival_due(&w->arrival));
            arrival_next(&w->arrival, &w->arrivals);
        }
        if (conn_send(&w->loop, c, w->loop.out, (size_t)(at - w->loop.out)))
            worker_pace_room(w, c);
    }
}

bool
worker_pace_has_more(const struct worker *w)
{
    if (w->n_active == 0)
        return false;
    return w->end_ns == 0 || (is_open_loop(w) && arrival_due(&w->arrival) <= w->end_ns);
}

/*
 * Counts the requests that were due and never sent, because no connection could
 * take them.  The latency of each is at least its waiting time, and is recorded as
 * that; otherwise a server that stalls at the end would look better than it is.
 */
void
worker_pace_count_late(struct worker *w)
{
    if (!is_open_loop(w))
        return;
    struct option_ratio r = w->o->ratio;
    for (; is_due(w) && w->n_active > 0; arrival_next(&w->arrival, &w->arrivals)) {
        bool is_set = random_below(&w->random, r.a + r.b) < r.a;
        hist_record(&w->tally.row[is_set ? TALLY_SETS : TALLY_GETS].latency,
            w->loop.now_ns - arrival_due(&w->arrival));
        counter_inc(&w->tally.n_late);
    }
}

void
worker_pace(struct worker *w)
{
    if (is_limited(w))
        ask_at_rate(w);
    else if (is_open_loop(w))
        ask_what_arrived(w);
}

uint64_t
worker_pace_wait_ns(const struct worker *w)
{
    uint64_t due = UINT64_MAX, now = w->loop.now_ns;
    if (w->n_queue == 0)
        return due;
    if (is_open_loop(w))
        due = w->end_ns > 0 && arrival_due(&w->arrival) > w->end_ns ? UINT64_MAX : arrival_due(&w->arrival);
    else if (is_limited(w))
        due = w->clients[w->queue[w->queue_at]].due_ns;
    return due == UINT64_MAX ? due : due > now ? due - now : 0;
}
