/* cmd: functions that several commands use; see cmd.h. */
#include "server/cmd/cmd.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "server/server.h"

void
cmd_quit(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    (void)req;
    ctx->close = true;
    rsp->kind = RSP_BYE;
    ctx->peer->reason = CLOSE_NORMAL;
}

/*
 * Answers only memcached's version, because clients compare the whole word, or
 * the last one of the line.  larder's own version is in `stats larder`.
 */
void
cmd_version(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    (void)ctx;
    (void)req;
    rsp->kind = RSP_VERSION;
    rsp->text = BYTES(SERVER_PROTOCOL_VERSION);
}

void
cmd_forbidden(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    (void)ctx;
    (void)req;
    cmd_fail_as(rsp, FAILURE_FORBIDDEN, BYTES("CLIENT_ERROR permission denied"));
}

int64_t
cmd_ttl_s(uint32_t exptime)
{
    return exptime == 0 ? -1 : (int64_t)(uint32_t)(clock_due_s(exptime) - clock_now_s());
}

bool
cmd_stands_before(const struct request *req, char first, char second)
{
    struct bytes rest = req->meta, word;
    while ((word = request_word(&rest)).n > 0 && word.p[0] != second)
        if (word.p[0] == first)
            return true;
    return false;
}

int64_t
cmd_ttl_of_created(const struct request *req)
{
    bool touched = cmd_stands_before(req, 'T', 't'), vivified = cmd_stands_before(req, 'N', 't');
    if (!touched && !vivified)
        return -1;
    bool by_touch = touched && (!vivified || cmd_stands_before(req, 'N', 'T'));
    return cmd_ttl_s(clock_expiry_s(by_touch ? req->exptime : req->vivify_exptime));
}

void
cmd_reply_text(struct cmd_ctx *ctx, const struct response *rsp)
{
    MUST(rsp->kind == RSP_TEXT);
    outq_borrow(ctx->out, rsp->text);
}

/* Copies a value, which may be a chain, or packed; returns the end of the copy. */
static char *
copy_value(char *dst, struct store_thread *thread, const struct store_view *view)
{
    if (LIKELY(view->value != NULL)) {
        size_t n_value = view->n_value;
        /* a compiler that knows it is small would use `rep movsq`, which starts slowly */
        __asm__("" : "+r"(n_value));
        memcpy(dst, view->value, n_value);
        return dst + n_value;
    }
    store_copy_value(thread, view, dst);
    return dst + view->n_value;
}

void
cmd_reply_value(struct cmd_ctx *ctx, char *end, const struct request *req, const struct response *rsp)
{
    const struct store_view *view = &ctx->view;
    CHECKED_MUST(view->item != NULL && rsp->n_value == view->n_value);
    if (LIKELY(view->n_value <= OUTQ_COPY_MAX) || store_must_copy(view)) {
        end = copy_value(end, ctx->thread, view);
    } else {
        outq_wrote(ctx->out, end);
        outq_hold(ctx->out, ctx->thread, view);
    }
    outq_wrote(ctx->out, proto_compose_tail(end, req));
}

bool
cmd_read_double(struct bytes word, double *out)
{
    char text[64], *end;
    if (word.n == 0 || word.n >= sizeof text)
        return false;
    memcpy(text, word.p, word.n);
    text[word.n] = '\0';
    *out = strtod(text, &end);
    return *end == '\0' && isfinite(*out);
}
