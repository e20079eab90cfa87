/*
 * cmd_admin: commands for the server as a whole, not for items.
 *
 * Replies, wording and order of checks are memcached 1.6.45's.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "server/cmd/cmd.h"
#include "server/options/options.h"
#include "server/server.h"
#include "server/net/tls.h"

enum { FLUSH_MARGIN_S = 60 }; /* memcached's clock begins this long before its start */

void
cmd_verbosity(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    struct bytes args = req->args;
    uint32_t level;
    (void)ctx;
    if (!request_u32(request_word(&args), &level)) {
        cmd_fail_format(rsp);
        return;
    }
    log_set_verbosity(level > 3 ? 3 : (int)level);
    rsp->kind = RSP_OK;
}

/* Reads when to flush; in text it is one of the words. */
static bool
read_flush_delay(const struct request *req, int64_t *delay)
{
    struct bytes args = req->args;
    if (req->dialect == DIALECT_BINARY) {
        *delay = req->exptime;
        return true;
    }
    struct bytes word = request_word(&args);
    *delay = 0;
    return word.n == 0 || request_exptime(word, delay);
}

/*
 * A delay of more than 30 days is a Unix time, as everywhere in the protocol.  For a time
 * before its start, memcached flushes nothing, and cancels a flush that waits for its time.
 */
static bool
is_before_start(int64_t delay)
{
    return delay > CLOCK_RELATIVE_MAX && delay <= clock_zero_s() - FLUSH_MARGIN_S;
}

/* A refused flush counts in text, and not in binary. */
void
cmd_flush_all(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    int64_t delay;
    bool refused = ctx->server->options->no_flush;
    if (!refused || req->dialect != DIALECT_BINARY)
        counter_inc(&ctx->counters[WORKER_N_CMD_FLUSH]);
    if (refused) {
        cmd_fail_as(rsp, FAILURE_FORBIDDEN, BYTES("CLIENT_ERROR flush_all not allowed"));
        return;
    }
    if (!read_flush_delay(req, &delay)) {
        cmd_fail(rsp, BYTES("CLIENT_ERROR invalid exptime argument"));
        return;
    }
    rsp->kind = RSP_OK;
    if (is_before_start(delay)) {
        store_flush_cancel(ctx->thread);
        return;
    }
    /*
     * As in memcached, a second early: a client that sleeps for the delay finds the
     * items flushed, however late the clock ticks.
     */
    uint32_t at = delay > 0 ? clock_expiry_s(delay) : 0;
    store_flush(ctx->thread, at == 0 || at == CLOCK_UNIX ? at : at - 1);
}

/* There is no answer: the connection is closed. */
void
cmd_shutdown(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    struct bytes args = req->args, mode = request_word(&args);
    if (!ctx->server->options->shutdown_command) {
        cmd_fail(rsp, BYTES("SERVER_ERROR: shutdown not enabled"));
        return;
    }
    if (mode.n > 0 && (!bytes_equal(mode, BYTES("graceful")) || request_word(&args).n > 0)) {
        cmd_fail(rsp, BYTES("CLIENT_ERROR invalid shutdown mode"));
        return;
    }
    ctx->close = true;
    ctx->peer->reason = CLOSE_SHUTDOWN;
    server_stop(ctx->server, mode.n > 0);
}

/* Outside the epoch, because reading files takes time, and no thread may wait that long for this one. */
void
cmd_refresh_certs(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    struct server *server = ctx->server;
    (void)req;
    if (server->tls == NULL) {
        cmd_fail(rsp, BYTES("Error TLS not enabled"));
        return;
    }
    store_leave(ctx->thread);
    bool ok = tls_refresh(server->tls, server->options, ctx->text, sizeof ctx->text);
    store_enter(ctx->thread);
    if (ok) {
        LOG(LOG_INFO, "refresh_certs: done");
        rsp->kind = RSP_OK;
        return;
    }
    LOG(LOG_ERROR, "refresh_certs: the certificates stay as they were: %s", ctx->text);
    cmd_fail(rsp, bytes_of(ctx->text, strlen(ctx->text)));
}

/* ---- for tests ---- */

#ifdef LARDER_CHECKS
/*
 * debugtime N moves the clock, p stops it and r continues it: memcached's tests
 * use it with memcached's debug build.  `debugtime wall N` is larder's own: it
 * steps the wall clock and leaves the clock alone.
 */
void
cmd_debugtime(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    struct bytes args = req->args, word = request_word(&args);
    int64_t seconds;
    if (bytes_equal(word, BYTES("wall")) && request_i64(request_word(&args), &seconds)) {
        clock_step(seconds);
        store_tick(ctx->server->store);
    } else if (bytes_equal(word, BYTES("p")) || bytes_equal(word, BYTES("r"))) {
        clock_follow(word.p[0] == 'r');
    } else if (request_i64(word, &seconds)) {
        clock_shift(seconds);
        store_tick(ctx->server->store); /* a flush may have become due */
    } else {
        cmd_fail_unknown(rsp);
        return;
    }
    rsp->kind = RSP_OK;
}
#else
void
cmd_debugtime(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    (void)ctx;
    (void)req;
    cmd_fail_unknown(rsp);
}
#endif

/*
 * memcached's debug build locks and references an item by hand; an item of
 * larder has neither lock nor count.
 */
void
cmd_debugitem(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    (void)ctx;
    (void)req;
    cmd_fail_unknown(rsp);
}
