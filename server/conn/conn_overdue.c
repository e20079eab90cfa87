/* conn_overdue: see conn_overdue.h. */
#include "server/conn/conn_overdue.h"

#include "base/clock.h"
#include "base/log.h"
#include "server/conn/body.h"
#include "server/conn/conn_close.h"
#include "server/conn/conn_turn.h"
#include "server/options/options.h"
#include "server/server.h"

enum {
    SECOND_NS = 1000000000,
    NS_A_BYTE = SECOND_NS >> 20, /* for each byte of a value while other values wait */
};

/* The time that a value has in addition to that of its bytes; 0: no limit. */
static uint64_t
timeout_ns(enum store_contention contention)
{
    switch (contention) {
    case STORE_UNCONTENDED: return 0;
    case STORE_PARTIALS_REFUSED: return 10 * (uint64_t)SECOND_NS;
    case STORE_PARTIALS_WAIT: return SECOND_NS;
    }
    UNREACHABLE();
}

static bool
is_overdue(const struct body *b, uint64_t now_ns, uint64_t timeout)
{
    return timeout != 0 && b->refused == STORE_OK && !b->waits &&
           now_ns - b->since_ns > timeout + (uint64_t)b->n_read * NS_A_BYTE;
}

/* Frees its memory immediately; the client gets the error in its next turn. */
static void
refuse(struct conn *c)
{
    conn_must_be(c);
    MUST(c->body != NULL && c->body->refused == STORE_OK);
    struct store_thread *thread = c->set->ctx.thread;
    counter_inc(conn_counter(c, WORKER_N_BODY_OVERDUE));
    store_enter(thread);
    body_give_up(c->body, thread, STORE_NO_MEMORY);
    store_leave(thread);
    if (c->out == NULL && !conn_is_ready(c))
        conn_turn_answer_refused(c);
}

static void
time_out(struct conn *c)
{
    conn_must_be(c);
    MUST(c->body != NULL && !c->body->waits);
    counter_inc(conn_counter(c, WORKER_N_BODY_TIMEOUTS));
    LOG(LOG_INFO, "<%d a value stopped coming after %u of %u bytes, connection closed", c->stream.fd,
        c->body->n_read, c->body->request.n_value);
    c->peer.reason = CLOSE_IDLE_TIMEOUT;
    conn_close(c);
}

static void
check_bodies(struct conn_set *set, uint64_t timeout, uint32_t limit_s)
{
    uint32_t now_s = clock_now_s();
    uint64_t now_ns = clock_ns();
    struct body *b = TAILQ_FIRST(&set->bodies), *next;
    for (; b != NULL; b = next) {
        next = TAILQ_NEXT(b, link);
        MUST(b->conn->body == b);
        if (limit_s != 0 && !b->waits && now_s - b->moved_s > limit_s)
            time_out(b->conn);
        else if (is_overdue(b, now_ns, timeout))
            refuse(b->conn);
    }
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
    static const struct timeval second = {.tv_sec = 1};
    struct conn_set *set = arg;
    conn_set_must_be_self(set);
    (void)fd;
    (void)what;
    check_bodies(set, timeout_ns(store_partial_contention(set->server->store)),
        OPTION_NOW(set->server->options, body_timeout_s));
    if (!TAILQ_EMPTY(&set->bodies) && event_add(&set->body_timer, &second) != 0)
        LOG(LOG_ERROR, "libevent refuses the timer of -o body_timeout");
}

bool
conn_overdue_init(struct conn_set *set)
{
    TAILQ_INIT(&set->bodies);
    return event_assign(&set->body_timer, set->base, -1, 0, on_timer, set) == 0;
}

void
conn_overdue_fini(struct conn_set *set)
{
    MUST(TAILQ_EMPTY(&set->bodies));
    event_del(&set->body_timer);
}
