/*
 * conn_memory: one bound for the memory of all connections together; see conn.h.
 *
 * What connections hold are requests that wait, and replies that their clients
 * do not take.  From half of the bound on a worker *squeezes*: a client that has
 * not taken what it was sent is not read from until it has; a read brings
 * little; and a turn ends after few replies, which the socket takes.  So hardly
 * more is held for clients that do not read, while those that do are served,
 * and no connection is closed.
 *
 *   held by all <= half of the bound + SQUEEZED_READ + OUTQ_SQUEEZED_MAX for each connection
 *
 * A worker asks what the others hold only when it holds its own share.
 */
#include "server/conn.h"

#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/log.h"
#include "server/options.h"
#include "server/server.h"

enum { BOUND_SHARE = 8, BOUND_LEAST = 32 << 20 };

uint64_t
conn_memory_bound(const struct options *o)
{
    uint64_t bound = o->conn_memory != 0 ? o->conn_memory : o->memory_limit / BOUND_SHARE;
    return o->conn_memory == 0 && bound < BOUND_LEAST ? BOUND_LEAST : bound;
}

uint64_t
conn_memory_held(const struct server *server)
{
    uint64_t held = 0;
    for (int i = 0; i < server->n_workers; i++)
        held += worker_conn_memory(server->workers[i]);
    return held;
}

void
conn_memory_init(struct conn_set *set)
{
    const struct options *o = set->server->options;
    set->memory.squeeze_from = conn_memory_bound(o) / 2;
    set->memory.share = set->memory.squeeze_from / o->threads;
    set->memory.fixed = conn_set_held(set);
}

__attribute__((noinline, cold)) bool
conn_memory_is_short(const struct conn_set *set)
{
    return conn_memory_held(set->server) > set->memory.squeeze_from;
}

/* Bytes that may wait in the kernel, not sent, while a TCP socket counts as writable; 0: as many as fit.  Others ignore it. */
static void
set_low_water(struct conn *c, int n)
{
    (void)setsockopt(c->stream.fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &n, sizeof n);
    c->tight = n != 0;
}

__attribute__((noinline, cold)) void
conn_loosen(struct conn *c)
{
    set_low_water(c, 0);
}

/*
 * While the worker squeezes.  false: the client has to take replies first, and
 * the connection waits for that, or is gone.
 */
__attribute__((noinline, cold)) bool
conn_may_be_served(struct conn *c)
{
    struct pollfd p = {.fd = c->stream.fd, .events = POLLOUT};
    c->squeezed = false;
    if (!c->tight)
        set_low_water(c, 1); /* or it is writable with room for a part of a reply, and we keep the rest */
    if (c->stream.crossed || poll(&p, 1, 0) != 0) /* writable, or an error that the read will find */
        return true;
    c->squeezed = true;
    counter_inc(conn_counter(c, WORKER_N_SQUEEZES));
    conn_set_state(c, CONN_MWRITE);
    if (conn_wait_for(c, EV_WRITE))
        return false;
    counter_inc(conn_counter(c, WORKER_N_BUFFER_OOM));
    LOG(LOG_WARN, "<%d no memory for its event, connection closed", c->stream.fd);
    conn_close(c);
    return false;
}
