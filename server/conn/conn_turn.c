/*
 * conn_turn: see conn_turn.h.
 *
 * `serve` is the whole life of a request.  A turn has three bounds: the bytes of
 * one read, -R requests, and one buffer of replies.  A connection that has
 * requests left then waits until the other ready ones had a turn.  No turn reads
 * until the socket is empty, because the event comes again if it is not.
 */
#include "server/conn/conn_turn.h"

#include "base/log.h"
#include "server/conn/body.h"
#include "server/conn/conn_body.h"
#include "server/conn/conn_close.h"
#include "server/conn/conn_input.h"
#include "server/conn/conn_memory.h"
#include "server/conn/conn_run.h"
#include "server/cmd/trace.h"
#include "server/options/options.h"
#include "server/server.h"
#include "server/net/sockets.h"

static void
begin_turn(struct conn *c)
{
    conn_must_be(c);
    CHECKED_MUST(c->out == NULL && outq_empty(&c->set->out));
    CHECKED_MUST(c->set->ctx.job == NULL && c->set->ctx.watcher == NULL && !c->set->ctx.starves);
    struct cmd_ctx *ctx = &c->set->ctx;
    ctx->peer = &c->peer;
    server_catch_up(c->set->server);
    trace_begin_turn(ctx);
    ctx->commands = c->peer.commands;
    ctx->budget = (int32_t)OPTION_NOW(c->set->server->options, reqs_per_event);
    ctx->goes_on = false;
    ctx->close = false;
    c->interrupted = false;
    if (UNLIKELY(c->asked.number != 0))
        store_thread_retry(ctx->thread, c->asked);
    conn_set_state(c, CONN_PARSE);
    conn_touch(c);
}

/* Stage 5; false if the connection was closed. */
static bool
send_replies(struct conn *c)
{
    CHECKED_MUST(c->out == NULL);
    struct conn_set *set = c->set;
    struct outq_sent sent = {0};
    enum outq_result result = outq_send(&set->out, &c->stream, set->ctx.thread, &sent);
    counter_add(conn_counter(c, WORKER_N_SENDS), sent.calls);
    counter_add(conn_counter(c, WORKER_N_BYTES_WRITTEN), sent.bytes);
    switch (result) {
    case OUTQ_SENT: return true;
    case OUTQ_BLOCKED:
        c->out = outq_save(&set->out, &set->reply_pool);
        if (c->out != NULL)
            return true;
        outq_drop(&set->out, set->ctx.thread);
        conn_close_for_memory(c);
        return false;
    case OUTQ_BROKEN:
        outq_drop(&set->out, set->ctx.thread);
        conn_close(c);
        return false;
    }
    UNREACHABLE();
}

bool
conn_turn_wait_for(struct conn *c, short what)
{
    conn_must_be(c);
    CHECKED_MUST(what == 0 || what == EV_READ || what == EV_WRITE);
    short asks = c->waits_for & CONN_ASKS;
    if (asks != 0 && c->stream.crossed && what != 0)
        what ^= EV_READ | EV_WRITE;
    if (what != 0 && asks != 0 && c->stream.pending && c->out == NULL && !c->interrupted &&
        c->queue == NULL && !c->squeezed)
        conn_yield(c); /* the socket gives no event for bytes that the stream holds */
    if (c->waits_for == (what | asks))
        return true;
    c->waits_for = what | asks;
    if (event_del(&c->event) != 0 || what == 0)
        return what == 0;
    return event_assign(&c->event, c->set->base, c->stream.fd, (short)(what | EV_PERSIST), conn_turn_on_event,
               c) == 0 &&
           event_add(&c->event, NULL) == 0;
}

/* In most cases it already waits for that. */
static inline bool
wait_for(struct conn *c, short what)
{
    return LIKELY(c->waits_for == what) || conn_turn_wait_for(c, what);
}

