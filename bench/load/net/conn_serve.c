/* conn_serve: handles an event of a connection's socket; see conn.h. */
#include "bench/load/net/conn.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/clock.h"

/* False if the connection failed. */
static bool
send_rest(struct event_loop *h, struct conn *c)
{
    while (c->n_rest > 0) {
        ssize_t sent = stream_send(&c->stream, c->rest + c->rest_at, c->n_rest);
        if (sent == -EAGAIN)
            break;
        if (sent < 0) {
            conn_fail(h, c, strerror((int)-sent));
            return false;
        }
        c->rest_at += (size_t)sent;
        c->n_rest -= (size_t)sent;
    }
    conn_watch_for(h, c, c->n_rest > 0 && !c->stream.crossed);
    return true;
}

/* False if the connection failed. */
static bool
receive(struct event_loop *h, struct conn *c)
{
    for (;;) {
        size_t n_carry = c->n_carry, room = h->n_in - n_carry;
        ssize_t got = stream_recv(&c->stream, h->in + n_carry, room);
        if (got == -EAGAIN)
            break;
        if (got <= 0) {
            conn_fail(h, c, got == 0 ? "the server closed the connection" : strerror((int)-got));
            return false;
        }
        memcpy(h->in, c->carry, n_carry);
        c->n_carry = 0;
        h->now_ns = clock_ns();
        const char *why = conn_read(h, c, h->in, n_carry + (size_t)got);
        if (why != NULL) {
            conn_fail(h, c, why);
            return false;
        }
        if (c->stage != CONN_READY && c->stage != CONN_LOGIN)
            return false; /* the owner has closed it, or even dialled again */
        if ((size_t)got < room && !c->stream.pending)
            break;
    }
    if (c->stream.crossed || c->events != EPOLLIN)
        conn_watch_for(h, c, c->n_rest > 0 && !c->stream.crossed);
    return true;
}

void
conn_serve(struct event_loop *h, struct conn *c, uint32_t events)
{
    if (c->stage == CONN_CLOSED || c->round == h->round)
        return; /* an earlier event of this round led to the new socket; this one is of the old socket */
    if (c->stage == CONN_CONNECTING || c->stage == CONN_TLS) {
        conn_dial_step(h, c);
        return;
    }
    if (c->n_rest > 0 && !send_rest(h, c))
        return;
    if ((events & ~(uint32_t)EPOLLOUT) != 0 || c->stream.crossed)
        if (!receive(h, c))
            return;
    if (c->stage == CONN_READY)
        h->owner->turn(h, c);
}
