/*
 * cmd_meta: mg, md, me and mn.  (ms is in cmd_put, ma in cmd_arith.)
 *
 * Most mg are plain reads with another syntax, and use the path of get.  Those that may
 * change the item, or must see it before they count as an access, use store_fetch.
 */
#include "server/cmd/cmd.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/text/base64.h"
#include "server/cmd/class_number.h"
#include "server/cmd/trace.h"
#include "server/server.h"

/* Flags that make a read more than a plain read. */
#define FETCH_FLAGS                                                                                        \
    (META_FLAG('N') | META_FLAG('R') | META_FLAG('T') | META_FLAG('E') | META_FLAG('l') | META_FLAG('h') | \
        META_FLAG('u'))

/* Flags that may change the item, or make one. */
#define WRITE_FLAGS (META_FLAG('N') | META_FLAG('R') | META_FLAG('T') | META_FLAG('E'))

static bool
has(const struct request *req, char letter)
{
    return req->flags & META_FLAG(letter);
}

/* Fills the response from the found item as it was before this request, except for the fields of `f`. */
static void
answer_item(
    struct cmd_ctx *ctx, const struct request *req, const struct store_fetched *f, struct response *rsp)
{
    CHECKED_MUST(ctx->view.item != NULL);
    const struct store_view *view = &ctx->view;
    rsp->kind = RSP_VALUE;
    rsp->cas = cmd_cas_shown(ctx, view->cas);
    rsp->with_value = has(req, 'v') && !(has(req, 'C') && rsp->cas == req->cas);
    rsp->key_is_binary = view->key_is_binary;
    rsp->n_value = view->n_value;
    rsp->client_flags = view->client_flags;
    rsp->fetched = view->fetched;
    rsp->last_access_s = clock_age(clock_stamp(), view->stamp) >> CLOCK_STAMP_SHIFT;
    rsp->token_sent = view->token_sent;
    rsp->stale = view->stale;
    rsp->won = f->won;
    rsp->ttl_before =
        f->created ? -1 : cmd_ttl_s(view->exptime); /* made without an expiry, which N then sets */
    rsp->ttl_after = cmd_ttl_s(f->exptime_after);
    if (UNLIKELY(f->created && has(req, 'T') && has(req, 't')))
        rsp->ttl_before = rsp->ttl_after = cmd_ttl_of_created(req);
}

static enum store_result
fetch(struct cmd_ctx *ctx, const struct request *req, bool may_win, struct store_fetched *f)
{
    bool touch_last = has(req, 'T') && cmd_stands_before(req, 'N', 'T');
    const struct store_fetch how = {
        .no_bump = has(req, 'u'),
        .no_win = !may_win,
        .touch = has(req, 'T'),
        .vivify = has(req, 'N'),
        .recache = has(req, 'R'),
        .has_cas_new = has(req, 'E'),
        .exptime = clock_expiry_s(req->exptime),
        .touch_first = has(req, 'T') && has(req, 'R') && cmd_stands_before(req, 'T', 'R'),
        .vivify_exptime = clock_expiry_s(touch_last ? req->exptime : req->vivify_exptime),
        .recache_before = clock_expiry_s(req->recache_exptime),
        .cas_new = req->cas_new,
    };
    enum store_result result = store_fetch(ctx->thread, &ctx->key, &how, req->key_is_binary, f);
    if (result == STORE_OK)
        ctx->view = f->view;
    return result;
}

/* The path of get, except that this reader may win a stale item that no reader has won yet. */
static inline __attribute__((always_inline)) enum store_result
read_plainly(struct cmd_ctx *ctx, const struct request *req, bool may_win, struct store_fetched *f)
{
    bool with_cas = has(req, 'c') || has(req, 'C');
    if (store_get_or_win(ctx->thread, &ctx->key, with_cas, may_win, &ctx->view, &f->won) != STORE_OK)
        return STORE_MISSING;
    f->created = false;
    f->exptime_after = ctx->view.exptime;
    return STORE_OK;
}

static inline __attribute__((always_inline)) void
get(struct cmd_ctx *ctx, const struct request *req, struct response *rsp, bool may_win)
{
    cmd_key_must_be(ctx, req);
    struct store_fetched f;
    trace_fetch(ctx, &ctx->key);
    enum store_result result = LIKELY(!(req->flags & FETCH_FLAGS)) ? read_plainly(ctx, req, may_win, &f)
                                                                   : fetch(ctx, req, may_win, &f);
    if (UNLIKELY(result == STORE_BUSY)) {
        cmd_wait_for_memory(ctx);
        return;
    }
    rsp->key = req->key;
    rsp->key_is_binary = req->key_is_binary;
    /* As in memcached, a hit with T counts as a touch, and a miss as a get. */
    bool touched = has(req, 'T') && result == STORE_OK;
    counter_inc(&ctx->counters[touched ? WORKER_N_CMD_TOUCH : WORKER_N_CMD_GET]);
    if (result == STORE_OK)
        answer_item(ctx, req, &f, rsp);
    else
        rsp->kind = RSP_MISS;
}