/* Decides what the connection waits for next. */
static void
end_turn(struct conn *c)
{
    CHECKED_MUST(outq_empty(&c->set->out));
    if (c->closing && c->out == NULL) {
        conn_close(c);
        return;
    }
    if (!wait_for(c, c->out != NULL ? EV_WRITE : UNLIKELY(c->parked) ? 0 : EV_READ)) {
        conn_close_for_memory(c);
        return;
    }
    if (c->out != NULL)
        conn_set_state(c, CONN_MWRITE);
    else if (c->interrupted && !c->parked)
        conn_yield(c); /* also a connection that has waited for memory, and whose body needs no more bytes */
    else if (c->body != NULL)
        conn_set_state(c, CONN_NREAD);
    else if (!c->interrupted)
        conn_set_state(c, c->swallow > 0 ? CONN_SWALLOW : CONN_READ);
}

/* Stage 5 for datagrams: their stream stores all bytes, or the reply is too large. */
static void
hand_over_replies(struct conn *c)
{
    struct outq_sent sent = {0};
    struct conn_set *set = c->set;
    if (outq_send(&set->out, &c->stream, set->ctx.thread, &sent) != OUTQ_SENT)
        outq_drop(&set->out, set->ctx.thread);
}

/* A turn that ended with `watch`, before which no reply was made. */
static void
hand_over(struct conn *c)
{
    struct watcher *watcher = c->set->ctx.watcher;
    c->set->ctx.watcher = NULL;
    MUST(outq_empty(&c->set->out));
    conn_close_to_watch(c, watcher);
}

/*
 * The life of requests, from the bytes that stage 1 (conn_read) has put into
 * `in` to the bytes of their replies.
 */
static void
serve(struct conn *c, struct buffer *in)
{
    struct conn_set *set = c->set;
    begin_turn(c);
    if (UNLIKELY(set->memory.squeezes))
        outq_squeeze(&set->out);

    store_enter(set->ctx.thread);
    enum turn turn = conn_run_old(c, in);
    while (turn == TURN_GOES_ON) {
        conn_run_swallow(c, in);
        conn_run_parse(c, in);        /* stage 2 */
        conn_run_prefetch(set);       /* stage 3 */
        turn = conn_run_batch(c, in); /* stage 4 */
        if (turn == TURN_GOES_ON)
            turn = conn_run_rest(c, in);
        if (turn == TURN_GOES_ON && set->ctx.budget <= 0)
            turn = buffer_n(in) > 0 ? TURN_OVER : TURN_DRY;
    }
    store_leave(set->ctx.thread);

    if (UNLIKELY(c->asked.number != 0 && turn != TURN_WAITS)) { /* the requests after it are new */
        c->asked = (struct store_ask){0};
        store_thread_retry(set->ctx.thread, c->asked);
    }
    CHECKED_MUST(!set->ctx.goes_on && set->ctx.job == NULL);
    buffer_must_hold(in);
    c->closing = set->ctx.close;
    c->interrupted = turn == TURN_OVER || turn == TURN_WAITS;
    c->parked = turn == TURN_WAITS;
    if (c->interrupted)
        parse_again(&c->parser); /* for the requests that were parsed and not run */
    if (c->closing) {
        in->start = in->end;
        if (set->ctx.watcher != NULL) {
            hand_over(c);
            return;
        }
    }

    if (UNLIKELY(c->peer.datagrams)) {
        hand_over_replies(c);
        return;
    }
    if (!send_replies(c)) /* stage 5 */
        return;
    if (!conn_input_keep(c, in))
        conn_close_for_memory(c);
    else
        end_turn(c);
}

void
conn_turn_answer_refused(struct conn *c)
{
    conn_must_hold(c);
    MUST(c->out == NULL && c->queue == NULL && c->body != NULL);
    c->parked = false;
    c->set->memory.squeezes = false;
    serve(c, &c->in);
}

bool
conn_turn_serve_datagram(struct conn *c, struct buffer *in)
{
    MUST(c->peer.datagrams);
    c->set->memory.squeezes = false;
    serve(c, in);
    return c->interrupted && !c->closing;
}

