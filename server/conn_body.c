/*
 * conn_body: a connection's value on its way into the store, and those that do
 * not arrive; see conn.h and body.h.
 *
 * A value on which no byte has moved for -o body_timeout seconds is given up,
 * and its connection closed.  When others wait for the memory that partial
 * values may hold together, one that has had its time is refused sooner: a
 * second, and one more for each MiB that has come.  When others are refused
 * because too much is announced, it has ten seconds and as much more.
 */
#include "server/conn.h"

#include "base/clock.h"
#include "base/log.h"
#include "server/body.h"
#include "server/options.h"
#include "server/server.h"

enum {
    SECOND_NS = 1000000000,
    NS_A_BYTE = SECOND_NS >> 20, /* that a value may take while others wait */
};

/* ---- the turn ------------------------------------------------------------- */

static void
forget(struct conn *c)
{
    TAILQ_REMOVE(&c->set->bodies, c->body, link);
}

enum turn
conn_begin_body(struct conn *c, const struct request *req, struct buffer *in)
{
    static const struct timeval second = {.tv_sec = 1};
    struct conn_set *set = c->set;
    struct cmd_ctx *ctx = &set->ctx;
    const struct store_key key = store_key(req->key);
    struct store_partial partial;
    struct response rsp;
    cmd_begin_response(&rsp);
    if (!cmd_put_announce(ctx, req, &key, &partial, &rsp)) {
        cmd_reply(ctx, req, &rsp);
        c->swallow = (uint64_t)req->n_value + request_body_end(req);
        return TURN_GOES_ON;
    }
    counter_inc(conn_counter(c, WORKER_N_ALLOCATIONS));
    c->body = body_new(req, &key, &partial);
    if (c->body == NULL) {
        counter_inc(conn_counter(c, WORKER_N_BUFFER_OOM));
        store_partial_end(ctx->thread, &partial);
        ctx->close = true;
        return TURN_OVER;
    }
    c->body->conn = c;
    TAILQ_INSERT_TAIL(&set->bodies, c->body, link);
    if (!c->peer.datagrams && !event_pending(&set->body_timer, EV_TIMEOUT, NULL) &&
        event_add(&set->body_timer, &second) != 0)
        LOG(LOG_ERROR, "libevent refuses the timer of -o body_timeout");
    return conn_take_body(c, in);
}

/* It is to go on when there may be memory.  A datagram has no later turn, and is dropped with what it holds. */
static enum turn
wait_for_memory(struct conn *c)
{
    if (c->peer.datagrams) {
        store_thread_retry(c->set->ctx.thread, (struct store_ask){0});
        return TURN_DRY;
    }
    conn_starve(c);
    return TURN_WAITS;
}

enum turn
conn_take_body(struct conn *c, struct buffer *in)
{
    struct body *b = c->body;
    struct cmd_ctx *ctx = &c->set->ctx;
    bool waited = b->waits;
    enum body_state state = body_take(b, ctx, in);
    if (waited && state != BODY_WAITS)
        b->since_ns = clock_ns();
    switch (state) {
    case BODY_COMING: return TURN_DRY;
    case BODY_WAITS: return wait_for_memory(c);
    case BODY_REFUSED:
        forget(c);
        body_refuse(&c->body, ctx, &c->swallow);
        return ctx->close ? TURN_OVER : TURN_GOES_ON;
    case BODY_WHOLE:
        forget(c);
        if (body_finish(&c->body, ctx))
            return TURN_GOES_ON;
        TAILQ_INSERT_TAIL(&c->set->bodies, b, link);
        return wait_for_memory(c);
    }
    UNREACHABLE();
}

/* Before a read: memory for what it brings.  false: the connection's turn has to say how it goes on. */
bool
conn_make_room_for_body(struct conn *c)
{
    struct cmd_ctx *ctx = &c->set->ctx;
    if (LIKELY(c->body->refused == STORE_OK && body_has_room(c->body)))
        return true;
    store_enter(ctx->thread);
    enum body_state state = body_make_room(c->body, ctx);
    store_leave(ctx->thread);
    return state == BODY_COMING;
}

void
conn_drop_body(struct conn *c)
{
    struct store_thread *thread = c->set->ctx.thread;
    if (c->body == NULL)
        return;
    forget(c);
    store_enter(thread);
    store_partial_end(thread, &c->body->partial);
    store_leave(thread);
    body_free(&c->body);
}

/* ---- values that do not arrive -------------------------------------------- */

/* How long a value may take to begin with; 0: as long as it likes. */
static uint64_t
patience_ns(enum store_contention contention)
{
    switch (contention) {
    case STORE_UNCONTENDED: return 0;
    case STORE_PARTIALS_REFUSED: return 10 * (uint64_t)SECOND_NS;
    case STORE_PARTIALS_WAIT: return SECOND_NS;
    }
    UNREACHABLE();
}

static bool
is_overdue(const struct body *b, uint64_t now_ns, uint64_t patience)
{
    return patience != 0 && b->refused == STORE_OK && !b->waits &&
           now_ns - b->since_ns > patience + (uint64_t)b->n_read * NS_A_BYTE;
}

/* Its memory is free at once; the client is told as soon as it can be. */
static void
refuse(struct conn *c)
{
    struct store_thread *thread = c->set->ctx.thread;
    counter_inc(conn_counter(c, WORKER_N_BODY_OVERDUE));
    store_enter(thread);
    body_give_up(c->body, thread, STORE_NO_MEMORY);
    store_leave(thread);
    if (c->out == NULL && !c->yielded)
        conn_answer_refused(c);
}

static void
time_out(struct conn *c)
{
    counter_inc(conn_counter(c, WORKER_N_BODY_TIMEOUTS));
    LOG(LOG_INFO, "<%d a value stopped coming after %u of %u bytes, connection closed", c->stream.fd,
        c->body->n_read, c->body->request.n_value);
    c->peer.reason = CLOSE_IDLE_TIMEOUT;
    conn_close(c);
}

static void
look_at(struct conn_set *set, uint64_t patience, uint32_t limit_s)
{
    uint32_t now_s = clock_now_s();
    uint64_t now_ns = clock_ns();
    struct body *b = TAILQ_FIRST(&set->bodies), *next;
    for (; b != NULL; b = next) {
        next = TAILQ_NEXT(b, link);
        if (limit_s != 0 && !b->waits && now_s - b->moved_s > limit_s)
            time_out(b->conn);
        else if (is_overdue(b, now_ns, patience))
            refuse(b->conn);
    }
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
    static const struct timeval second = {.tv_sec = 1};
    struct conn_set *set = arg;
    (void)fd;
    (void)what;
    look_at(set, patience_ns(store_partial_contention(set->server->store)),
        OPTION_NOW(set->server->options, body_timeout_s));
    if (!TAILQ_EMPTY(&set->bodies) && event_add(&set->body_timer, &second) != 0)
        LOG(LOG_ERROR, "libevent refuses the timer of -o body_timeout");
}

bool
conn_bodies_init(struct conn_set *set)
{
    TAILQ_INIT(&set->bodies);
    return event_assign(&set->body_timer, set->base, -1, 0, on_timer, set) == 0;
}

void
conn_bodies_fini(struct conn_set *set)
{
    MUST(TAILQ_EMPTY(&set->bodies));
    event_del(&set->body_timer);
}
