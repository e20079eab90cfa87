#include "bench/load/run/replay.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "bench/load/net/conn.h"
#include "bench/load/options/options.h"
#include "bench/load/plan/random.h"
#include "bench/load/plan/values.h"
#include "bench/load/run/run.h"
#include "bench/load/plan/trace.h"

enum { PIPELINE = 64, ROUND_NS = 100000000 };

/* The state of one copy of the trace. */
struct copy {
    size_t at;                          /* index of the get that is outstanding or next */
    const struct trace_request *missed; /* the item to set with the next get */
    char prefix[TRACE_KEY_MAX + 24];    /* zeros, then "copy:" */
    size_t n_name;                      /* bytes of "copy:" */
    struct keys keys;                   /* of the outstanding get */
    bool is_through;
};

struct player {
    struct replay *r;
    const struct options *o;
    const struct trace *trace;
    struct values values;
    struct event_loop loop;
    struct copy *copies;
    size_t n_copies, n_ready, n_started, n_live;

    /* for the final gets: each key once, in order */
    struct trace_request *last;
    size_t n_last;
};

/* The key by which the values of a copy differ from those of the other copies. */
static uint64_t
value_key(uint64_t copy, uint64_t key)
{
    return key ^ random_mix(copy);
}

/* The key "copy:number", padded with zeros on the left to the trace's key size. */
static struct keys
keys_of(struct copy *c, const struct trace_request *q)
{
    size_t n_digits = keys_n_digits(q->key),
           n = q->n_key > c->n_name + n_digits ? q->n_key - n_digits : c->n_name;
    return (struct keys){.prefix = c->prefix + sizeof c->prefix - n, .n_prefix = n, .n = UINT64_MAX};
}

static void
init_copy(struct copy *c, size_t number)
{
    char name[24];
    c->n_name = (size_t)snprintf(name, sizeof name, "%zu:", number);
    memset(c->prefix, '0', sizeof c->prefix);
    memcpy(c->prefix + sizeof c->prefix - c->n_name, name, c->n_name);
}

static struct player *
player_of(struct event_loop *h)
{
    return h->context;
}

static struct copy *
copy_of(struct player *p, const struct conn *c)
{
    return &p->copies[conn_index(&p->loop, c)];
}

/* ---- sending ---- */

static char *
put_get(struct player *p, struct conn *c, char *at, const struct keys *keys, uint64_t key)
{
    *conn_numbers(c) = key;
    at = p->loop.wire->get(at, keys, &key, 1);
    conn_asked(c, (struct conn_flight){.since_ns = p->loop.now_ns, .n_keys = 1, .ask = ASK_GET});
    return at;
}

static char *
put_set(struct player *p, struct conn *c, char *at, const struct trace_request *q)
{
    struct copy *copy = copy_of(p, c);
    struct keys keys = keys_of(copy, q);
    uint64_t ttl_s = 0;
    if (OPTION_GIVEN(p->o, ttl_divisor) && q->ttl_s > 0) {
        ttl_s = (uint64_t)((double)q->ttl_s / p->o->ttl_divisor);
        ttl_s = ttl_s > 0 ? ttl_s : 1;
    }
    at = p->loop.wire->set(at, &keys, q->key, ttl_s, q->n_value);
    values_write(&p->values, at, value_key((uint64_t)(copy - p->copies), q->key), q->n_value);
    at = wire_put(at + q->n_value, bytes_of(p->loop.wire->set_end, p->loop.wire->n_set_end));
    conn_asked(c, (struct conn_flight){.since_ns = p->loop.now_ns, .n_keys = 1, .ask = ASK_SET});
    return at;
}

