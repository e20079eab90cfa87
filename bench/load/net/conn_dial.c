/* conn_dial: takes a connection to CONN_READY: connect, TLS, login; dials again after a failure. */
#include "bench/load/net/conn.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/clock.h"
#include "bench/load/options/options.h"
#include "bench/load/net/tls.h"

void
conn_dial_login(struct event_loop *h, struct conn *c)
{
    char request[WIRE_LOGIN_ROOM];
    bool fits;
    char *end = h->wire->login(request, h->o, c->login_step++, &fits);
    if (!fits) {
        conn_fail(h, c, "the user name and password are too long");
        return;
    }
    if (end == NULL) {
        c->stage = CONN_READY;
        c->tries = 0;
        h->n_dialing--;
        h->owner->ready(h, c);
        return;
    }
    c->stage = CONN_LOGIN;
    conn_asked(c, (struct conn_flight){.since_ns = h->now_ns, .n_keys = 1, .ask = ASK_LOGIN});
    (void)conn_send(h, c, request, (size_t)(end - request));
}

static void
handshake(struct event_loop *h, struct conn *c)
{
    int r = stream_tls_handshake(&c->stream);
    if (r == 0) {
        conn_watch(h, c, EPOLLIN);
        conn_dial_login(h, c);
    } else if (r == -EAGAIN) {
        conn_watch(h, c, c->stream.crossed ? EPOLLOUT : EPOLLIN);
    } else {
        char why[256], all[300];
        stream_tls_why(&c->stream, why, sizeof why);
        snprintf(all, sizeof all, "TLS: %s",
            r == -EPROTO       ? why
            : r == -ECONNRESET ? "the server closed the connection"
                               : strerror(-r));
        conn_fail(h, c, all);
    }
}

static void
connected(struct event_loop *h, struct conn *c)
{
    if (h->target->tls == NULL) {
        conn_watch(h, c, EPOLLIN);
        conn_dial_login(h, c);
        return;
    }
    if (!tls_begin(h->target, h->o->tls_resume ? &c->session : NULL, &c->stream, &h->tls)) {
        conn_fail(h, c, "TLS: out of memory");
        return;
    }
    c->stage = CONN_TLS;
    handshake(h, c);
}

/* This address failed with `error`: tries the next one, or fails. */
static void
try_next(struct event_loop *h, struct conn *c, int error)
{
    if (c->stream.fd >= 0)
        stream_close(&c->stream);
    for (c->stream.fd = -1; ++c->tries < h->target->n;) {
        int fd = target_connect(h->target, (h->address + c->tries) % h->target->n);
        if (fd >= 0) {
            c->stream = stream_tcp(fd);
            struct epoll_event e = {.events = c->events = EPOLLOUT, .data.ptr = c};
            if (epoll_ctl(h->epoll, EPOLL_CTL_ADD, fd, &e) == 0)
                return;
            fd = -errno;
            stream_close(&c->stream);
            c->stream.fd = -1;
        }
        error = -fd;
    }
    char why[128];
    snprintf(why, sizeof why, "cannot connect: %s", strerror(error));
    conn_fail(h, c, why);
}

void
conn_dial(struct event_loop *h, struct conn *c)
{
    MUST(c->stage == CONN_CLOSED);
    if (c->redial_ns == 0)
        h->n_dialing++;
    c->redial_ns = 0;
    c->stage = CONN_CONNECTING;
    c->round = h->round;
    c->dialed_ns = clock_ns();
    c->login_step = 0;
    c->first = 0;
    c->tries = UINT32_MAX; /* the first try is number 0 */
    try_next(h, c, 0);
}

void
conn_dial_later(struct event_loop *h, struct conn *c, uint64_t wait_ns)
{
    MUST(c->stage == CONN_CLOSED && c->redial_ns == 0);
    h->n_dialing++;
    c->redial_ns = h->now_ns + wait_ns + 1;
}

void
conn_dial_step(struct event_loop *h, struct conn *c)
{
    if (c->stage == CONN_TLS) {
        handshake(h, c);
        return;
    }
    int error = 0;
    socklen_t n = sizeof error;
    if (getsockopt(c->stream.fd, SOL_SOCKET, SO_ERROR, &error, &n) != 0)
        error = errno;
    if (error != 0) {
        try_next(h, c, error);
        return;
    }
    h->address = (h->address + c->tries) % h->target->n;
    connected(h, c);
}

void
conn_dial_look(struct event_loop *h, struct conn *c)
{
    switch (c->stage) {
    case CONN_CLOSED:
        if (c->redial_ns > 0 && c->redial_ns <= h->now_ns)
            conn_dial(h, c);
        return;
    case CONN_CONNECTING:
    case CONN_TLS:
    case CONN_LOGIN:
        if (h->now_ns > c->dialed_ns && (double)(h->now_ns - c->dialed_ns) > h->o->connection_timeout * 1e9)
            conn_fail(h, c,
                c->stage == CONN_CONNECTING ? "connecting took too long"
                : c->stage == CONN_TLS      ? "TLS: the handshake took too long"
                                            : "the server does not answer the login");
        return;
    case CONN_READY: return;
    }
    UNREACHABLE();
}
