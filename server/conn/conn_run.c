/* conn_run: see conn_run.h, and `serve` in conn_turn.c, which calls the stages in order. */
#include "server/conn/conn_run.h"

#include "server/cmd/cmd_auth.h"
#include "server/conn/conn_body.h"
#include "server/conn/conn_wait.h"
#include "server/cmd/trace.h"
#include "server/server.h"

void
conn_run_parse(struct conn *c, const struct buffer *in)
{
    conn_must_be(c);
    buffer_must_hold(in);
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
        req->key.n = 0; /* the parser sets it if the request has one */
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
    CHECKED_MUST(n <= CONN_BATCH_MAX && at <= in->end);
    b->n = n;
}

void
conn_run_prefetch(const struct conn_set *set)
{
    CHECKED_MUST(set->batch.n <= CONN_BATCH_MAX);
    const struct conn_batch *b = &set->batch;
    for (unsigned i = 0; b->n > 1 && i < b->n; i++) {
        if (LIKELY(b->key[i].n > 0))
            store_prefetch_item(set->ctx.thread, &b->key[i]);
    }
}

/* Runs one request.  false if it is not done: ctx has how it continues. */
static inline bool
run(struct cmd_ctx *ctx, const struct request *req)
{
    struct response rsp;
    cmd_must_be_ready(ctx, req);
    cmd_begin_response(&rsp);
    ctx->commands[req->kind](ctx, req, &rsp);
    cmd_reply(ctx, req, &rsp);
    return LIKELY(!ctx->goes_on);
}

static inline void
count_request(struct cmd_ctx *ctx)
{
    ctx->budget--;
    counter_inc(&ctx->counters[WORKER_N_REQUESTS]);
}

/* The store was busy: `req` stays in the buffer, and is run again when there may be memory. */
static enum turn
wait_for_memory(struct conn *c, const struct request *req, struct buffer *in, uint32_t end)
{
    MUST(c->set->ctx.job == NULL);
    struct cmd_ctx *ctx = &c->set->ctx;
    ctx->starves = false;
    if (!c->peer.datagrams) {
        conn_wait_for_memory(c);
        return TURN_WAITS;
    }
    struct response rsp; /* a datagram cannot wait */
    store_thread_retry(ctx->thread, (struct store_ask){0});
    cmd_begin_response(&rsp);
    cmd_fail_as(&rsp, FAILURE_NO_MEMORY, BYTES("SERVER_ERROR out of memory storing object"));
    cmd_reply(ctx, req, &rsp);
    in->start = end;
    return TURN_OVER;
}

/*
 * `req`, whose line ends at `end`, continues in the connection's next turn, with
 * ctx->job or with the bytes of ctx->rest: keys, or the lines behind a refused login.
 */
static enum turn
pause_request(struct conn *c, const struct request *req, struct buffer *in, uint32_t end)
{
    struct cmd_ctx *ctx = &c->set->ctx;
    ctx->goes_on = false;
    if (ctx->starves)
        return wait_for_memory(c, req, in, end);
    if (ctx->job != NULL) {
        MUST(c->job == NULL && c->body == NULL && ctx->job->ops != NULL);
        MUST(!c->peer.datagrams);
        c->job = ctx->job;
        ctx->job = NULL;
        in->start = end;
        return TURN_OVER;
    }
    MUST(ctx->rest.p >= in->p && ctx->rest.p + ctx->rest.n <= in->p + in->end);
    if (UNLIKELY(cmd_is_login(ctx, req))) /* it is done: the bytes of its value are lines */
        count_request(ctx);
    else
        parse_go_on_with_keys(&c->parser, req);
    in->start = (uint32_t)(ctx->rest.p - in->p);
    return TURN_OVER;
}

/* Runs a step of the job. */
static enum turn
step_job(struct conn *c)
{
    switch (c->job->ops->step(&c->set->ctx, c->job)) {
    case CMD_STEP_DONE: conn_free_job(c); return TURN_GOES_ON;
    case CMD_STEP_MORE: return TURN_OVER;
    case CMD_STEP_WAITS: return TURN_WAITS;
    }
    UNREACHABLE();
}

enum turn
conn_run_batch(struct conn *c, struct buffer *in)
{
    struct conn_batch *b = &c->set->batch;
    struct cmd_ctx *ctx = &c->set->ctx;
    enum turn turn = TURN_OVER;
    unsigned i = 0;
    for (; i < b->n && !outq_full(ctx->out) && !ctx->close; i++) {
        trace_line(ctx, c->parser.protocol == PROTOCOL_BINARY, in);
        CHECKED_MUST(b->end[i] > in->start && b->end[i] <= in->end);
        ctx->key = b->key[i];
        if (UNLIKELY(!run(ctx, &b->request[i]))) {
            turn = pause_request(c, &b->request[i], in, b->end[i]);
            break;
        }
        in->start = b->end[i];
    }
    ctx->budget -= (int32_t)i;
    counter_add(&ctx->counters[WORKER_N_REQUESTS], i);
    return i == b->n && !ctx->close ? TURN_GOES_ON : turn;
}

