/*
 * cmd_memory: cache_memlimit, which changes the memory limit at run time.
 *
 * Replies, wording and order of checks are memcached 1.6.45's.
 */
#include "base/log.h"
#include "server/cmd/cmd.h"
#include "server/memory/memory_limit.h"
#include "server/options/options.h"
#include "server/server.h"

enum { LEAST_MIB = 8, MOST_MIB = 1000000000 };

static void
resize(struct server *server, uint32_t mib, struct response *rsp)
{
    MUST(mib >= LEAST_MIB && mib <= MOST_MIB);
    size_t limit = (size_t)mib << 20;
    if (!memory_limit_configure(server->memory, limit)) {
        cmd_fail(rsp, BYTES("MEMLIMIT_ADJUST_FAILED out of bounds or unable to adjust"));
        return;
    }
    atomic_store_explicit(&server->options->memory_limit, limit, memory_order_relaxed);
    LOG(LOG_INFO, "the memory limit is %u MiB now", mib);
    rsp->kind = RSP_OK;
}

void
cmd_cache_memlimit(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    struct bytes args = req->args;
    uint32_t mib;
    if (!request_u32(request_word(&args), &mib))
        cmd_fail_unknown(rsp);
    else if (mib < LEAST_MIB)
        cmd_fail(rsp, BYTES("MEMLIMIT_TOO_SMALL cannot set maxbytes to less than 8m"));
    else if (mib > MOST_MIB)
        cmd_fail(rsp, BYTES("MEMLIMIT_ADJUST_FAILED input value is megabytes not bytes"));
    else
        resize(ctx->server, mib, rsp);
}
