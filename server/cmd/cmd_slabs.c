/*
 * cmd_slabs: moves pages between classes, by command and automatically.
 *
 * Replies, wording and order of checks are memcached 1.6.45's.
 */
#include "server/cmd/class_number.h"
#include "server/cmd/cmd.h"
#include "server/options/options.h"
#include "server/server.h"

void
cmd_slabs_apply_automove(struct server *server)
{
    MUST(OPTION_NOW(server->options, automove) <= 2);
    const struct options *o = server->options;
    store_set_automove(server->store, OPTION_NOW(o, slab_reassign) ? OPTION_NOW(o, automove) : 0);
}

static void
automove_ratio(struct server *server, struct bytes value, struct response *rsp)
{
    double ratio;
    if (!cmd_read_double(value, &ratio)) {
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
    cmd_slabs_apply_automove(server);
    rsp->kind = RSP_OK;
}

static void
automove(struct server *server, struct bytes what, struct bytes value, struct response *rsp)
{
    double ignored;
    if (bytes_begin_with(BYTES("ratio"), what)) {
        automove_ratio(server, value, rsp);
    } else if (bytes_begin_with(BYTES("freeratio"), what)) { /* of extstore, which larder does not have */
        if (cmd_read_double(value, &ignored))
            rsp->kind = RSP_OK;
        else
            cmd_fail_unknown(rsp);
    } else if (bytes_begin_with(BYTES("window"), what)) {
        automove_window(server, value, rsp);
    } else {
        automove_level(server, what, rsp);
    }
}

/*
 * The class that loses or gets a page, of those that share a number: the one with
 * the most pages.  Other values (-1, 0, too high) are passed to the engine.
 */
static int32_t
class_of(struct store *store, int32_t number)
{
    if (number <= 0)
        return number;
    uint32_t id = class_number_fullest(store, (uint32_t)number);
    return id > 0 ? (int32_t)id : INT32_MAX;
}

static enum store_move
move_page(struct store *store, int32_t from, int32_t to)
{
    if (from == to)
        return STORE_MOVE_SAME;
    int32_t source = class_of(store, from), destination = class_of(store, to);
    return source == destination ? STORE_MOVE_BAD_CLASS : store_move_page(store, source, destination);
}

static void
reassign(struct server *server, struct bytes from, struct bytes to, struct response *rsp)
{
    int32_t source, destination;
    if (!OPTION_NOW(server->options, slab_reassign)) {
        cmd_fail(rsp, BYTES("CLIENT_ERROR slab reassignment disabled"));
        return;
    }
    if (!request_i32(from, &source) || !request_i32(to, &destination)) {
        cmd_fail_format(rsp);
        return;
    }
    switch (move_page(server->store, source, destination)) {
    case STORE_MOVE_STARTED: rsp->kind = RSP_OK; return;
    case STORE_MOVE_BUSY: cmd_fail(rsp, BYTES("BUSY currently processing reassign request")); return;
    case STORE_MOVE_BAD_CLASS: cmd_fail(rsp, BYTES("BADCLASS invalid src or dst class id")); return;
    case STORE_MOVE_NO_SPARE: cmd_fail(rsp, BYTES("NOSPARE source class has no spare pages")); return;
    case STORE_MOVE_SAME: cmd_fail(rsp, BYTES("SAME src and dst class are identical")); return;
    }
    UNREACHABLE();
}

void
cmd_slabs(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    struct bytes args = req->args, what = request_word(&args);
    struct bytes first = request_word(&args), second = request_word(&args), more = request_word(&args);
    if (second.n > 0 && more.n == 0 && bytes_begin_with(BYTES("reassign"), what))
        reassign(ctx->server, first, second, rsp);
    else if (first.n > 0 && bytes_begin_with(BYTES("automove"), what))
        automove(ctx->server, first, second, rsp);
    else
        cmd_fail_unknown(rsp);
}
