/* core: chooses the servers for a key, and runs one round of all connections; see handle.h. */
#include "client/handle.h"

#include <limits.h>

#include "base/clock.h"

static_assert(sizeof(struct larder_pollfd) == sizeof(struct pollfd), "they have the same fields");

/* ---- choosing servers ---------------------------------------------------- */

/* With the option failover, the next server of the ring replaces one that is marked down. */
unsigned
core_choose(
    const struct larder *l, struct bytes key, uint64_t now_ns, struct conn **choice, unsigned max, int *code)
{
    uint32_t order[HANDLE_REPLICAS_MAX + 8];
    unsigned n_order = 1, n = 0;
    bool failover = config_number(&l->env.config, CONFIG_FAILOVER);

    CHECKED_MUST(max > 0 && max <= HANDLE_REPLICAS_MAX);
    CHECKED_MUST((l->route != NULL) == (l->n_conns > 1));
    *code = LARDER_NO_SERVERS;
    if (l->n_conns == 0)
        return 0;
    if (LIKELY(l->route == NULL)) {
        order[0] = 0;
    } else {
        unsigned wanted = failover ? HANDLE_REPLICAS_MAX + 8 : max;
        n_order = route_choose(l->route, key, order, wanted);
        CHECKED_MUST(n_order <= wanted);
    }
    for (unsigned i = 0; i < n_order && n < max; i++) {
        CHECKED_MUST(order[i] < l->n_conns);
        struct conn *c = l->conns[order[i]];
        if (c->state == CONN_DOWN && !health_may_try(&c->health, now_ns)) {
            conn_set_why(c, "marked down");
            *code = LARDER_DEAD;
            continue;
        }
        choice[n++] = c;
    }
    return n;
}

struct conn *
core_conn_of(struct larder *l, struct bytes key, uint64_t now_ns, int *code)
{
    struct conn *c;

    if (LIKELY(l->n_conns == 1))
        return l->conns[0]; /* conn_ask checks whether the server is marked down */
    return core_choose(l, key, now_ns, &c, 1, code) > 0 ? c : NULL;
}

void
core_release(struct larder *l)
{
    handle_must_be(l);
    for (size_t i = 0; i < l->n_conns; i++)
        buffer_in_release(&l->conns[i]->in);
    if (UNLIKELY(l->env.unpacked != NULL))
        packing_forget(&l->env.unpacked);
}

/* While gives_up is set no connection opens, so the loop ends even if callbacks submit requests. */
void
core_give_up(struct larder *l)
{
    handle_must_be(l);
    MUST(!l->env.gives_up);
    l->env.gives_up = true;
    while (l->env.n_outstanding > 0)
        for (size_t i = 0; i < l->n_conns; i++)
            if (l->conns[i]->asked.count > 0)
                conn_drop(l->conns[i], LARDER_CLOSED, false, 0);
    l->env.gives_up = false;
}

/* ---- a round ------------------------------------------------------------ */

/* All connections: the servers', then the scout. */
static size_t
n_all(const struct larder *l)
{
    return l->n_conns + (l->topology.scout != NULL);
}

static struct conn *
conn_at(const struct larder *l, size_t i)
{
    CHECKED_MUST(i < n_all(l));
    return LIKELY(i < l->n_conns) ? l->conns[i] : l->topology.scout;
}

/*
 * Fills l->polled and returns the number of entries.  Also finds the earliest
 * deadline, and whether bytes are ready that need no wait.
 */
static nfds_t
gather(struct larder *l, bool idle, uint64_t *deadline_ns, bool *immediately)
{
    nfds_t n = 0;

    MUST(l->polled != NULL || n_all(l) == 0);
    *deadline_ns = UINT64_MAX;
    *immediately = false;
    if (idle)
        *deadline_ns = topology_due_ns(&l->topology, l->env.n_failures);
    for (size_t i = 0; i < n_all(l); i++) {
        struct conn *c = conn_at(l, i);
        uint64_t deadline = conn_deadline_ns(c);
        short events = conn_events(c, idle);
        if (deadline < *deadline_ns)
            *deadline_ns = deadline;
        if (events == 0)
            continue;
        *immediately |= conn_is_pending(c);
        l->polled[n] = (struct pollfd){.fd = c->stream.fd, .events = events};
        l->polled_conns[n++] = c;
    }
    MUST(n <= n_all(l));
    return n;
}

