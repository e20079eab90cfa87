/*
 * cmd_put: the commands that write a whole item, or remove one.
 *
 * A store takes two steps in the engine: reserve memory, then publish.  Between
 * them the value is written into the item, from the buffer (cmd_put) or from the
 * socket (body.c), so that no value is ever copied twice.
 */
#include "server/cmd/cmd.h"

#include "base/clock.h"
#include "server/cmd/trace.h"
#include "server/watch/prefix.h"
#include "server/server.h"

/* The engine's description of the item that a request makes. */
static struct store_spec
spec_of(const struct request *req)
{
    struct store_spec spec = {
        .client_flags = req->client_flags,
        .n_value = req->n_value,
        .exptime = clock_expiry_s(req->exptime),
    };
    if (LIKELY(req->dialect == DIALECT_TEXT))
        return spec;
    spec.key_is_binary = req->key_is_binary;
    spec.pin = req->flags & META_FLAG('p');
    spec.has_cas_new = (req->flags & META_FLAG('E')) && req->cas_new != 0; /* E0 means no E, in ms only */
    spec.cas_new = req->cas_new;
    bool extends = req->mode == PUT_APPEND || req->mode == PUT_PREPEND;
    if (extends && (req->flags & META_FLAG('N')))
        spec.exptime = clock_expiry_s(req->vivify_exptime); /* only a miss uses it */
    return spec;
}

/*
 * A packet's CAS number makes any of set, add and replace a compare-and-swap.  With
 * -C no item has a number to compare with, and memcached compares nothing.
 */
static void
set_packet_cas(const struct cmd_ctx *ctx, const struct request *req, struct store_put *put)
{
    if (req->cas == 0 || ctx->cas_mask == 0)
        return;
    put->has_cas = true;
    put->cas = req->cas;
    if (req->mode != PUT_APPEND && req->mode != PUT_PREPEND)
        put->mode = STORE_CAS;
}

/* The condition under which the item is published. */
static struct store_put
put_of(const struct cmd_ctx *ctx, const struct request *req)
{
    CHECKED_MUST(req->mode <= PUT_CAS);
    static const uint8_t modes[] = {
        [PUT_SET] = STORE_SET,
        [PUT_ADD] = STORE_ADD,
        [PUT_REPLACE] = STORE_REPLACE,
        [PUT_APPEND] = STORE_APPEND,
        [PUT_PREPEND] = STORE_PREPEND,
        [PUT_CAS] = STORE_CAS,
    };
    struct store_put put = {.mode = (enum store_mode)modes[req->mode]};
    if (req->mode == PUT_CAS) {
        put.has_cas = true;
        put.cas = cmd_cas_wanted(ctx, req->cas);
    }
    if (LIKELY(req->dialect == DIALECT_TEXT))
        return put;
    if (req->dialect == DIALECT_BINARY) {
        set_packet_cas(ctx, req, &put);
        return put;
    }
    bool extends = req->mode == PUT_APPEND || req->mode == PUT_PREPEND;
    if (extends && (req->flags & META_FLAG('C')) && req->cas != 0) {
        put.has_cas = true; /* as in memcached, C0 compares nothing here */
        put.cas = cmd_cas_wanted(ctx, req->cas);
    }
    put.vivify = extends && (req->flags & META_FLAG('N'));
    put.allow_stale = req->mode == PUT_CAS && req->cas != 0 && (req->flags & META_FLAG('I'));
    return put;
}

/* If a value could not be stored, an older one must not stay that the client believes replaced. */
static void
remove_outdated(struct cmd_ctx *ctx, const struct request *req, const struct store_key *key)
{
    if (req->kind != CMD_META_SET && req->kind != CMD_SET)
        return;
    store_forget(ctx->thread, key);
}

/* ms with p: an item that is never evicted, as long as the limit allows it. */
static inline bool
may_pin(const struct cmd_ctx *ctx, const struct request *req)
{
    return LIKELY(req->dialect == DIALECT_TEXT || !(req->flags & META_FLAG('p'))) ||
           store_may_pin(ctx->server->store, (uint64_t)req->key.n + req->n_value);
}

static void
record(struct cmd_ctx *ctx, const struct request *req)
{
    if (UNLIKELY(ctx->traced & TRACED_DETAIL) && req->dialect != DIALECT_META)
        prefix_record_set(ctx->server->prefixes, req->key);
}

void
cmd_put_refuse(struct cmd_ctx *ctx, const struct request *req, const struct store_key *key,
    enum store_result why, struct response *rsp)
{
    MUST(why == STORE_TOO_LARGE || why == STORE_NO_MEMORY);
    trace_stored(ctx, req, key, why);
    remove_outdated(ctx, req, key);
    if (why == STORE_TOO_LARGE)
        cmd_fail_as(rsp, FAILURE_TOO_LARGE, BYTES("SERVER_ERROR object too large for cache"));
    else if (!may_pin(ctx, req))
        cmd_fail_as(rsp, FAILURE_NO_MEMORY, BYTES("SERVER_ERROR pinned items are at their limit"));
    else
        cmd_fail_as(rsp, FAILURE_NO_MEMORY, BYTES("SERVER_ERROR out of memory storing object"));
}

