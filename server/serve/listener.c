#include "server/serve/listener.h"

#include <errno.h>
#include <event2/event.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "server/text/address.h"
#include "server/serve/binding.h"
#include "server/inbox.h"
#include "server/options/options.h"
#include "server/server.h"
#include "server/net/sockets.h"
#include "server/serve/worker.h"

enum {
    LISTENER_MAGIC = 0x6c737472,
    ACCEPTS_PER_EVENT = 32, /* then signals and the clock are handled */
    RETRY_MS = 10,          /* interval at which a paused listener checks whether it may resume */
    MACHINE_RETRY_MS = 500, /* longest time until it asks the machine again for a descriptor */
};

/* A socket that accepts connections. */
struct acceptor {
    struct listener *listener;
    const struct listening *socket;
    struct event *event;
};

/*
 * [m] main thread only   [a] written by the main thread, read by any   [c] counted by any
 */
struct listener {
    uint32_t magic;
    struct server *server;
    struct sockets sockets;                 /* fixed once the workers run */
    struct acceptor acceptors[SOCKETS_MAX]; /* [m] one for each stream socket */
    struct event *retry;                    /* [m] pending while paused */
    int next_worker;                        /* [m] */
    uint64_t paused_at_ns;                  /* [m] 0: accepting */
    uint64_t n_closed_at_pause;             /* [m] */
    bool paused_by_machine;                 /* [m] by a lack of descriptors or memory, not by our own limit */
    _Atomic bool accepting;                 /* [a] relaxed, as all below: figures for statistics */
    _Atomic uint64_t n_opened, n_peak;      /* [a] */
    _Atomic uint64_t n_total, n_rejected, n_pauses, paused_us; /* [c] any thread may reset them */
};

static void
listener_must_be(const struct listener *l)
{
    MUST(l->magic == LISTENER_MAGIC);
}

/* Of what is marked [m]. */
static void
listener_must_be_main(const struct listener *l)
{
    listener_must_be(l);
    server_must_be_main_thread(l->server);
}

static uint64_t
load(_Atomic uint64_t *n)
{
    return atomic_load_explicit(n, memory_order_relaxed);
}

static void
add(_Atomic uint64_t *n, uint64_t more)
{
    atomic_fetch_add_explicit(n, more, memory_order_relaxed);
}

static void
store(_Atomic uint64_t *n, uint64_t value)
{
    atomic_store_explicit(n, value, memory_order_relaxed);
}

static uint64_t
n_closed(struct listener *l)
{
    return load(&l->server->n_conns_closed);
}

static uint64_t
n_conns(struct listener *l)
{
    uint64_t closed = n_closed(l), opened = load(&l->n_opened);
    return opened > closed ? opened - closed : 0;
}

static bool
at_limit(struct listener *l)
{
    return n_conns(l) >= l->server->options->conn_limit;
}

/* ---- pausing ---- */

/* false: the kernel has no memory for an event of one of the sockets. */
static bool
set_accepting(struct listener *l, bool on)
{
    listener_must_be_main(l);
    bool all = true;
    for (size_t i = 0; i < l->sockets.n_streams; i++)
        if ((on ? event_add(l->acceptors[i].event, NULL) : event_del(l->acceptors[i].event)) != 0) {
            LOG(LOG_ERROR, "libevent refuses to %s listening", on ? "start" : "stop");
            all = false;
        }
    atomic_store_explicit(&l->accepting, on, memory_order_relaxed);
    return all;
}

static void
pause_accepting(struct listener *l, bool by_machine)
{
    MUST(l->paused_at_ns == 0);
    static const struct timeval period = {.tv_usec = RETRY_MS * 1000};
    l->paused_at_ns = clock_ns();
    l->paused_by_machine = by_machine;
    l->n_closed_at_pause = n_closed(l);
    (void)set_accepting(l, false);
    add(&l->n_pauses, 1);
    event_add(l->retry, &period);
}

/* Whether the reason for the pause may be over. */
static bool
may_resume(struct listener *l)
{
    if (!l->paused_by_machine)
        return !at_limit(l);
    bool one_closed = n_closed(l) != l->n_closed_at_pause;
    return one_closed || clock_ns() - l->paused_at_ns >= MACHINE_RETRY_MS * UINT64_C(1000000);
}

static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
    struct listener *l = arg;
    (void)fd;
    (void)what;
    listener_must_be_main(l);
    MUST(l->paused_at_ns != 0);
    if (!may_resume(l))
        return;
    add(&l->paused_us, (clock_ns() - l->paused_at_ns) / 1000);
    l->paused_at_ns = 0;
    event_del(l->retry);
    if (!set_accepting(l, true))
        pause_accepting(l, true);
}

/* ---- accepting ---- */

