/*
 * conn_step: one step of a connection: opens it, sends, receives, and closes it
 * after its deadline; see conn.h.
 */
#include "client/conn/conn.h"

#include <poll.h>

#include "client/larder.h"

/* The deadlines of requests from before the connection was up begin now. */
static void
came_up(struct conn *c, uint64_t now_ns)
{
    MUST(c->state == CONN_UP && c->n_answered == 0);
    uint64_t waited = now_ns - c->began_ns;

    for (size_t i = 0; i < c->asked.count; i++) {
        struct pending *p = pending_at(&c->asked, i);
        if (p->deadline_ns != UINT64_MAX)
            p->deadline_ns += waited;
    }
    conn_flush(c, now_ns);
}

static void
step_up(struct conn *c, short revents, uint64_t now_ns)
{
    int code = LARDER_OK;

    conn_flush(c, now_ns);
    if (c->state == CONN_UP && ((revents & ~POLLOUT) || c->stream.crossed || c->stream.pending))
        code = conn_reply_step(c);
    if (code == LARDER_OK)
        conn_flush(c, now_ns); /* the requests of sinks */
    else
        conn_break_off(c, code, now_ns);
}

void
conn_step(struct conn *c, short revents, uint64_t now_ns)
{
    conn_must_hold(c);
    if (c->state == CONN_DOWN)
        return;
    if (c->state == CONN_UP && (revents || c->stream.pending)) {
        step_up(c, revents, now_ns);
    } else if (c->state != CONN_UP) {
        int code = revents ? conn_open_step(c, revents) : LARDER_OK;
        if (code != LARDER_OK) {
            conn_drop(c, code, true, now_ns);
            return;
        }
        if (c->state == CONN_UP)
            came_up(c, now_ns);
    }
    if (now_ns >= conn_deadline_ns(c)) {
        conn_set_why(c, c->state == CONN_UP ? "no answer in time" : "no connection in time");
        conn_drop(c, LARDER_TIMEOUT, true, now_ns);
    }
}
