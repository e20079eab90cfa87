#include "bench/load/net/event_loop.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench/load/net/conn.h"
#include "bench/load/options/options.h"

enum { LOOK_NS = 50000000, EVENTS = 64 };

static bool
init_conns(struct event_loop *h, const struct event_loop_plan *plan)
{
    h->conns = calloc(plan->n_conns, sizeof *h->conns);
    for (; h->conns != NULL && h->n_conns < plan->n_conns; h->n_conns++) {
        struct conn *c = &h->conns[h->n_conns];
        bool is_ok = conn_init(c, plan->pipeline, plan->keys_each);
        c->keys = plan->keys;
        if (!is_ok) {
            h->n_conns++; /* event_loop_fini also frees a connection that was only partly initialized */
            return false;
        }
    }
    return h->conns != NULL;
}

bool
event_loop_init(struct event_loop *h, const struct event_loop_plan *plan)
{
    *h = (struct event_loop){
        .o = plan->o,
        .target = plan->target,
        .wire = wire_table_find(plan->o->protocol),
        .owner = plan->owner,
        .context = plan->context,
        .n_in = EVENT_LOOP_IN,
        .n_out = EVENT_LOOP_OUT_FULL + WIRE_REQUEST_ROOM + plan->value_max +
                 (size_t)plan->keys_each * (KEYS_MAX + WIRE_KEY_ROOM),
    };
    h->epoll = epoll_create1(EPOLL_CLOEXEC);
    h->in = malloc(h->n_in);
    h->out = malloc(h->n_out);
    bool is_ok = h->epoll >= 0 && h->in != NULL && h->out != NULL &&
                 stream_tls_thread_init(&h->tls, STREAM_TLS_RECORD_MAX, &h->n_tls_sessions) &&
                 init_conns(h, plan);
    if (!is_ok)
        event_loop_fini(h);
    return is_ok;
}

void
event_loop_fini(struct event_loop *h)
{
    for (size_t i = 0; i < h->n_conns; i++)
        conn_fini(h, &h->conns[i]);
    free(h->conns);
    stream_tls_thread_fini(&h->tls);
    free(h->in);
    free(h->out);
    if (h->epoll >= 0)
        close(h->epoll);
    *h = (struct event_loop){.epoll = -1};
}

/* Checks the timeouts of connections that are not ready. */
static void
look_around(struct event_loop *h)
{
    h->next_look_ns = h->now_ns + LOOK_NS;
    for (size_t i = 0; i < h->n_conns; i++)
        conn_dial_look(h, &h->conns[i]);
}

/* Like epoll_wait, but with nanoseconds: milliseconds are too coarse for arrivals. */
static int
wait_for_events(struct event_loop *h, struct epoll_event *events, uint64_t wait_ns)
{
    if (wait_ns > 0) {
        struct pollfd ready = {.fd = h->epoll, .events = POLLIN};
        struct timespec t = {(time_t)(wait_ns / 1000000000), (long)(wait_ns % 1000000000)};
        if (ppoll(&ready, 1, &t, NULL) <= 0)
            return 0;
    }
    int n = epoll_wait(h->epoll, events, EVENTS, 0);
    return n > 0 ? n : 0;
}

void
event_loop_run(struct event_loop *h, uint64_t wait_ns)
{
    struct epoll_event events[EVENTS];
    if (h->n_dialing > 0 && wait_ns > LOOK_NS)
        wait_ns = LOOK_NS;
    int n = wait_ns >= 1000000000 ? epoll_wait(h->epoll, events, EVENTS, 1000)
                                  : wait_for_events(h, events, wait_ns);
    h->round++;
    h->now_ns = clock_ns();
    for (int i = 0; i < n; i++)
        conn_serve(h, events[i].data.ptr, events[i].events);
    if (h->n_dialing > 0 && h->now_ns >= h->next_look_ns)
        look_around(h);
}
