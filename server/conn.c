/*
 * conn: one turn of a connection, from bytes to bytes; see conn.h.
 *
 * `serve` is the whole life of a request.  A turn is bounded three ways: by
 * what one read brought, by -R requests, and by one buffer of replies.  Whoever
 * has requests left then goes behind the others that are ready; nobody loops
 * until a socket is dry, since the event comes again if it is not.
 */
#include "server/conn.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "server/body.h"
#include "server/sockets.h"
#include "server/cmd_auth.h"
#include "server/cyrus.h"
#include "server/note.h"
#include "server/options.h"
#include "server/server.h"

/* A get whose turn ended before its keys: the request, which begins again with the keys that are left. */
struct paused {
    struct request request;
    uint32_t n_args; /* of `in` */
    uint32_t n_line; /* likewise, to where the next request begins */
};

static void
close_for_memory(struct conn *c)
{
    counter_inc(conn_counter(c, WORKER_N_BUFFER_OOM));
    LOG(LOG_WARN, "<%d no memory for a buffer, connection closed", c->stream.fd);
    conn_close(c);
}

/* ---- running ------------------------------------------------------------ */

enum turn {
    TURN_GOES_ON,
    TURN_DRY,  /* nothing more can be done before more bytes come */
    TURN_OVER, /* there may be whole requests left, for the next turn */
};

/* Stage 2: every whole request in the buffer, its key hashed and its line of the index on its way. */
static void
parse_batch(struct conn *c, const struct buffer *in)
{
    struct conn_batch *b = &c->set->batch;
    const struct store_thread *thread = c->set->ctx.thread;
    int32_t max = c->set->ctx.budget < CONN_BATCH_MAX ? c->set->ctx.budget : CONN_BATCH_MAX;
    uint32_t at = in->start;
    b->ended = PARSE_DONE;
    unsigned n = 0;
    while ((int32_t)n < max) {
        struct request *req = &b->request[n];
        if (at == in->end) {
            b->ended = PARSE_MORE;
            break;
        }
        req->key.n = 0; /* the parser sets it for those that have one */
        b->ended = proto_parse(&c->parser, bytes_of(in->p + at, in->end - at), req, &b->parsed);
        if (b->ended != PARSE_DONE)
            break;
        at += (uint32_t)b->parsed.used;
        b->end[n] = at;
        b->key[n].n = (uint32_t)req->key.n;
        if (LIKELY(req->key.n > 0)) {
            b->key[n] = store_key(req->key);
            store_prefetch_index(thread, &b->key[n]);
        }
        n++;
    }
    b->n = n;
}

/* Stage 3: by now the index has come; ask for the items that it leads to.  Not worth it for one alone. */
static void
prefetch_items(const struct conn_set *set)
{
    const struct conn_batch *b = &set->batch;
    for (unsigned i = 0; b->n > 1 && i < b->n; i++) {
        if (LIKELY(b->key[i].n > 0))
            store_prefetch_item(set->ctx.thread, &b->key[i]);
    }
}

/* Runs one request.  false when it is not done: ctx says how it goes on. */
static inline bool
run(struct cmd_ctx *ctx, const struct request *req)
{
    struct response rsp;
    cmd_begin_response(&rsp);
    ctx->commands[req->kind](ctx, req, &rsp);
    cmd_reply(ctx, req, &rsp);
    return LIKELY(!ctx->goes_on);
}

/* `req`, whose line ends at `end`, is to go on in the connection's next turn, with ctx->job or with the keys of ctx->rest. */
static void
pause_request(struct conn *c, const struct request *req, struct buffer *in, uint32_t end)
{
    struct cmd_ctx *ctx = &c->set->ctx;
    ctx->goes_on = false;
    if (ctx->job != NULL) {
        c->job = ctx->job;
        ctx->job = NULL;
        in->start = end;
        return;
    }
    if (c->paused == NULL) {
        counter_inc(conn_counter(c, WORKER_N_ALLOCATIONS));
        c->paused = malloc(sizeof(*c->paused));
        if (c->paused == NULL) {
            counter_inc(conn_counter(c, WORKER_N_BUFFER_OOM));
            ctx->close = true; /* half an answer cannot be mended */
            return;
        }
        c->paused->request = *req;
        c->paused->request.key.n = 0;
    }
    in->start = (uint32_t)(ctx->rest.p - in->p);
    c->paused->n_args = (uint32_t)ctx->rest.n;
    c->paused->n_line = end - in->start;
}

static void
free_job(struct conn *c)
{
    if (c->job != NULL)
        c->job->ops->free(c->job);
    c->job = NULL;
}

