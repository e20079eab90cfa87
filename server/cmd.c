/* cmd: the table of commands, and what they share; see cmd.h. */
#include "server/cmd.h"

#include <string.h>

#include "base/clock.h"

/* Who does a kind.  A row in commands.def without a line here does not compile. */
#define DO_NONE        NULL
#define DO_GET         cmd_get
#define DO_GETS        cmd_gets
#define DO_GAT         cmd_gat
#define DO_GATS        cmd_gats
#define DO_SET         cmd_put
#define DO_ADD         cmd_put
#define DO_REPLACE     cmd_put
#define DO_APPEND      cmd_put
#define DO_PREPEND     cmd_put
#define DO_CAS         cmd_put
#define DO_DELETE      cmd_delete
#define DO_INCR        cmd_arith
#define DO_DECR        cmd_arith
#define DO_TOUCH       cmd_touch
#define DO_META_GET    cmd_meta_get
#define DO_META_SET    cmd_put
#define DO_META_DELETE cmd_meta_delete
#define DO_META_ARITH  cmd_arith
#define DO_META_DEBUG  cmd_meta_debug
#define DO_META_NOP    cmd_meta_nop
#define DO_STATS       cmd_stats
#define DO_VERSION     cmd_version
#define DO_QUIT        cmd_quit
#define DO_FLUSH_ALL   cmd_flush_all
#define DO_VERBOSITY   cmd_verbosity
#define DO_SHUTDOWN    cmd_shutdown
#define DO_SLABS       cmd_slabs
#define DO_DEBUGTIME   cmd_debugtime
#define DO_DEBUGITEM   cmd_debugitem

cmd_fn *const cmd_table[CMD_N_KINDS] = {
#define CMD(kind, word, shape, effects) [CMD_##kind] = DO_##kind,
#include "proto/commands.def"
#undef CMD
};

void
cmd_quit(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    (void)req;
    (void)rsp;
    ctx->close = true;
}

int64_t
cmd_ttl_s(uint32_t exptime)
{
    return exptime == 0 ? -1 : (int64_t)(uint32_t)(exptime - clock_now_s());
}

void
cmd_reply_text(struct cmd_ctx *ctx, const struct response *rsp)
{
    outq_borrow(ctx->out, rsp->text);
}

/* Copies a value that may be in pieces; returns the end of the copy. */
static char *
copy_value(char *dst, struct store_thread *thread, const struct store_view *view)
{
    if (LIKELY(view->value != NULL)) {
        size_t n_value = view->n_value;
        __asm__("" : "+r"(n_value)); /* a compiler that knows it is small writes `rep movsq`, slow to start */
        memcpy(dst, view->value, n_value);
        return dst + n_value;
    }
    struct iovec piece[8];
    uint32_t at = 0;
    size_t n;
    while ((n = store_value_spans(thread, view->item, &at, piece, 8)) > 0) {
        for (size_t i = 0; i < n; i++) {
            memcpy(dst, piece[i].iov_base, piece[i].iov_len);
            dst += piece[i].iov_len;
        }
    }
    return dst;
}

void
cmd_reply_value(struct cmd_ctx *ctx, char *end, const struct request *req, const struct response *rsp)
{
    const struct store_view *view = &ctx->view;
    if (LIKELY(view->n_value <= OUTQ_COPY_MAX)) {
        end = copy_value(end, ctx->thread, view);
    } else {
        outq_wrote(ctx->out, end);
        outq_pin(ctx->out, ctx->thread, view);
    }
    outq_wrote(ctx->out, proto_compose_tail(end, req, rsp));
}
