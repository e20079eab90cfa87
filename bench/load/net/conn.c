/* conn: starts and ends a connection, counts its outstanding requests and sends bytes; see conn.h. */
#include "bench/load/net/conn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "bench/load/net/tls.h"

bool
conn_init(struct conn *c, uint32_t pipeline, uint32_t keys_each)
{
    *c = (struct conn){.stream = {.fd = -1}, .pipeline = pipeline, .keys_each = keys_each};
    c->flights = calloc(pipeline, sizeof *c->flights);
    c->numbers = calloc((size_t)pipeline * keys_each, sizeof *c->numbers);
    return c->flights != NULL && c->numbers != NULL;
}

void
conn_fini(struct event_loop *h, struct conn *c)
{
    conn_close(h, c);
    free(c->flights);
    free(c->numbers);
    free(c->rest);
    tls_session_free(&c->session);
}

void
conn_close(struct event_loop *h, struct conn *c)
{
    if (c->stage != CONN_READY && (c->stage != CONN_CLOSED || c->redial_ns > 0))
        h->n_dialing--;
    if (c->stream.fd >= 0)
        stream_close(&c->stream);
    c->stream.fd = -1;
    c->stage = CONN_CLOSED;
    c->redial_ns = 0;
    c->n_flights = c->n_carry = 0;
    c->n_rest = c->rest_at = 0;
    c->is_in_value = false;
}

void
conn_fail(struct event_loop *h, struct conn *c, const char *why)
{
    uint32_t n_lost = c->stage == CONN_READY ? c->n_flights : 0;
    conn_close(h, c);
    h->owner->failed(h, c, why, n_lost);
}

void
conn_watch(struct event_loop *h, struct conn *c, uint32_t events)
{
    if (c->events == events)
        return;
    struct epoll_event e = {.events = events, .data.ptr = c};
    MUST(epoll_ctl(h->epoll, EPOLL_CTL_MOD, c->stream.fd, &e) == 0);
    c->events = events;
}

void
conn_watch_for(struct event_loop *h, struct conn *c, bool writes)
{
    conn_watch(h, c, EPOLLIN | (writes ? (uint32_t)EPOLLOUT : 0));
}

void
conn_expect(struct conn *c)
{
    const struct conn_flight *f = &c->flights[c->first];
    c->asked = (struct wire_asked){f->ask, f->n_keys, 0};
    c->key_at = 0;
    c->n_hits = c->n_wrong = 0;
    c->n_bytes = 0;
    c->outcome = WIRE_OK;
}

void
conn_asked(struct conn *c, struct conn_flight f)
{
    uint32_t i = c->first + c->n_flights;
    c->flights[i < c->pipeline ? i : i - c->pipeline] = f;
    if (c->n_flights++ == 0)
        conn_expect(c);
}

/* Keeps the bytes that the socket did not accept; the buffer grows to the longest rest so far. */
static bool
keep_rest(struct conn *c, const char *p, size_t n)
{
    if (n > c->rest_room) {
        char *room = malloc(n);
        if (room == NULL)
            return false;
        free(c->rest);
        c->rest = room;
        c->rest_room = n;
    }
    memcpy(c->rest, p, n);
    c->n_rest = n;
    c->rest_at = 0;
    return true;
}

bool
conn_send(struct event_loop *h, struct conn *c, const char *p, size_t n)
{
    MUST(c->n_rest == 0);
    while (n > 0) {
        ssize_t sent = stream_send(&c->stream, p, n);
        if (sent == -EAGAIN)
            break;
        if (sent < 0) {
            conn_fail(h, c, strerror((int)-sent));
            return false;
        }
        p += sent;
        n -= (size_t)sent;
    }
    if (n > 0 && !keep_rest(c, p, n)) {
        conn_fail(h, c, "out of memory");
        return false;
    }
    if (n > 0)
        conn_watch_for(h, c, !c->stream.crossed);
    return true;
}
