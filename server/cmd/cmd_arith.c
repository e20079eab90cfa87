/* cmd_arith: incr, decr, and the arithmetic of meta and binary, which have more options. */
#include "server/cmd/cmd.h"

#include "base/clock.h"
#include "server/cmd/trace.h"

static struct store_arith
arith_of(const struct cmd_ctx *ctx, const struct request *req)
{
    struct store_arith arith = {.decr = req->arith_decr, .delta = req->delta};
    if (req->dialect == DIALECT_TEXT)
        return arith;
    arith.has_cas = req->flags & META_FLAG('C');
    arith.cas = cmd_cas_wanted(ctx, req->cas);
    arith.touch = req->flags & META_FLAG('T');
    arith.exptime = clock_expiry_s(req->exptime);
    arith.vivify = req->flags & META_FLAG('N');
    bool touch_last = arith.touch && cmd_stands_before(req, 'N', 'T');
    arith.vivify_exptime = clock_expiry_s(touch_last ? req->exptime : req->vivify_exptime);
    arith.initial = req->initial;
    arith.has_cas_new = req->flags & META_FLAG('E');
    arith.cas_new = req->cas_new;
    arith.key_is_binary = req->key_is_binary;
    return arith;
}

void
cmd_arith(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    cmd_key_must_be(ctx, req);
    const struct store_arith arith = arith_of(ctx, req);
    struct store_number number;
    trace_fetch(ctx, &ctx->key);
    enum store_result result = store_arith(ctx->thread, &ctx->key, &arith, &number);
    if (UNLIKELY(result == STORE_BUSY)) {
        cmd_wait_for_memory(ctx);
        return;
    }
    rsp->key = req->key;
    rsp->key_is_binary = req->key_is_binary;
    switch (result) {
    case STORE_OK:
        if (number.created)
            trace_stored(ctx, req, &ctx->key, STORE_OK);
        rsp->kind = RSP_NUMBER;
        rsp->with_value = req->dialect == DIALECT_META && (req->flags & META_FLAG('v'));
        rsp->number = number.number;
        rsp->cas = cmd_cas_shown(ctx, number.cas);
        /* N sets it only if the item was created */
        rsp->ttl_before = number.created ? -1 : cmd_ttl_s(number.exptime);
        rsp->ttl_after = cmd_ttl_s(number.exptime_after);
        if (number.created && arith.touch)
            rsp->ttl_before = rsp->ttl_after = cmd_ttl_of_created(req);
        return;
    case STORE_MISSING: rsp->kind = RSP_NOT_FOUND; return;
    case STORE_EXISTS: rsp->kind = RSP_EXISTS; return;
    case STORE_NOT_STORED: rsp->kind = RSP_NOT_STORED; return;
    case STORE_NOT_NUMBER:
        cmd_fail_as(
            rsp, FAILURE_NOT_NUMBER, BYTES("CLIENT_ERROR cannot increment or decrement non-numeric value"));
        return;
    case STORE_TOO_LARGE:
    case STORE_NO_MEMORY: cmd_fail_as(rsp, FAILURE_NO_MEMORY, BYTES("SERVER_ERROR out of memory")); return;
    case STORE_BUSY: break;
    }
    UNREACHABLE();
}
