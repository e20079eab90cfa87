/*
 * stats detail: switches the counting of commands by prefix of the key
 * (prefix.h) on and off, and lists the counts.
 */
#include "server/cmd/trace.h"
#include "server/options/options.h"
#include "server/watch/prefix.h"
#include "server/server.h"
#include "server/stats/stats_groups.h"

static void
dump(const struct stats_ask *ask)
{
    struct bytes text;
    prefix_dump(ask->ctx->server->prefixes, &ask->list->text);
    bool ok = stat_list_render_block(ask->list, ask->req, "detailed", &text);
    stats_answer_text(ask, text, ok);
}

static void
enable(const struct stats_ask *ask, bool on)
{
    struct cmd_ctx *ctx = ask->ctx;
    if (on)
        atomic_fetch_or_explicit(&ctx->server->traced, TRACED_DETAIL, memory_order_relaxed);
    else
        atomic_fetch_and_explicit(&ctx->server->traced, ~(uint32_t)TRACED_DETAIL, memory_order_relaxed);
    trace_begin_turn(ctx); /* later commands of this turn already count */
    ask->rsp->kind = RSP_OK;
}

void
stats_detail(const struct stats_ask *ask)
{
    struct bytes args = ask->args, what = request_word(&args);
    if (ask->ctx->server->options->no_dump)
        stats_refuse(ask, BYTES("CLIENT_ERROR stats detail not allowed"));
    else if (what.n > 0 && bytes_begin_with(BYTES("on"), what))
        enable(ask, true);
    else if (what.n > 0 && bytes_begin_with(BYTES("off"), what))
        enable(ask, false);
    else if (what.n > 0 && bytes_begin_with(BYTES("dump"), what))
        dump(ask);
    else
        stats_refuse(ask, BYTES("CLIENT_ERROR usage: stats detail on|off|dump"));
}
