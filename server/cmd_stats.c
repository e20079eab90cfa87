/*
 * cmd_stats: which group of statistics was asked for.
 *
 * memcached takes most groups by any beginning of their name ("stats set"), in
 * the order of the table; a few only whole.  A reply is bytes in the list of
 * the worker, good until that worker's next `stats`.
 *
 * Statistics look at all workers, and may have to wait for another command that
 * does; so they are made outside the store's epoch, which must not wait.
 */
#include "base/clock.h"
#include "server/listener.h"
#include "server/options.h"
#include "server/prefix.h"
#include "server/server.h"
#include "server/stats_groups.h"
#include "server/worker.h"

enum { CACHEDUMP_MAX = 2 << 20 }; /* bytes of text, about */

/* `args` is what follows the group's name. */
typedef void group_fn(struct cmd_ctx *, struct bytes args, struct stat_list *, struct response *);

static struct stat_list *
list_of(const struct cmd_ctx *ctx)
{
    const struct server *server = ctx->server;
    int i = 0;
    while (i < server->n_workers && server->workers[i] != ctx->worker)
        i++;
    MUST(i < server->n_workers);
    return &server->stat_lists[i];
}

static void
answer_text(struct response *rsp, struct bytes text, bool ok)
{
    if (!ok) {
        cmd_fail(rsp, BYTES("SERVER_ERROR out of memory writing stats"));
        return;
    }
    rsp->kind = RSP_TEXT;
    rsp->text = text;
}

static void
answer_list(struct response *rsp, struct stat_list *l)
{
    struct bytes text;
    bool ok = stat_list_render_text(l, &text);
    answer_text(rsp, text, ok);
}

/* ---- the groups that are not only a list ---- */

static void
group_reset(struct cmd_ctx *ctx, struct bytes args, struct stat_list *l, struct response *rsp)
{
    struct server *server = ctx->server;
    (void)args;
    (void)l;
    store_stats_reset(server->store);
    listener_stats_reset(server->listener);
    prefix_clear(server->prefixes);
    for (int i = 0; i < server->n_workers; i++)
        worker_counters_reset(server->workers[i]);
    rsp->kind = RSP_LINE;
    rsp->text = BYTES("RESET");
}

static void
detail_dump(struct cmd_ctx *ctx, struct stat_list *l, struct response *rsp)
{
    prefix_dump(ctx->server->prefixes, &l->text);
    answer_text(rsp, text_bytes(&l->text), text_ok(&l->text));
}

static void
detail_enable(struct cmd_ctx *ctx, bool on, struct response *rsp)
{
    atomic_store_explicit(&ctx->server->detail_enabled, on, memory_order_relaxed);
    rsp->kind = RSP_OK;
}

static void
group_detail(struct cmd_ctx *ctx, struct bytes args, struct stat_list *l, struct response *rsp)
{
    struct bytes what = request_word(&args);
    if (ctx->server->options->no_dump)
        cmd_fail(rsp, BYTES("CLIENT_ERROR stats detail not allowed"));
    else if (what.n > 0 && bytes_begin_with(BYTES("on"), what))
        detail_enable(ctx, true, rsp);
    else if (what.n > 0 && bytes_begin_with(BYTES("off"), what))
        detail_enable(ctx, false, rsp);
    else if (what.n > 0 && bytes_begin_with(BYTES("dump"), what))
        detail_dump(ctx, l, rsp);
    else
        cmd_fail(rsp, BYTES("CLIENT_ERROR usage: stats detail on|off|dump"));
}

struct dump {
    struct text *text;
    uint32_t class_id, left;
};

static bool
dump_item(void *arg, const struct store_meta *meta)
{
    struct dump *d = arg;
    if (meta->class_id != d->class_id)
        return true;
    int64_t expires = meta->exptime == 0 ? 0 : clock_epoch_unix_s() + meta->exptime;
    text_printf(d->text, "ITEM %.*s [%u b; %lld s]\r\n", (int)meta->key.n, meta->key.p, meta->n_value,
        (long long)expires);
    return --d->left > 0 && d->text->n < CACHEDUMP_MAX;
}

/* Items of one class, at most `limit` (0: as many as fit), no more than memcached would show. */
static void
dump_class(struct cmd_ctx *ctx, uint32_t class_id, uint32_t limit, struct text *text)
{
    struct dump d = {text, class_id, limit == 0 ? UINT32_MAX : limit};
    store_walk(ctx->thread, dump_item, &d);
    text_add(text, "END\r\n", 5);
}

