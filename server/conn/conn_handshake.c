/* conn_handshake: see conn_handshake.h. */
#include "server/conn/conn_handshake.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "server/conn/conn_close.h"
#include "server/conn/conn_turn.h"
#include "server/cmd/trace.h"
#include "server/options/options.h"
#include "server/server.h"
#include "server/net/sockets.h"
#include "server/net/tls.h"

static void
fail(struct conn *c, const char *why)
{
    MUST(conn_state(c) == CONN_HANDSHAKE);
    LOG(LOG_INFO, "<%d TLS handshake failed: %s", c->stream.fd, why);
    trace_tls_error(c->set->server, c->set->ctx.ring, c->stream.fd, why);
    counter_inc(conn_counter(c, WORKER_N_TLS_HANDSHAKE_ERRORS));
    conn_close(c);
}

/* ---- timeouts ----------------------------------------------------------- */

static void
close_overdue(struct conn_list *list, uint32_t limit_s)
{
    struct conn *next;
    uint32_t now_s = clock_now_s();
    for (struct conn *c = TAILQ_FIRST(list); c != NULL; c = next) {
        next = TAILQ_NEXT(c, queue_link);
        if (now_s - atomic_load_explicit(&c->last_turn_s, memory_order_relaxed) <= limit_s)
            continue;
        counter_inc(conn_counter(c, WORKER_N_TLS_HANDSHAKE_TIMEOUTS));
        fail(c, "it took too long");
    }
}

static bool
set_timer(struct conn_set *set)
{
    static const struct timeval second = {.tv_sec = 1};
    return event_pending(&set->handshakes.timer, EV_TIMEOUT, NULL) ||
           event_add(&set->handshakes.timer, &second) == 0;
}

/*
 * Connections that wait for their turn are closed, too: a client that has waited
 * for the server that long has given up.
 */
static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct conn_set *set = arg;
    conn_set_must_be_self(set);
    uint32_t limit_s = OPTION_NOW(set->server->options, ssl_handshake_timeout_s);
    (void)fd;
    (void)what;
    close_overdue(&set->handshakes.waiting, limit_s);
    close_overdue(&set->handshakes.ready, limit_s);
    if (TAILQ_EMPTY(&set->handshakes.waiting) && TAILQ_EMPTY(&set->handshakes.ready))
        return;
    if (!set_timer(set))
        LOG(LOG_ERROR, "libevent refuses the timer of TLS handshakes");
}

/* ---- waiting ------------------------------------------------------------ */

static void
on_ready(evutil_socket_t fd, short what, void *arg)
{
    struct conn *c = arg;
    conn_must_be(c);
    MUST(c->stream.fd == fd && c->queue == &c->set->handshakes.waiting);
    (void)what;
    conn_dequeue(c);
    conn_enqueue(c, &c->set->handshakes.ready);
}

static bool
wait_once(struct conn *c, short what)
{
    MUST(what == EV_READ || what == EV_WRITE);
    return event_assign(&c->event, c->set->base, c->stream.fd, what, on_ready, c) == 0 &&
           event_add(&c->event, NULL) == 0;
}

bool
conn_handshake_begin(struct conn *c)
{
    MUST(c->queue == NULL && c->stream.tls == NULL);
    if (!set_timer(c->set) || !wait_once(c, EV_READ))
        return false;
    conn_set_state(c, CONN_HANDSHAKE);
    conn_enqueue(c, &c->set->handshakes.waiting);
    return true;
}

/* ---- a step ------------------------------------------------------------- */

/* Disconnecting without sending a byte is not an error: load balancers probe this way. */
static bool
peer_has_closed(const struct conn *c)
{
    char byte;
    ssize_t n = recv(c->stream.fd, &byte, 1, MSG_PEEK);
    return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

static bool
begin_tls(struct conn *c)
{
    MUST(c->set->server->tls != NULL);
    struct conn_set *set = c->set;
    if (tls_begin(set->server->tls, &c->stream, c->from->traits.tls, &set->handshakes.tls))
        return true;
    counter_inc(conn_counter(c, WORKER_N_BUFFER_OOM));
    LOG(LOG_WARN, "<%d no memory for TLS, connection closed", c->stream.fd);
    conn_close(c);
    return false;
}

/* From now on it is like any other connection; bytes that it has sent already wait in its stream. */
static void
end_handshake(struct conn *c)
{
    conn_must_be(c);
    MUST(c->stream.tls != NULL);
    conn_dequeue(c);
    conn_set_state(c, CONN_READ);
    counter_inc(conn_counter(c, WORKER_N_TLS_HANDSHAKES));
    if (stream_tls_is_resumed(&c->stream))
        counter_inc(conn_counter(c, WORKER_N_TLS_RESUMED));
    if (stream_tls_in_kernel(&c->stream))
        counter_inc(conn_counter(c, WORKER_N_TLS_IN_KERNEL));
    if (log_on(LOG_DEBUG)) {
        char text[256];
        stream_tls_describe(&c->stream, text, sizeof text);
        LOG(LOG_DEBUG, "<%d %s", c->stream.fd, text);
    }
    conn_touch(c);
    c->waits_for = CONN_ASKS;
    if (!conn_turn_wait_for(c, EV_READ))
        conn_close(c);
}

static void
step(struct conn *c)
{
    MUST(c->queue == &c->set->handshakes.ready);
    char why[256];
    if (c->stream.tls == NULL && peer_has_closed(c)) {
        conn_close(c);
        return;
    }
    if (c->stream.tls == NULL && !begin_tls(c))
        return;
    int result = stream_tls_handshake(&c->stream);
    if (result == 0) {
        end_handshake(c);
    } else if (result == -EAGAIN) {
        conn_dequeue(c);
        conn_enqueue(c, &c->set->handshakes.waiting);
        if (!wait_once(c, c->stream.crossed ? EV_WRITE : EV_READ))
            fail(c, "no memory for its event");
    } else {
        stream_tls_why(&c->stream, why, sizeof why);
        fail(c, result == -EPROTO ? why : strerror(-result));
    }
}

void
conn_handshake_run(struct conn_set *set)
{
    conn_set_must_be_self(set);
    struct conn *c = TAILQ_FIRST(&set->handshakes.ready);
    if (c != NULL)
        step(c);
}

/* ---- the set ------------------------------------------------------------ */

bool
conn_handshake_init(struct conn_set *set, const struct options *o)
{
    TAILQ_INIT(&set->handshakes.waiting);
    TAILQ_INIT(&set->handshakes.ready);
    set->handshakes.tls = (struct stream_tls_thread){0};
    if (!o->tls)
        return true;
    return event_assign(&set->handshakes.timer, set->base, -1, 0, on_timer, set) == 0 &&
           stream_tls_thread_init(
               &set->handshakes.tls, o->ssl_wbuf_size, &set->ctx.counters[WORKER_N_TLS_SESSIONS]);
}

void
conn_handshake_fini(struct conn_set *set)
{
    MUST(TAILQ_EMPTY(&set->handshakes.waiting) && TAILQ_EMPTY(&set->handshakes.ready));
    if (set->server->options->tls)
        event_del(&set->handshakes.timer);
    stream_tls_thread_fini(&set->handshakes.tls);
}