/* Goes on with a job. */
static enum turn
step_job(struct conn *c)
{
    if (!c->job->ops->step(&c->set->ctx, c->job))
        return TURN_OVER;
    free_job(c);
    return TURN_GOES_ON;
}

/* Goes on with a get of many keys. */
static enum turn
resume_paused(struct conn *c, struct buffer *in)
{
    struct paused *p = c->paused;
    uint32_t end = in->start + p->n_line;
    p->request.args = bytes_of(in->p + in->start, p->n_args);
    if (!run(&c->set->ctx, &p->request)) {
        pause_request(c, &p->request, in, end);
        return TURN_OVER;
    }
    in->start = end;
    free(p);
    c->paused = NULL;
    return TURN_GOES_ON;
}

/* Stage 4: runs the batch in order. */
static enum turn
run_batch(struct conn *c, struct buffer *in)
{
    struct conn_batch *b = &c->set->batch;
    struct cmd_ctx *ctx = &c->set->ctx;
    unsigned i = 0;
    for (; i < b->n && !outq_full(ctx->out) && !ctx->close; i++) {
        note_line(ctx, in);
        ctx->key = b->key[i];
        if (UNLIKELY(!run(ctx, &b->request[i]))) {
            pause_request(c, &b->request[i], in, b->end[i]);
            break;
        }
        in->start = b->end[i];
    }
    ctx->budget -= (int32_t)i;
    counter_add(&ctx->counters[WORKER_N_REQUESTS], i);
    return i == b->n && !ctx->close ? TURN_GOES_ON : TURN_OVER;
}

/* A value that has not all come, and that the store is not to have: it is discarded, unless a command needs it whole. */
static __attribute__((noinline, cold)) enum turn
refuse_body(struct conn *c, const struct request *req, struct buffer *in)
{
    struct cmd_ctx *ctx = &c->set->ctx;
    bool login = cmd_is_login(ctx, req);
    if ((login && req->n_value <= LOGIN_BYTES_MAX) || cmd_config_wants_body(ctx, req)) {
        in->start -= (uint32_t)c->set->batch.parsed.used; /* to be parsed again when more has come */
        return TURN_DRY;
    }
    if (!run(ctx, req))
        UNREACHABLE();
    if (!login) /* memcached takes what stands behind a line that promises too much for the next line */
        c->swallow = (uint64_t)req->n_value + request_body_end(req);
    return ctx->close ? TURN_OVER : TURN_GOES_ON;
}

/* A storing command whose value has not all come. */
static enum turn
begin_body(struct conn *c, const struct request *req, struct buffer *in)
{
    struct cmd_ctx *ctx = &c->set->ctx;
    if (UNLIKELY(ctx->commands[req->kind] != cmd_put))
        return refuse_body(c, req, in);
    const struct store_key key = store_key(req->key);
    struct response rsp;
    struct store_slot slot;
    cmd_begin_response(&rsp);
    if (!cmd_put_reserve(ctx, req, &key, &slot, &rsp)) {
        cmd_reply(ctx, req, &rsp);
        c->swallow = (uint64_t)req->n_value + request_body_end(req);
        return TURN_GOES_ON;
    }
    counter_inc(conn_counter(c, WORKER_N_ALLOCATIONS));
    c->body = body_new(req, &key, &slot);
    if (c->body == NULL) {
        counter_inc(conn_counter(c, WORKER_N_BUFFER_OOM));
        store_cancel(ctx->thread, &slot);
        ctx->close = true;
        return TURN_OVER;
    }
    body_take(c->body, ctx->thread, in);
    return TURN_DRY;
}

/* What makes no sense, from somebody who has not logged in: he is told no more than that. */
static __attribute__((noinline, cold)) enum turn
refuse_bad(struct conn *c, const struct request *req)
{
    struct cmd_ctx *ctx = &c->set->ctx;
    struct response rsp;
    cmd_begin_response(&rsp);
    cmd_unauthenticated(ctx, req, &rsp);
    cmd_reply(ctx, req, &rsp);
    c->swallow = c->set->batch.parsed.swallow <= LOGIN_BYTES_MAX ? c->set->batch.parsed.swallow : 0;
    return ctx->close ? TURN_OVER : TURN_GOES_ON;
}