static void
group_cachedump(struct cmd_ctx *ctx, struct bytes args, struct stat_list *l, struct response *rsp)
{
    struct bytes class_word = request_word(&args), limit_word = request_word(&args);
    struct store_stats store;
    uint32_t class_id, limit;
    store_stats(ctx->server->store, &store);
    if (ctx->server->options->no_dump)
        cmd_fail(rsp, BYTES("CLIENT_ERROR stats cachedump not allowed"));
    else if (limit_word.n == 0)
        cmd_fail(rsp, BYTES("CLIENT_ERROR bad command line"));
    else if (!request_u32(class_word, &class_id) || !request_u32(limit_word, &limit))
        cmd_fail(rsp, BYTES("CLIENT_ERROR bad command line format"));
    else if (class_id > store.n_classes)
        cmd_fail(rsp, BYTES("CLIENT_ERROR Illegal slab id"));
    else {
        dump_class(ctx, class_id, limit, &l->text);
        answer_text(rsp, text_bytes(&l->text), text_ok(&l->text));
    }
}

/* ---- the others ---- */

static void
group_settings(struct cmd_ctx *ctx, struct bytes args, struct stat_list *l, struct response *rsp)
{
    (void)args;
    stats_settings(ctx->server, l);
    answer_list(rsp, l);
}

static void
group_conns(struct cmd_ctx *ctx, struct bytes args, struct stat_list *l, struct response *rsp)
{
    (void)args;
    stats_conns(ctx->server, l);
    answer_list(rsp, l);
}

static void
group_items(struct cmd_ctx *ctx, struct bytes args, struct stat_list *l, struct response *rsp)
{
    (void)args;
    stats_items(ctx, l);
    answer_list(rsp, l);
}

static void
group_slabs(struct cmd_ctx *ctx, struct bytes args, struct stat_list *l, struct response *rsp)
{
    (void)args;
    stats_slabs(ctx, l);
    answer_list(rsp, l);
}

static void
group_sizes(struct cmd_ctx *ctx, struct bytes args, struct stat_list *l, struct response *rsp)
{
    (void)args;
    stats_sizes(ctx, l);
    answer_list(rsp, l);
}

static void
group_larder(struct cmd_ctx *ctx, struct bytes args, struct stat_list *l, struct response *rsp)
{
    (void)args;
    stats_larder(ctx->server, l);
    answer_list(rsp, l);
}

/* clang-format off */
#define NAME(literal) {literal, sizeof(literal) - 1}
/* clang-format on */

static const struct group {
    struct bytes name;
    bool whole; /* no shorter form */
    group_fn *answer;
} groups[] = {
    {NAME("reset"), false, group_reset},
    {NAME("detail"), false, group_detail},
    {NAME("settings"), false, group_settings},
    {NAME("cachedump"), false, group_cachedump},
    {NAME("conns"), false, group_conns},
    {NAME("items"), true, group_items},
    {NAME("slabs"), true, group_slabs},
    {NAME("sizes"), true, group_sizes},
    {NAME("larder"), true, group_larder},
};

static const struct group *
find_group(struct bytes name)
{
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        const struct group *g = &groups[i];
        if (g->whole ? bytes_equal(g->name, name) : bytes_begin_with(g->name, name))
            return g;
    }
    return NULL;
}

static void
answer(struct cmd_ctx *ctx, struct bytes args, struct response *rsp)
{
    struct bytes name = request_word(&args);
    struct stat_list *l = list_of(ctx);
    stat_list_clear(l);
    if (name.n == 0) {
        stats_general(ctx->server, l);
        answer_list(rsp, l);
        return;
    }
    const struct group *g = find_group(name);
    if (g == NULL)
        cmd_fail(rsp, BYTES("ERROR"));
    else
        g->answer(ctx, args, l, rsp);
}

void
cmd_stats(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    struct server *server = ctx->server;
    store_leave(ctx->thread);
    lock_take(&server->looking);
    if (server->stopping)
        cmd_fail(rsp, BYTES("SERVER_ERROR shutting down"));
    else
        answer(ctx, req->args, rsp);
    lock_give(&server->looking);
    store_enter(ctx->thread);
}