void
cmd_meta_get(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    get(ctx, req, rsp, true);
}

/* For a client that may only read: without the flags that write, and other clients recompute stale items. */
void
cmd_meta_get_only(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    if (req->flags & WRITE_FLAGS)
        cmd_forbidden(ctx, req, rsp);
    else
        get(ctx, req, rsp, false);
}

/* memcached's log reports x as an empty item that was stored, and then deleted; I is not reported. */
static void
trace_removal(struct cmd_ctx *ctx, const struct request *req)
{
    if (has(req, 'x')) {
        trace_stored(ctx, req, &ctx->key, STORE_OK);
        ctx->found.n_value = 0;
    }
    if (!has(req, 'I'))
        trace_deleted(ctx, &ctx->key, "md");
}

/* md: with I the item becomes stale; with x it becomes empty. */
void
cmd_meta_delete(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    cmd_key_must_be(ctx, req);
    enum store_result result;
    trace_fetch(ctx, &ctx->key);
    if (has(req, 'I') || has(req, 'x')) {
        const struct store_invalidate how = {
            .has_cas = has(req, 'C'),
            .cas = cmd_cas_wanted(ctx, req->cas),
            .mark_stale = has(req, 'I'),
            .drop_value = has(req, 'x'),
            .touch = has(req, 'I') && has(req, 'T'),
            .exptime = clock_expiry_s(req->exptime),
            .client_flags = req->client_flags,
            .has_cas_new = has(req, 'E'),
            .cas_new = req->cas_new,
        };
        result = store_invalidate(ctx->thread, &ctx->key, &how);
    } else {
        result = store_remove(ctx->thread, &ctx->key, has(req, 'C'), cmd_cas_wanted(ctx, req->cas));
    }
    if (UNLIKELY(result == STORE_BUSY)) {
        cmd_wait_for_memory(ctx);
        return;
    }
    if (result == STORE_OK)
        trace_removal(ctx, req);
    rsp->key = req->key;
    rsp->key_is_binary = req->key_is_binary;
    switch (result) {
    case STORE_OK: rsp->kind = RSP_DELETED; return;
    case STORE_MISSING: rsp->kind = RSP_NOT_FOUND; return;
    case STORE_EXISTS: rsp->kind = RSP_EXISTS; return;
    case STORE_NOT_STORED: rsp->kind = RSP_NOT_STORED; return;
    case STORE_TOO_LARGE:
    case STORE_NO_MEMORY: cmd_fail(rsp, BYTES("SERVER_ERROR out of memory")); return;
    case STORE_NOT_NUMBER:
    case STORE_BUSY: break;
    }
    UNREACHABLE();
}

/* Writes the key as a line can have it; returns its end. */
static char *
print_key(char *p, const struct store_meta *meta)
{
    MUST(meta->key.n <= STORE_KEY_MAX);
    return meta->key_is_binary ? base64_encode(p, meta->key) : (char *)mempcpy(p, meta->key.p, meta->key.n);
}

void
cmd_meta_debug(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    cmd_key_must_be(ctx, req);
    counter_inc(&ctx->counters[WORKER_N_CMD_META]);
    rsp->key = req->key;
    rsp->key_is_binary = req->key_is_binary;
    struct store_meta meta;
    trace_fetch(ctx, &ctx->key);
    if (store_describe(ctx->thread, &ctx->key, &meta) != STORE_OK) {
        rsp->kind = RSP_LINE;
        rsp->text = BYTES("EN");
        return;
    }
    uint32_t now_s = clock_now_s();
    char *p = print_key((char *)mempcpy(ctx->text, "ME ", 3), &meta);
    p += snprintf(p, (size_t)(ctx->text + sizeof(ctx->text) - p),
        " exp=%d la=%u cas=%llu fetch=%s cls=%u size=%u",
        meta.exptime == 0 ? -1 : (int)(meta.exptime - now_s), now_s - meta.atime,
        (unsigned long long)cmd_cas_shown(ctx, meta.cas), meta.fetched ? "yes" : "no",
        class_number_of(ctx->server->store, meta.class_id), meta.n_item);
    MUST(p < ctx->text + sizeof(ctx->text));
    rsp->kind = RSP_LINE;
    rsp->text = bytes_of(ctx->text, (size_t)(p - ctx->text));
}

void
cmd_meta_nop(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    (void)ctx;
    (void)req;
    rsp->kind = RSP_NOP;
}