/* Whether the command needs its whole value at once, and may have it. */
static bool
waits_for_body(const struct cmd_ctx *ctx, const struct request *req)
{
    if (cmd_is_login(ctx, req))
        return req->n_value <= LOGIN_BYTES_MAX;
    return request_body_of((enum cmd_kind)req->kind) == REQUEST_BODY_WHOLE && cmd_config_wants_body(ctx, req);
}

/*
 * A value that has not arrived completely, and is not to be stored: it is
 * discarded, unless the command needs it whole.
 */
static __attribute__((noinline, cold)) enum turn
refuse_body(struct conn *c, const struct request *req, struct buffer *in)
{
    struct cmd_ctx *ctx = &c->set->ctx;
    bool login = cmd_is_login(ctx, req);
    if (waits_for_body(ctx, req)) {
        /* to be parsed again when more bytes have arrived */
        MUST(in->start >= c->set->batch.parsed.used);
        in->start -= (uint32_t)c->set->batch.parsed.used;
        return TURN_DRY;
    }
    if (!run(ctx, req))
        UNREACHABLE();
    if (!login) /* after a line that announces too much, memcached parses the next bytes as a line */
        c->swallow = (uint64_t)req->n_value + request_body_end(req);
    return ctx->close ? TURN_OVER : TURN_GOES_ON;
}

/* A command whose value has not arrived completely. */
static enum turn
begin_body(struct conn *c, const struct request *req, struct buffer *in)
{
    enum cmd_kind kind = (enum cmd_kind)req->kind;
    bool streamed = request_body_of(kind) == REQUEST_BODY_STREAMED &&
                    cmd_is_permitted(&c->set->ctx, c->set->server->tables, kind);
    return LIKELY(streamed) ? conn_body_begin(c, req, in) : refuse_body(c, req, in);
}

/* A malformed request before login gets the same answer as any other request before login. */
static __attribute__((noinline, cold)) enum turn
refuse_bad(struct conn *c, const struct request *req)
{
    struct cmd_ctx *ctx = &c->set->ctx;
    struct response rsp;
    cmd_begin_response(&rsp);
    cmd_unauthenticated(ctx, req, &rsp);
    cmd_reply(ctx, req, &rsp);
    c->swallow = c->set->batch.parsed.swallow <= LOGIN_BYTES_MAX ? c->set->batch.parsed.swallow : 0;
    ctx->close |= parse_is_within_line(&c->parser); /* it is longer than the connection waits for */
    return ctx->close ? TURN_OVER : TURN_GOES_ON;
}

/*
 * Runs a part of a get's line.  END is sent once, at the end of the line, and a refusal
 * once, at its beginning; before a login a line of this length closes the connection.
 */
static __attribute__((noinline)) enum turn
run_keys(struct conn *c, const struct request *req, struct buffer *in)
{
    struct cmd_ctx *ctx = &c->set->ctx;
    bool ends = c->set->batch.parsed.ends;
    struct response rsp;
    cmd_begin_response(&rsp);
    rsp.kind = RSP_END;
    if (req->key.n > 0) {
        ctx->key = store_key(req->key);
        rsp.kind = RSP_SILENT;
        ctx->commands[req->kind](ctx, req, &rsp);
    }
    if (ctx->goes_on)
        return pause_request(c, req, in, in->start);
    if (rsp.kind != RSP_END) {
        parse_skip_line(&c->parser);
        ctx->close |= !ends && ctx->commands[req->kind] == cmd_before_login;
    }
    if (rsp.kind != RSP_END || ends)
        cmd_reply(ctx, req, &rsp);
    return ctx->close ? TURN_OVER : TURN_GOES_ON;
}

enum turn
conn_run_rest(struct conn *c, struct buffer *in)
{
    struct conn_batch *b = &c->set->batch;
    struct cmd_ctx *ctx = &c->set->ctx;
    const struct request *req = &b->request[b->n];
    CHECKED_MUST(b->n < CONN_BATCH_MAX || b->ended == PARSE_DONE);
    if (b->ended == PARSE_DONE)
        return TURN_GOES_ON;
    if (b->ended == PARSE_MORE)
        return TURN_DRY;
    if (outq_full(ctx->out))
        return TURN_OVER;
    if (!parse_is_within_line(&c->parser)) {
        trace_line(ctx, c->parser.protocol == PROTOCOL_BINARY, in);
        count_request(ctx);
    }
    CHECKED_MUST(b->parsed.used <= buffer_n(in));
    in->start += (uint32_t)b->parsed.used;
    switch (b->ended) {
    case PARSE_BODY: return begin_body(c, req, in);
    case PARSE_KEYS: parse_took(&c->parser, req, &b->parsed); return run_keys(c, req, in);
    case PARSE_BAD:
        parse_took(&c->parser, req, &b->parsed);
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

void
conn_run_swallow(struct conn *c, struct buffer *in)
{
    buffer_must_hold(in);
    uint32_t n = c->swallow < buffer_n(in) ? (uint32_t)c->swallow : buffer_n(in);
    in->start += n;
    c->swallow -= n;
}

enum turn
conn_run_old(struct conn *c, struct buffer *in)
{
    CHECKED_MUST(c->out == NULL && !(c->body != NULL && c->job != NULL));
    if (UNLIKELY(c->body != NULL))
        return conn_body_take(c, in);
    if (UNLIKELY(c->job != NULL))
        return step_job(c);
    return TURN_GOES_ON;
}