/* What is behind the batch and is no whole request. */
static enum turn
end_batch(struct conn *c, struct buffer *in)
{
    struct conn_batch *b = &c->set->batch;
    struct cmd_ctx *ctx = &c->set->ctx;
    const struct request *req = &b->request[b->n];
    if (b->ended == PARSE_DONE)
        return TURN_GOES_ON;
    if (b->ended == PARSE_MORE)
        return TURN_DRY;
    if (outq_full(ctx->out))
        return TURN_OVER;
    note_line(ctx, in);
    ctx->budget--;
    counter_inc(&ctx->counters[WORKER_N_REQUESTS]);
    in->start += (uint32_t)b->parsed.used;
    switch (b->ended) {
    case PARSE_BODY: return begin_body(c, req, in);
    case PARSE_BAD:
        if (UNLIKELY(ctx->commands[req->kind] == cmd_before_login))
            return refuse_bad(c, req);
        cmd_reply(ctx, req,
            &(struct response){.kind = RSP_FAIL, .text = b->parsed.complaint, .failure = b->parsed.failure});
        c->swallow = b->parsed.swallow;
        ctx->close = b->parsed.close;
        return ctx->close ? TURN_OVER : TURN_GOES_ON;
    case PARSE_CLOSE: ctx->close = true; return TURN_OVER;
    case PARSE_DONE:
    case PARSE_MORE: break;
    }
    UNREACHABLE();
}

static void
discard_swallowed(struct conn *c, struct buffer *in)
{
    uint32_t n = c->swallow < buffer_n(in) ? (uint32_t)c->swallow : buffer_n(in);
    in->start += n;
    c->swallow -= n;
}

/* What an earlier turn has left undone. */
static enum turn
finish_old(struct conn *c, struct buffer *in)
{
    if (UNLIKELY(c->body != NULL))
        body_finish(&c->body, &c->set->ctx);
    if (UNLIKELY(c->job != NULL))
        return step_job(c);
    if (UNLIKELY(c->paused != NULL))
        return resume_paused(c, in);
    return TURN_GOES_ON;
}

/* ---- a turn ------------------------------------------------------------- */

static void
begin_turn(struct conn *c)
{
    struct cmd_ctx *ctx = &c->set->ctx;
    ctx->conn = c;
    note_begin_turn(ctx);
    ctx->commands = c->commands;
    ctx->budget = (int32_t)OPTION_NOW(c->set->server->options, reqs_per_event);
    ctx->goes_on = false;
    ctx->close = false;
    c->interrupted = false;
    conn_set_state(c, CONN_PARSE);
    atomic_store_explicit(&c->last_turn_s, clock_now_s(), memory_order_relaxed);
}

/* Stage 5; false if the connection is gone. */
static bool
send_replies(struct conn *c)
{
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
        close_for_memory(c);
        return false;
    case OUTQ_BROKEN:
        outq_drop(&set->out, set->ctx.thread);
        conn_close(c);
        return false;
    }
    UNREACHABLE();
}

bool
conn_wait_for(struct conn *c, short what)
{
    short asks = c->waits_for & CONN_ASKS;
    if (asks != 0 && c->stream.crossed)
        what ^= EV_READ | EV_WRITE;
    if (asks != 0 && c->stream.pending && c->out == NULL && !c->interrupted && !c->yielded)
        conn_yield(c); /* the socket has nothing to say about bytes that the stream has */
    if (c->waits_for == (what | asks))
        return true;
    c->waits_for = what | asks;
    return event_del(&c->event) == 0 &&
           event_assign(
               &c->event, c->set->base, c->stream.fd, (short)(what | EV_PERSIST), conn_on_event, c) == 0 &&
           event_add(&c->event, NULL) == 0;
}

/* Mostly it waits for that already. */
static inline bool
wait_for(struct conn *c, short what)
{
    return LIKELY(c->waits_for == what) || conn_wait_for(c, what);
}

/* Decides what the connection waits for next. */
static void
end_turn(struct conn *c)
{
    if (c->closing && c->out == NULL) {
        conn_close(c);
        return;
    }
    if (!wait_for(c, c->out != NULL ? EV_WRITE : EV_READ)) {
        close_for_memory(c);
        return;
    }
    if (c->out != NULL)
        conn_set_state(c, CONN_MWRITE);
    else if (c->interrupted)
        conn_yield(c);
    else
        conn_set_state(c, c->body != NULL ? CONN_NREAD : c->swallow > 0 ? CONN_SWALLOW : CONN_READ);
}

/* Stage 5 for datagrams: their stream keeps all of it, or it is too much. */
static void
hand_over_replies(struct conn *c)
{
    struct outq_sent sent = {0};
    struct conn_set *set = c->set;
    if (outq_send(&set->out, &c->stream, set->ctx.thread, &sent) != OUTQ_SENT)
        outq_drop(&set->out, set->ctx.thread);
}

