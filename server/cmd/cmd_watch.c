/*
 * cmd_watch: the connection becomes a watcher (watch.h).
 *
 * There is no reply here: the OK is the first line that the watch thread sends.
 * Datagrams cannot watch, because they have no connection.  Bytes that the client has
 * sent after the command are discarded, like all that a watcher sends.
 */
#include "server/cmd/cmd.h"
#include "server/options/options.h"
#include "server/server.h"
#include "server/watch/watch.h"

/* Replies of earlier commands would have to be sent first. */
static bool
is_first_in_turn(const struct cmd_ctx *ctx, const struct request *req)
{
    bool first_batch = ctx->budget == (int32_t)OPTION_NOW(ctx->server->options, reqs_per_event);
    return first_batch && req == ctx->first_in_batch && outq_empty(ctx->out);
}

/* Starting a thread and waiting for the lock may take time, so this runs outside the store's epoch. */
static enum watch_result
reserve(struct cmd_ctx *ctx, uint32_t streams)
{
    MUST(ctx->watcher == NULL && streams != 0);
    store_leave(ctx->thread);
    enum watch_result result = watch_reserve(ctx->server->watch, streams, &ctx->watcher);
    store_enter(ctx->thread);
    return result;
}

void
cmd_watch(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    uint32_t streams;
    if (OPTION_NOW(ctx->server->options, no_watch)) {
        cmd_fail(rsp, BYTES("CLIENT_ERROR watch commands not allowed"));
        return;
    }
    if (!is_first_in_turn(ctx, req)) {
        cmd_fail(rsp, BYTES("ERROR cannot pipeline other commands before watch"));
        return;
    }
    if (!watch_streams(req->args, &streams)) {
        cmd_fail_unknown(rsp);
        return;
    }
    switch (ctx->peer->datagrams ? WATCH_FAILED : reserve(ctx, streams)) {
    case WATCH_OK: ctx->close = true; return; /* conn_turn.c passes the connection to the watch thread */
    case WATCH_TOO_MANY: cmd_fail(rsp, BYTES("WATCHER_TOO_MANY log watcher limit reached")); return;
    case WATCH_FAILED: cmd_fail(rsp, BYTES("WATCHER_FAILED failed to add log watcher")); return;
    }
    UNREACHABLE();
}
