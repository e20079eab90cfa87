/* conn_memory: see conn_memory.h. */
#include "server/conn/conn_memory.h"

#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "server/options/options.h"
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
        held += conn_memory_of_set(server->conn_sets[i]);
    return held;
}

void
conn_memory_init(struct conn_set *set)
{
    const struct options *o = set->server->options;
    MUST(o->threads > 0);
    set->memory.squeeze_from = conn_memory_bound(o) / 2;
    set->memory.share = set->memory.squeeze_from / o->threads;
    set->memory.fixed = conn_memory_of_set(set);
}

__attribute__((noinline, cold)) bool
conn_memory_is_short(const struct conn_set *set)
{
    return conn_memory_held(set->server) > set->memory.squeeze_from;
}

/*
 * The unsent bytes that the kernel may hold while a TCP socket counts as
 * writable; 0: as many as fit.  Other sockets ignore it.
 */
static void
set_low_water(struct conn *c, int n)
{
    (void)setsockopt(c->stream.fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &n, sizeof n);
    c->tight = n != 0;
}

__attribute__((noinline, cold)) void
conn_memory_loosen(struct conn *c)
{
    MUST(c->tight);
    set_low_water(c, 0);
}

__attribute__((noinline, cold)) bool
conn_memory_may_serve(struct conn *c)
{
    MUST(c->set->memory.squeezes && c->out == NULL);
    struct pollfd p = {.fd = c->stream.fd, .events = POLLOUT};
    c->squeezed = false;
    if (!c->tight)
        /* otherwise it counts as writable with room for a part of a reply, and we keep the rest */
        set_low_water(c, 1);
    if (c->stream.crossed || poll(&p, 1, 0) != 0) /* writable, or an error that the read will report */
        return true;
    c->squeezed = true;
    counter_inc(conn_counter(c, WORKER_N_SQUEEZES));
    return false;
}
