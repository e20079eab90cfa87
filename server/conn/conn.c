/* conn: see conn.h. */
#include "server/conn/conn.h"

#include <stdlib.h>

#include "server/server.h"
#include "server/net/sockets.h"

enum { SPARE_MAX = 256 }; /* closed connections that are kept for reuse */

struct conn *
conn_alloc(struct conn_set *set)
{
    conn_set_must_be_self(set);
    struct conn *c = TAILQ_FIRST(&set->spare);
    if (c == NULL) {
        counter_inc(&set->ctx.counters[WORKER_N_ALLOCATIONS]);
        return malloc(sizeof(*c));
    }
    MUST(set->n_spare > 0 && c->magic == 0);
    TAILQ_REMOVE(&set->spare, c, link);
    set->n_spare--;
    return c;
}

void
conn_free(struct conn *c)
{
    struct conn_set *set = c->set;
    conn_must_be(c);
    MUST(c->queue == NULL && c->out == NULL && c->body == NULL && c->job == NULL && c->in.p == NULL);
    c->magic = 0;
    MUST(set->n_spare <= SPARE_MAX);
    if (set->n_spare == SPARE_MAX) {
        free(c);
        return;
    }
    TAILQ_INSERT_HEAD(&set->spare, c, link);
    set->n_spare++;
}

/* ---- what must hold -------------------------------------------------------- */

#ifdef LARDER_CHECKS
void
conn_must_hold(const struct conn *c)
{
    conn_must_be(c);
    conn_set_must_be_self(c->set);
    short what = c->waits_for & (EV_READ | EV_WRITE);
    bool handshakes = c->queue == &c->set->handshakes.waiting || c->queue == &c->set->handshakes.ready;
    buffer_must_hold(&c->in);
    MUST(c->body == NULL || c->job == NULL);
    MUST(c->body == NULL || c->parked || c->interrupted || buffer_n(&c->in) == 0);
    MUST(c->out == NULL || !outq_empty(c->out));
    MUST(!c->parked || c->interrupted);
    MUST(!c->parked || c->out != NULL || what == 0);
    MUST(handshakes == (conn_state(c) == CONN_HANDSHAKE));
    MUST(c->swallow == 0 || c->body == NULL);
}
#endif

/* ---- further turns ------------------------------------------------------- */

void
conn_yield(struct conn *c)
{
    conn_must_be(c);
    counter_inc(conn_counter(c, WORKER_N_CONN_YIELDS));
    conn_enqueue(c, &c->set->yielded);
}

/* A connection that is not parked runs its job by itself, in its next turn. */
static void
on_wake(struct inbox_note *note)
{
    struct conn *c = (struct conn *)((char *)note - offsetof(struct conn, peer.wake));
    conn_must_be(c);
    conn_set_must_be_self(c->set);
    if (c->parked)
        conn_resume(c);
}

void
conn_init(struct conn *c, struct conn_set *set, struct stream stream, const struct listening *from)
{
    MUST(stream.ops != NULL && from != NULL);
    conn_set_must_be_self(set);
    *c = (struct conn){.magic = CONN_MAGIC, .stream = stream, .from = from, .set = set};
    c->parser.protocol = from->traits.protocol;
    c->peer.fd = stream.fd;
    c->peer.wake.run = on_wake;
    cmd_peer_may(&c->peer, set->server->tables, set->rights_at_first);
}

void
conn_resume(struct conn *c)
{
    MUST(c->magic == CONN_MAGIC && c->parked);
    c->parked = false;
    if (c->out == NULL) /* otherwise it continues when the replies are sent: end_turn */
        conn_yield(c);
}

void
conn_free_job(struct conn *c)
{
    if (c->job != NULL)
        c->job->ops->free(c->job);
    c->job = NULL;
}