/* Sends the set of a missed item and the next get. */
static void
go_on(struct player *p, struct conn *c)
{
    struct copy *copy = copy_of(p, c);
    char *at = p->loop.out;
    if (copy->missed != NULL)
        at = put_set(p, c, at, copy->missed);
    copy->missed = NULL;
    if (copy->at < p->trace->n) {
        copy->keys = keys_of(copy, &p->trace->requests[copy->at]);
        at = put_get(p, c, at, &copy->keys, p->trace->requests[copy->at].key);
    }
    if (at != p->loop.out) {
        (void)conn_send(&p->loop, c, p->loop.out, (size_t)(at - p->loop.out));
    } else if (!copy->is_through) {
        copy->is_through = true;
        p->n_live--;
    }
}

static void
start_those_who_may(struct player *p)
{
    while (p->n_started < p->n_copies && p->r->n_gets >= p->o->copy_delay * p->n_started)
        go_on(p, &p->loop.conns[p->n_started++]);
}

/* ---- callbacks of the loop ---- */

static void
on_ready(struct event_loop *h, struct conn *c)
{
    (void)c;
    player_of(h)->n_ready++;
}

static void
on_replied(struct event_loop *h, struct conn *c, const struct conn_reply *reply)
{
    struct player *p = player_of(h);
    struct replay *r = p->r;
    struct copy *copy = copy_of(p, c);
    if (reply->outcome != WIRE_OK) {
        r->n_errors++;
        snprintf(r->error, sizeof r->error, "%s", reply->outcome == WIRE_ERROR ? reply->words : "not stored");
    }
    if (reply->flight->ask != ASK_GET)
        return;
    bool is_late = copy->at >= p->trace->n / 2, is_miss = reply->n_hits == 0;
    r->n_gets++;
    r->n_late_gets += is_late;
    r->n_wrong += reply->n_wrong;
    if (is_miss) {
        r->n_misses++;
        r->n_late_misses += is_late;
        copy->missed = &p->trace->requests[copy->at];
    }
    copy->at++;
}

static void
on_turn(struct event_loop *h, struct conn *c)
{
    struct player *p = player_of(h);
    if (c->n_flights == 0 && c->n_rest == 0 && conn_index(h, c) < p->n_started)
        go_on(p, c);
}

static void
on_failed(struct event_loop *h, struct conn *c, const char *why, uint32_t n_lost)
{
    struct replay *r = player_of(h)->r;
    (void)c;
    (void)n_lost;
    if (r->why[0] == '\0')
        snprintf(r->why, sizeof r->why, "%s", why);
}

static bool
on_value(struct event_loop *h, struct conn *c, uint64_t number, size_t size, size_t offset, const char *p,
    size_t n)
{
    const struct player *player = player_of(h);
    return size <= player->trace->value_max &&
           values_match(&player->values, value_key(conn_index(h, c), number), size, offset, p, n);
}

static const struct event_loop_owner plays = {on_ready, on_replied, on_turn, on_failed, on_value};

/* ---- the final gets ---- */

static int
by_key(const void *a, const void *b)
{
    const struct trace_request *x = a, *y = b;
    return (x->key > y->key) - (x->key < y->key);
}

/* Lists each key once, with its size in the trace.  False when out of memory. */
static bool
list_keys(struct player *p)
{
    size_t n = p->trace->n;
    p->last = malloc(n * sizeof *p->last);
    if (p->last == NULL)
        return false;
    memcpy(p->last, p->trace->requests, n * sizeof *p->last);
    qsort(p->last, n, sizeof *p->last, by_key);
    for (size_t i = 0; i < n; i++)
        if (i + 1 == n || p->last[i].key != p->last[i + 1].key)
            p->last[p->n_last++] = p->last[i];
    return true;
}

static void
ask_what_is_left(struct event_loop *h, struct conn *c)
{
    struct player *p = player_of(h);
    struct copy *copy = copy_of(p, c);
    char *at = h->out;
    while (conn_room(c) > 0 && copy->at < p->n_last) {
        struct keys keys = keys_of(copy, &p->last[copy->at]);
        at = put_get(p, c, at, &keys, p->last[copy->at++].key);
    }
    if (at != h->out) {
        (void)conn_send(h, c, h->out, (size_t)(at - h->out));
    } else if (c->n_flights == 0 && !copy->is_through) {
        copy->is_through = true;
        p->n_live--;
    }
}

