/*
 * cmd_config: `config get|set|delete cluster` of ElastiCache's memcached; see cluster.h.
 *
 * If every client is an administrator, any of them could send all clients to
 * servers of its own: so without logins, config set needs -o cluster_set.
 */
#include "server/text/cluster.h"
#include "server/cmd/cmd.h"
#include "server/options/options.h"
#include "server/server.h"

/*
 * If no cluster is known, the answer is memcached's: clients (pylibmc) conclude
 * from it that there is none.
 */
static void
get(struct cmd_ctx *ctx, struct response *rsp)
{
    text_clear(&ctx->config, REQUEST_CONFIG_MAX);
    if (!cluster_answer(ctx->server->cluster, &ctx->config)) {
        cmd_fail_unknown(rsp);
        return;
    }
    if (!text_ok(&ctx->config)) {
        cmd_fail_as(rsp, FAILURE_NO_MEMORY, BYTES("SERVER_ERROR out of memory writing config"));
        return;
    }
    rsp->kind = RSP_TEXT;
    rsp->text = text_bytes(&ctx->config);
}

static void
set(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    if (req->value.p == NULL) { /* a reload has just allowed it: the value was not waited for */
        cmd_fail_as(rsp, FAILURE_FORBIDDEN, BYTES("CLIENT_ERROR config set not allowed"));
        return;
    }
    switch (cluster_set(ctx->server->cluster, req->client_flags, req->value)) {
    case CLUSTER_OK: rsp->kind = RSP_STORED; return;
    case CLUSTER_INVALID: cmd_fail(rsp, BYTES("CLIENT_ERROR bad cluster configuration")); return;
    case CLUSTER_NO_MEMORY:
        cmd_fail_as(rsp, FAILURE_NO_MEMORY, BYTES("SERVER_ERROR out of memory storing config"));
        return;
    }
    UNREACHABLE();
}

static bool
may_set(const struct cmd_ctx *ctx)
{
    return auth_rights_at_first(ctx->server->auth) != RIGHTS_ALL ||
           OPTION_NOW(ctx->server->options, cluster_set);
}

/* The only valid name is cluster. */
static void
config(struct cmd_ctx *ctx, const struct request *req, bool may_change, struct response *rsp)
{
    struct bytes args = req->args, what = request_word(&args), name = request_word(&args);
    bool cluster = bytes_equal(name, BYTES("cluster"));
    if (bytes_equal(what, BYTES("get")) && cluster) {
        get(ctx, rsp);
        return;
    }
    bool sets = bytes_equal(what, BYTES("set"));
    if (!sets && (!bytes_equal(what, BYTES("delete")) || name.n == 0))
        cmd_fail_unknown(rsp);
    else if (!may_change)
        cmd_forbidden(ctx, req, rsp);
    else if (!may_set(ctx))
        cmd_fail_as(rsp, FAILURE_FORBIDDEN, BYTES("CLIENT_ERROR config set not allowed"));
    else if (sets && !cluster)
        cmd_fail(rsp, BYTES("CLIENT_ERROR no such configuration"));
    else if (sets)
        set(ctx, req, rsp);
    else
        rsp->kind = cluster && cluster_delete(ctx->server->cluster) ? RSP_DELETED : RSP_NOT_FOUND;
}

bool
cmd_config_wants_body(const struct cmd_ctx *ctx, const struct request *req)
{
    return req->kind == CMD_CONFIG && cmd_is_permitted(ctx, ctx->server->tables, CMD_CONFIG) && may_set(ctx);
}

void
cmd_config(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    config(ctx, req, true, rsp);
}

void
cmd_config_only(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    config(ctx, req, false, rsp);
}
