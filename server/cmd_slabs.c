/*
 * cmd_slabs: pages between classes, by hand and by themselves.
 *
 * Replies, wording and order of checks are memcached 1.6.45's.
 */
#include <math.h>
#include <stdlib.h>

#include "server/cmd.h"
#include "server/options.h"
#include "server/server.h"

static bool
read_double(struct bytes word, double *out)
{
    char text[64], *end;
    if (word.n == 0 || word.n >= sizeof text)
        return false;
    memcpy(text, word.p, word.n);
    text[word.n] = '\0';
    *out = strtod(text, &end);
    return *end == '\0' && isfinite(*out);
}

static void
automove_ratio(struct server *server, struct bytes value, struct response *rsp)
{
    double ratio;
    if (!read_double(value, &ratio)) {
        cmd_fail_unknown(rsp);
        return;
    }
    atomic_store_explicit(&server->options->automove_ratio, ratio, memory_order_relaxed);
    rsp->kind = RSP_OK;
}

static void
automove_window(struct server *server, struct bytes value, struct response *rsp)
{
    uint32_t window_s;
    if (!request_u32(value, &window_s)) {
        cmd_fail_format(rsp);
        return;
    }
    if (window_s < 3 || window_s > 1800) {
        cmd_fail(rsp, BYTES("CLIENT_ERROR automove window too low or too high"));
        return;
    }
    atomic_store_explicit(&server->options->automove_window_s, window_s, memory_order_relaxed);
    rsp->kind = RSP_OK;
}

static void
automove_level(struct server *server, struct bytes value, struct response *rsp)
{
    uint32_t level;
    if (!request_u32(value, &level)) {
        cmd_fail_format(rsp);
        return;
    }
    if (level > 2) {
        cmd_fail_unknown(rsp);
        return;
    }
    atomic_store_explicit(&server->options->automove, level, memory_order_relaxed);
    rsp->kind = RSP_OK;
}

static void
automove(struct server *server, struct bytes what, struct bytes value, struct response *rsp)
{
    double ignored;
    if (bytes_begin_with(BYTES("ratio"), what)) {
        automove_ratio(server, value, rsp);
    } else if (bytes_begin_with(BYTES("freeratio"), what)) { /* of extstore, which larder has not */
        if (read_double(value, &ignored))
            rsp->kind = RSP_OK;
        else
            cmd_fail_unknown(rsp);
    } else if (bytes_begin_with(BYTES("window"), what)) {
        automove_window(server, value, rsp);
    } else {
        automove_level(server, what, rsp);
    }
}

/* Pages find their class by themselves; there is no moving them by hand. */
static void
reassign(struct bytes from, struct bytes to, struct response *rsp)
{
    int32_t source, destination;
    if (!request_i32(from, &source) || !request_i32(to, &destination))
        cmd_fail_format(rsp);
    else
        cmd_fail(rsp, BYTES("CLIENT_ERROR slab reassignment disabled"));
}

void
cmd_slabs(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    struct bytes args = req->args, what = request_word(&args);
    struct bytes first = request_word(&args), second = request_word(&args), more = request_word(&args);
    if (second.n > 0 && more.n == 0 && bytes_begin_with(BYTES("reassign"), what))
        reassign(first, second, rsp);
    else if (first.n > 0 && bytes_begin_with(BYTES("automove"), what))
        automove(ctx->server, first, second, rsp);
    else
        cmd_fail_unknown(rsp);
}