/* A turn that ended with `watch`: nothing was said before it. */
static void
hand_over(struct conn *c)
{
    struct watcher *watcher = c->set->ctx.watcher;
    c->set->ctx.watcher = NULL;
    MUST(outq_empty(&c->set->out));
    conn_become_watcher(c, watcher);
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

    store_enter(set->ctx.thread);
    enum turn turn = finish_old(c, in);
    while (turn == TURN_GOES_ON) {
        discard_swallowed(c, in);
        parse_batch(c, in);      /* stage 2 */
        prefetch_items(set);     /* stage 3 */
        turn = run_batch(c, in); /* stage 4 */
        if (turn == TURN_GOES_ON)
            turn = end_batch(c, in);
        if (turn == TURN_GOES_ON && set->ctx.budget <= 0)
            turn = buffer_n(in) > 0 ? TURN_OVER : TURN_DRY;
    }
    store_leave(set->ctx.thread);

    c->closing = set->ctx.close;
    c->interrupted = turn == TURN_OVER;
    if (c->interrupted)
        parse_again(&c->parser); /* what was parsed and not run */
    if (c->closing) {
        in->start = in->end;
        if (set->ctx.watcher != NULL) {
            hand_over(c);
            return;
        }
    }

    if (UNLIKELY(c->datagrams)) {
        hand_over_replies(c);
        return;
    }
    if (!send_replies(c)) /* stage 5 */
        return;
    if (!conn_keep_rest(c, in))
        close_for_memory(c);
    else
        end_turn(c);
}

bool
conn_serve_datagram(struct conn *c, struct buffer *in)
{
    MUST(c->datagrams);
    serve(c, in);
    return c->interrupted && !c->closing;
}

const struct request *
conn_parse_datagram(struct conn *c, struct buffer *in)
{
    const struct conn_batch *b = &c->set->batch;
    c->parser = (struct parser){.protocol = c->from->traits.protocol};
    c->set->ctx.budget = 1;
    parse_batch(c, in);
    return b->n == 0 && b->ended == PARSE_MORE ? NULL : &b->request[0];
}

/* The socket takes bytes again. */
static void
drain(struct conn *c)
{
    struct conn_set *set = c->set;
    struct outq_sent sent = {0};
    enum outq_result result = outq_send(c->out, &c->stream, set->ctx.thread, &sent);
    counter_add(conn_counter(c, WORKER_N_SENDS), sent.calls);
    counter_add(conn_counter(c, WORKER_N_BYTES_WRITTEN), sent.bytes);
    switch (result) {
    case OUTQ_BLOCKED:
        if (!wait_for(c, EV_WRITE))
            close_for_memory(c);
        return;
    case OUTQ_BROKEN: conn_close(c); return;
    case OUTQ_SENT:
        outq_free(&c->out, &set->reply_pool);
        end_turn(c);
        return;
    }
    UNREACHABLE();
}

/* Nothing can be done with what has come so far. */
static void
await_more(struct conn *c, struct buffer *in)
{
    if (!conn_keep_rest(c, in) || !wait_for(c, EV_READ))
        close_for_memory(c);
}

static void
readable(struct conn *c)
{
    struct buffer *in = conn_input(c);
    if (in == NULL) {
        close_for_memory(c);
        return;
    }
    switch (conn_read(c, in)) {
    case CAME_SOME:
        if (LIKELY(c->body == NULL || body_is_whole(c->body)))
            serve(c, in);
        else
            await_more(c, in);
        return;
    case CAME_NONE: await_more(c, in); return;
    case CAME_END: conn_close(c); return;
    }
    UNREACHABLE();
}

void
conn_on_event(evutil_socket_t fd, short what, void *arg)
{
    struct conn *c = arg;
    MUST(c->magic == CONN_MAGIC && c->stream.fd == fd);
    (void)what;
    if (UNLIKELY(c->out != NULL))
        drain(c);
    else if (LIKELY(!c->yielded)) /* else it has enough to do with what it has read */
        readable(c);
}

void
conn_continue(struct conn *c)
{
    MUST(c->out == NULL);
    if (c->interrupted)
        serve(c, &c->in);
    else
        readable(c); /* its stream has more than the last read took */
}

void
conn_drop_work(struct conn *c)
{
    struct conn_set *set = c->set;
    if (c->body != NULL) {
        store_enter(set->ctx.thread);
        body_cancel(&c->body, set->ctx.thread);
        store_leave(set->ctx.thread);
    }
    if (c->out != NULL) {
        outq_drop(c->out, set->ctx.thread);
        outq_free(&c->out, &set->reply_pool);
    }
    free_job(c);
    if (UNLIKELY(c->login.cyrus != NULL))
        cyrus_session_free(&c->login.cyrus);
    free(c->paused);
    c->paused = NULL;
    buffer_give(&set->read_pool, &c->in);
}