const struct request *
conn_turn_parse_datagram(struct conn *c, struct buffer *in)
{
    const struct conn_batch *b = &c->set->batch;
    c->parser = (struct parser){.protocol = c->from->traits.protocol, .whole_lines = true};
    c->set->ctx.budget = 1;
    conn_run_parse(c, in);
    return b->n == 0 && b->ended == PARSE_MORE ? NULL : &b->request[0];
}

/* The socket accepts bytes again. */
static void
drain(struct conn *c)
{
    conn_must_hold(c);
    CHECKED_MUST(c->waits_for & EV_WRITE || c->stream.crossed);
    struct conn_set *set = c->set;
    struct outq_sent sent = {0};
    enum outq_result result = outq_send(c->out, &c->stream, set->ctx.thread, &sent);
    counter_add(conn_counter(c, WORKER_N_SENDS), sent.calls);
    counter_add(conn_counter(c, WORKER_N_BYTES_WRITTEN), sent.bytes);
    if (sent.bytes > 0)
        conn_touch(c);
    switch (result) {
    case OUTQ_BLOCKED:
        if (!wait_for(c, EV_WRITE))
            conn_close_for_memory(c);
        return;
    case OUTQ_BROKEN: conn_close(c); return;
    case OUTQ_SENT:
        outq_free(&c->out, &set->reply_pool);
        end_turn(c);
        return;
    }
    UNREACHABLE();
}

/* The bytes that have arrived so far are not enough. */
static void
await_more(struct conn *c, struct buffer *in)
{
    if (!conn_input_keep(c, in) || !wait_for(c, EV_READ))
        conn_close_for_memory(c);
}

static void
readable(struct conn *c)
{
    CHECKED_MUST(!c->interrupted && !c->parked);
    struct buffer *in = conn_input_buffer(c);
    if (in == NULL) {
        conn_close_for_memory(c);
        return;
    }
    if (UNLIKELY(c->body != NULL) && !conn_body_make_room(c)) {
        serve(c, in);
        return;
    }
    switch (conn_input_read(c, in)) {
    case CAME_SOME:
        if (LIKELY(c->body == NULL || body_is_whole(c->body))) {
            serve(c, in);
        } else {
            conn_touch(c);
            await_more(c, in);
        }
        return;
    case CAME_NONE: await_more(c, in); return;
    case CAME_END: conn_close(c); return;
    }
    UNREACHABLE();
}

void
conn_turn_on_event(evutil_socket_t fd, short what, void *arg)
{
    struct conn *c = arg;
    MUST(c->magic == CONN_MAGIC && c->stream.fd == fd);
    (void)what;
    if (UNLIKELY(c->out != NULL))
        drain(c);
    else if (LIKELY(c->queue == NULL)) /* otherwise it still has requests to run */
        conn_turn_take(c);
}

/*
 * While the worker squeezes.  false: the client must read its replies first, and
 * the connection waits for that, or is closed.
 */
static __attribute__((noinline, cold)) bool
may_be_served(struct conn *c)
{
    if (conn_memory_may_serve(c))
        return true;
    conn_set_state(c, CONN_MWRITE);
    if (!conn_turn_wait_for(c, EV_WRITE))
        conn_close_for_memory(c);
    return false;
}

void
conn_turn_take(struct conn *c)
{
    struct conn_set *set = c->set;
    MUST(c->out == NULL);
    conn_must_hold(c);
    set->memory.squeezes = UNLIKELY(conn_memory_of_set(set) > set->memory.share) && conn_memory_is_short(set);
    if (UNLIKELY(set->memory.squeezes)) {
        if (!may_be_served(c))
            return;
    } else if (UNLIKELY(c->tight)) {
        conn_memory_loosen(c);
    }
    if (UNLIKELY(c->interrupted))
        serve(c, &c->in);
    else
        readable(c); /* its stream has more bytes than the last read took, or it was parked inside a value */
}