bool
cmd_put_announce(struct cmd_ctx *ctx, const struct request *req, const struct store_key *key,
    struct store_partial *partial, struct response *rsp)
{
    CHECKED_MUST(req->has_body && key->n > 0);
    const struct store_spec spec = spec_of(req);
    enum store_result result = STORE_NO_MEMORY;
    record(ctx, req);
    if (may_pin(ctx, req))
        result = store_partial_announce(ctx->thread, key, &spec, partial);
    if (result != STORE_OK)
        cmd_put_refuse(ctx, req, key, result, rsp);
    return result == STORE_OK;
}

enum store_result
cmd_put_begin(struct cmd_ctx *ctx, const struct request *req, const struct store_key *key,
    struct store_partial *partial)
{
    MUST(partial->slot.offset == 0 && partial->ticket != 0);
    const struct store_spec spec = spec_of(req);
    return store_partial_begin(ctx->thread, key, &spec, partial);
}

/* Reserves memory for a value that has arrived.  false: the response has the error, or the request waits. */
static inline bool
reserve(struct cmd_ctx *ctx, const struct request *req, struct store_slot *slot, struct response *rsp)
{
    cmd_key_must_be(ctx, req);
    const struct store_spec spec = spec_of(req);
    enum store_result result = STORE_NO_MEMORY;
    if (LIKELY(may_pin(ctx, req)))
        result = store_reserve(ctx->thread, &ctx->key, &spec, slot);
    if (LIKELY(result != STORE_BUSY))
        record(ctx, req);
    if (LIKELY(result == STORE_OK))
        return true;
    if (result == STORE_BUSY)
        cmd_wait_for_memory(ctx);
    else
        cmd_put_refuse(ctx, req, &ctx->key, result, rsp);
    return false;
}

/* false: the request waits for memory, and the slot has not changed. */
static inline bool
commit(struct cmd_ctx *ctx, const struct request *req, const struct store_key *key, struct store_slot *slot,
    struct response *rsp)
{
    CHECKED_MUST(slot->offset != 0);
    const struct store_put put = put_of(ctx, req);
    struct store_stored stored = {0};
    enum store_result result = trace_commit(ctx, req, key, slot, &put, &stored);
    if (UNLIKELY(result == STORE_BUSY))
        return false;
    rsp->key = req->key;
    rsp->key_is_binary = req->key_is_binary;
    rsp->n_value = result == STORE_OK ? stored.n_value : req->n_value;
    rsp->cas = cmd_cas_shown(ctx, stored.cas);
    switch (result) {
    case STORE_OK: rsp->kind = RSP_STORED; return true;
    case STORE_EXISTS: rsp->kind = RSP_EXISTS; return true;
    case STORE_MISSING: rsp->kind = RSP_NOT_FOUND; return true;
    case STORE_NOT_STORED:
    case STORE_TOO_LARGE: /* append and prepend: memcached has no other answer for them */
    case STORE_NO_MEMORY: rsp->kind = RSP_NOT_STORED; return true;
    case STORE_NOT_NUMBER:
    case STORE_BUSY: break;
    }
    UNREACHABLE();
}

bool
cmd_put_commit(struct cmd_ctx *ctx, const struct request *req, const struct store_key *key,
    struct store_slot *slot, struct response *rsp)
{
    return commit(ctx, req, key, slot, rsp);
}

void
cmd_put(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    struct store_slot slot;
    CHECKED_MUST(req->value.p != NULL && req->value.n == req->n_value);
    if (UNLIKELY(!reserve(ctx, req, &slot, rsp)))
        return;
    store_slot_fill(ctx->thread, &slot, 0, req->value.p, req->n_value);
    if (UNLIKELY(!commit(ctx, req, &ctx->key, &slot, rsp))) {
        store_take_back(ctx->thread, &slot);
        cmd_wait_for_memory(ctx);
    }
}

void
cmd_delete(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    cmd_key_must_be(ctx, req);
    if (UNLIKELY(ctx->traced & TRACED_DETAIL))
        prefix_record_delete(ctx->server->prefixes, req->key);
    trace_fetch(ctx, &ctx->key);
    enum store_result result =
        store_remove(ctx->thread, &ctx->key, req->cas != 0, cmd_cas_wanted(ctx, req->cas));
    if (result == STORE_OK)
        trace_deleted(ctx, &ctx->key, "delete");
    rsp->kind = result == STORE_OK ? RSP_DELETED : result == STORE_EXISTS ? RSP_EXISTS : RSP_NOT_FOUND;
}

void
cmd_touch(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    cmd_key_must_be(ctx, req);
    counter_inc(&ctx->counters[WORKER_N_CMD_TOUCH]);
    trace_fetch(ctx, &ctx->key);
    bool touched = store_touch(ctx->thread, &ctx->key, clock_expiry_s(req->exptime)) == STORE_OK;
    rsp->kind = touched ? RSP_TOUCHED : RSP_NOT_FOUND;
}