static void
on_found(struct event_loop *h, struct conn *c, const struct conn_reply *reply)
{
    struct player *p = player_of(h);
    struct copy *copy = copy_of(p, c);
    const struct trace_request *q = &p->last[copy->at - c->n_flights - 1]; /* the oldest outstanding one */
    if (reply->n_hits == 0)
        return;
    size_t n_key = keys_of(copy, q).n_prefix + keys_n_digits(q->key);
    p->r->n_found++;
    p->r->n_payload += n_key + reply->n_value;
}

static const struct event_loop_owner counts_what_is_left = {
    on_ready, on_found, ask_what_is_left, on_failed, NULL};

static void
count_what_is_left(struct player *p)
{
    if (!list_keys(p)) {
        snprintf(p->r->why, sizeof p->r->why, "out of memory");
        return;
    }
    p->loop.owner = &counts_what_is_left;
    p->n_live = p->n_copies;
    for (size_t i = 0; i < p->n_copies; i++) {
        p->copies[i].at = 0;
        p->copies[i].is_through = false;
        ask_what_is_left(&p->loop, &p->loop.conns[i]);
    }
    while (p->n_live > 0 && p->r->why[0] == '\0' && !run_is_interrupted())
        event_loop_run(&p->loop, ROUND_NS);
}

/* ---- the whole replay ---- */

static void
play(struct player *p, const struct target *target)
{
    struct replay *r = p->r;
    for (size_t i = 0; i < p->n_copies && r->why[0] == '\0'; i++) {
        init_copy(&p->copies[i], i);
        p->loop.conns[i].keys = &p->copies[i].keys;
        conn_dial(&p->loop, &p->loop.conns[i]);
    }
    while (p->n_ready < p->n_copies && r->why[0] == '\0' && !run_is_interrupted())
        event_loop_run(&p->loop, ROUND_NS);
    if (!p->o->no_server_stats)
        server_stats_ask(&r->before, p->o, target);
    uint64_t begin_ns = clock_ns();
    while (p->n_live > 0 && r->why[0] == '\0' && !run_is_interrupted()) {
        start_those_who_may(p);
        event_loop_run(&p->loop, ROUND_NS);
    }
    r->length_s = (double)(clock_ns() - begin_ns) * 1e-9;
    if (r->before.is_known)
        server_stats_ask(&r->after, p->o, target);
    if (r->why[0] == '\0' && !run_is_interrupted())
        count_what_is_left(p);
    if (r->why[0] == '\0' && run_is_interrupted())
        snprintf(r->why, sizeof r->why, "interrupted");
}

bool
replay_do(struct replay *r, const struct options *o, const struct target *target, const struct trace *t)
{
    struct player p = {.r = r, .o = o, .trace = t, .n_copies = o->copies, .n_live = o->copies};
    struct keys none = {.prefix = "", .n = UINT64_MAX};
    *r = (struct replay){0};
    p.copies = calloc(p.n_copies, sizeof *p.copies);
    bool has_values = values_init(&p.values, VALUES_OF_CONTENT,
        o->values != NULL ? content_of_name(o->values) : &content_random, (unsigned)o->duplicates);
    struct event_loop_plan plan = {
        o, target, &none, &plays, &p, p.n_copies, PIPELINE, 1, t->value_max + PIPELINE * KEYS_MAX};
    if (p.copies != NULL && has_values && event_loop_init(&p.loop, &plan)) {
        play(&p, target);
        event_loop_fini(&p.loop);
    } else {
        snprintf(r->why, sizeof r->why, "out of memory or descriptors");
    }
    free(p.copies);
    values_fini(&p.values);
    free(p.last);
    return r->why[0] == '\0';
}
