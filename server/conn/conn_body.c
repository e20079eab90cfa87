/* conn_body: see conn_body.h. */
#include "server/conn/conn_body.h"

#include "base/clock.h"
#include "base/log.h"
#include "server/conn/body.h"
#include "server/conn/conn_wait.h"

static void
remove_from_list(struct conn *c)
{
    CHECKED_MUST(c->body->conn == c);
    TAILQ_REMOVE(&c->set->bodies, c->body, link);
}

enum turn
conn_body_begin(struct conn *c, const struct request *req, struct buffer *in)
{
    conn_must_be(c);
    CHECKED_MUST(c->body == NULL && c->job == NULL && c->swallow == 0);
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
    return conn_body_take(c, in);
}

/*
 * It continues when there may be memory.  A datagram has no later turn, and is
 * dropped with the memory that it holds.
 */
static enum turn
wait_for_memory(struct conn *c)
{
    if (c->peer.datagrams) {
        store_thread_retry(c->set->ctx.thread, (struct store_ask){0});
        return TURN_DRY;
    }
    conn_wait_for_memory(c);
    return TURN_WAITS;
}

enum turn
conn_body_take(struct conn *c, struct buffer *in)
{
    struct body *b = c->body;
    struct cmd_ctx *ctx = &c->set->ctx;
    CHECKED_MUST(b->conn == c);
    bool waited = b->waits;
    enum body_state state = body_take(b, ctx, in);
    if (waited && state != BODY_WAITS)
        b->since_ns = clock_ns();
    switch (state) {
    case BODY_COMING: return TURN_DRY;
    case BODY_WAITS: return wait_for_memory(c);
    case BODY_REFUSED:
        remove_from_list(c);
        body_refuse(&c->body, ctx, &c->swallow);
        return ctx->close ? TURN_OVER : TURN_GOES_ON;
    case BODY_WHOLE:
        remove_from_list(c);
        if (body_finish(&c->body, ctx))
            return TURN_GOES_ON;
        TAILQ_INSERT_TAIL(&c->set->bodies, b, link);
        return wait_for_memory(c);
    }
    UNREACHABLE();
}

/*
 * Called before a read: reserves memory for the next bytes.  false:
 * conn_body_take decides how the connection continues.
 */
bool
conn_body_make_room(struct conn *c)
{
    conn_must_be(c);
    CHECKED_MUST(c->body->conn == c);
    struct cmd_ctx *ctx = &c->set->ctx;
    if (LIKELY(c->body->refused == STORE_OK && body_has_room(c->body)))
        return true;
    store_enter(ctx->thread);
    enum body_state state = body_make_room(c->body, ctx);
    store_leave(ctx->thread);
    return state == BODY_COMING;
}

void
conn_body_drop(struct conn *c)
{
    conn_set_must_be_self(c->set);
    struct store_thread *thread = c->set->ctx.thread;
    if (c->body == NULL)
        return;
    remove_from_list(c);
    store_enter(thread);
    store_partial_end(thread, &c->body->partial);
    store_leave(thread);
    body_free(&c->body);
}
