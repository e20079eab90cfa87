/* conn: see conn.h. */
#include "server/conn/conn.h"

#include <stdlib.h>

#include "server/server.h"
#include "server/net/sockets.h"

enum { SPARE_MAX = 256 }; /* closed connections that are kept for reuse */

struct conn *
conn_alloc(struct conn_set *set)
{
    struct conn *c = TAILQ_FIRST(&set->spare);
    if (c == NULL) {
        counter_inc(&set->ctx.counters[WORKER_N_ALLOCATIONS]);
        return malloc(sizeof(*c));
    }
    TAILQ_REMOVE(&set->spare, c, link);
    set->n_spare--;
    return c;
}

void
conn_free(struct conn *c)
{
    struct conn_set *set = c->set;
    c->magic = 0;
    if (set->n_spare == SPARE_MAX) {
        free(c);
        return;
    }
    TAILQ_INSERT_HEAD(&set->spare, c, link);
    set->n_spare++;
}

/* ---- further turns ------------------------------------------------------- */

void
conn_yield(struct conn *c)
{
    counter_inc(conn_counter(c, WORKER_N_CONN_YIELDS));
    conn_enqueue(c, &c->set->yielded);
}

/* A connection that is not parked runs its job by itself, in its next turn. */
static void
on_wake(struct inbox_note *note)
{
    struct conn *c = (struct conn *)((char *)note - offsetof(struct conn, peer.wake));
    if (c->parked)
        conn_resume(c);
}

void
conn_init(struct conn *c, struct conn_set *set, struct stream stream, const struct listening *from)
{
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