static void
reject(struct listener *l, int fd)
{
    static const char refusal[] = "ERROR Too many open connections\r\n";
    add(&l->n_rejected, 1);
    /* An accepted socket has room for this line; if not, the client gets no reason. */
    (void)send(fd, refusal, sizeof refusal - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    close(fd);
}

static void
deal(struct listener *l, struct accepted accepted)
{
    MUST(l->next_worker >= 0 && l->next_worker < l->server->n_workers);
    struct server *server = l->server;
    struct worker *w = server->workers[l->next_worker];
    l->next_worker = (l->next_worker + 1) % server->n_workers;
    store(&l->n_opened, load(&l->n_opened) + 1);
    add(&l->n_total, 1);
    if (n_conns(l) > load(&l->n_peak))
        store(&l->n_peak, n_conns(l));
    if (worker_accept(w, accepted))
        return;
    LOG(LOG_WARN, "no memory for a connection");
    close(accepted.fd);
    server_conn_closed(server);
}

/* Handles an error of accept4; false: accept no more for now. */
static bool
handle_error(struct listener *l, int error)
{
    switch (error) {
    case EAGAIN: return false;
    case EINTR:
    case ECONNABORTED:
    case EPERM: return true; /* only this connection is lost */
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM: LOG(LOG_WARN, "too many open connections: %s", strerror(error)); break;
    default: LOG(LOG_ERROR, "accept: %s", strerror(error)); break;
    }
    pause_accepting(l, true);
    return false;
}

/* false: accept no more for now. */
static bool
accept_one(struct listener *l, const struct listening *from)
{
    bool full = at_limit(l);
    if (full && !l->server->options->maxconns_fast) {
        pause_accepting(l, false);
        return false;
    }
    int fd = accept4(from->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return handle_error(l, errno);
    if (full)
        reject(l, fd);
    else
        deal(l, (struct accepted){fd, from});
    return true;
}

static void
on_accept(evutil_socket_t fd, short what, void *arg)
{
    struct acceptor *acceptor = arg;
    struct listener *l = acceptor->listener;
    (void)what;
    listener_must_be_main(l);
    MUST(fd == acceptor->socket->fd);
    for (int i = 0; i < ACCEPTS_PER_EVENT && accept_one(l, acceptor->socket); i++)
        continue;
}

/* ---- start and end ---- */

static bool
make_events(struct listener *l, struct event_base *base)
{
    const struct listening *socket;
    struct acceptor *acceptor = l->acceptors;
    l->retry = event_new(base, -1, EV_PERSIST, on_retry, l);
    bool ok = l->retry != NULL;
    STAILQ_FOREACH(socket, &l->sockets.all, link)
    {
        if (socket->worker >= 0)
            continue;
        MUST(acceptor < l->acceptors + SOCKETS_MAX);
        *acceptor = (struct acceptor){.listener = l, .socket = socket};
        acceptor->event = event_new(base, socket->fd, EV_READ | EV_PERSIST, on_accept, acceptor);
        ok &= acceptor->event != NULL;
        acceptor++;
    }
    return ok;
}

struct listener *
listener_new(struct server *server, struct event_base *base, char *why, size_t n_why)
{
    server_must_be_main_thread(server);
    struct listener *l = calloc(1, sizeof *l);
    if (l == NULL) {
        snprintf(why, n_why, "no memory for the listener");
        return NULL;
    }
    l->magic = LISTENER_MAGIC;
    l->server = server;
    sockets_init(&l->sockets);
    if (!binding_open(&l->sockets, server->options, server->service, why, n_why)) {
        listener_free(&l);
        return NULL;
    }
    if (!make_events(l, base)) {
        snprintf(why, n_why, "no memory for the listener's events");
        listener_free(&l);
        return NULL;
    }
    store(&l->n_total, l->sockets.n); /* memcached counts the listening sockets, too */
    return l;
}

void
listener_start(struct listener *l)
{
    listener_must_be_main(l);
    const struct listening *socket;
    STAILQ_FOREACH(socket, &l->sockets.all, link)
    {
        char text[ADDRESS_TEXT_MAX];
        address_text_of_socket(socket->fd, false, text, sizeof text);
        if (!socket->again)
            LOG(LOG_INFO, "listening on %s", text);
    }
    if (!set_accepting(l, true))
        pause_accepting(l, true);
}

void
listener_stop(struct listener *l)
{
    listener_must_be_main(l);
    (void)set_accepting(l, false);
    event_del(l->retry);
}

void
listener_free(struct listener **lp)
{
    struct listener *l = *lp;
    *lp = NULL;
    if (l == NULL)
        return;
    listener_must_be_main(l);
    for (size_t i = 0; i < SOCKETS_MAX; i++)
        if (l->acceptors[i].event != NULL)
            event_free(l->acceptors[i].event);
    if (l->retry != NULL)
        event_free(l->retry);
    sockets_close(&l->sockets);
    l->magic = 0;
    free(l);
}

/* ---- statistics ---- */

const struct sockets *
listener_sockets(const struct listener *l)
{
    listener_must_be(l);
    return &l->sockets;
}

void
listener_stats(struct listener *l, struct listener_stats *out)
{
    listener_must_be(l);
    *out = (struct listener_stats){
        .n_sockets = l->sockets.n,
        .n_conns = n_conns(l),
        .n_conns_peak = load(&l->n_peak),
        .n_total = load(&l->n_total),
        .n_rejected = load(&l->n_rejected),
        .n_pauses = load(&l->n_pauses),
        .paused_us = load(&l->paused_us),
        .accepting = atomic_load_explicit(&l->accepting, memory_order_relaxed),
    };
}

void
listener_stats_reset(struct listener *l)
{
    listener_must_be(l);
    store(&l->n_total, 0);
    store(&l->n_rejected, 0);
    store(&l->n_pauses, 0);
    store(&l->paused_us, 0);
}