/* Milliseconds until the deadline, rounded up; -1 if there is none. */
static int
wait_ms(uint64_t deadline_ns, uint64_t now_ns)
{
    if (deadline_ns == UINT64_MAX)
        return -1;
    uint64_t left = deadline_ns > now_ns ? (deadline_ns - now_ns + 999999) / 1000000 : 0;
    return left < INT_MAX ? (int)left : INT_MAX;
}

static void
flush_all(struct larder *l, uint64_t now_ns)
{
    for (size_t i = 0; i < n_all(l); i++) {
        struct conn *c = conn_at(l, i);
        if (c->state == CONN_UP && !c->blocked && buffer_out_left(&c->out) > 0)
            conn_flush(c, now_ns);
    }
}

/* Connections that poll does not report may have passed their deadline. */
static void
step_all(struct larder *l, nfds_t n, uint64_t now_ns)
{
    for (nfds_t i = 0; i < n; i++)
        if (l->polled[i].revents || l->polled_conns[i]->stream.pending)
            conn_step(l->polled_conns[i], l->polled[i].revents, now_ns);
    for (size_t i = 0; i < n_all(l); i++)
        if (UNLIKELY(now_ns >= conn_deadline_ns(conn_at(l, i))))
            conn_step(conn_at(l, i), 0, now_ns);
}

void
core_run(struct larder *l, int timeout_ms, bool idle)
{
    struct tls_hold hold;
    uint64_t deadline_ns;
    bool immediately;

    tls_hold(&l->env.tls, tls_is_used(&l->env.tls, &l->env.config), &hold);
    uint64_t now_ns = clock_ns();
    flush_all(l, now_ns);
    nfds_t n = gather(l, idle, &deadline_ns, &immediately);
    int ms = wait_ms(deadline_ns, now_ns);
    if (timeout_ms >= 0 && (ms < 0 || ms > timeout_ms))
        ms = timeout_ms;
    if (n > 0 || ms > 0) {
        if (poll(l->polled, n, immediately ? 0 : ms) < 0) /* a signal, or out of memory: none is ready */
            for (nfds_t i = 0; i < n; i++)
                l->polled[i].revents = 0;
    }
    step_all(l, n, clock_ns());
    tls_release(&l->env.tls, &hold);
}

/* The usual case of a call that waits: one connection, from which only a reply has to be read. */
static bool
wait_in_socket(struct larder *l, uint64_t now_ns)
{
    struct conn *c = l->conns[0];

    CHECKED_MUST(l->n_conns == 1);
    conn_flush(c, now_ns);
    if (!conn_can_wait(c, now_ns))
        return false;
    c->waits = true;
    conn_step(c, POLLIN, now_ns);
    c->waits = false;
    if (UNLIKELY(c->asked.count > 0))
        conn_step(c, 0, clock_ns()); /* its deadline may have passed */
    return true;
}

void
core_wait(struct larder *l, const size_t *left, uint64_t now_ns)
{
    MUST(*left == 0 || l->n_conns > 0);
    while (*left > 0) {
        if (l->n_conns != 1 || l->topology.state == TOPOLOGY_ASKING || !wait_in_socket(l, now_ns))
            core_run(l, -1, false);
        if (UNLIKELY(*left > 0))
            now_ns = clock_ns();
    }
}

/* ---- larder.h ----------------------------------------------------------- */

size_t
larder_pollfds(struct larder *l, struct larder_pollfd *fds, size_t n_max, int *timeout_ms)
{
    uint64_t deadline_ns;
    bool immediately;
    uint64_t now_ns = clock_ns();

    handle_must_be(l);
    flush_all(l, now_ns);
    size_t n = gather(l, true, &deadline_ns, &immediately);
    for (size_t i = 0; i < n && i < n_max; i++)
        fds[i] = (struct larder_pollfd){.fd = l->polled[i].fd, .events = l->polled[i].events};
    *timeout_ms = immediately ? 0 : wait_ms(deadline_ns, now_ns);
    return n;
}
