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
#include "server/class_number.h"
#include "server/cmd.h"
#include "server/listener.h"
#include "server/note.h"
#include "server/options.h"
#include "server/prefix.h"
#include "server/server.h"
#include "server/stats_groups.h"
#include "server/worker.h"

enum { CACHEDUMP_MAX = 2 << 20 }; /* bytes of text, about */

/* One `stats` on its way. */
struct ask {
    struct cmd_ctx *ctx;
    const struct request *req;
    struct bytes args; /* what follows the group's name */
    struct stat_list *list;
    struct response *rsp;
};

/* Fills the list, which is rendered then, or answers by itself. */
typedef void group_fn(const struct ask *);

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
        cmd_fail_as(rsp, FAILURE_NO_MEMORY, BYTES("SERVER_ERROR out of memory writing stats"));
        return;
    }
    rsp->kind = RSP_TEXT;
    rsp->text = text;
}

static void
answer_list(const struct ask *ask)
{
    struct bytes text;
    bool ok = stat_list_render(ask->list, ask->req, &text);
    answer_text(ask->rsp, text, ok);
}

/* In text its own line says what is wrong; in binary the group is not there. */
static void
refuse(const struct ask *ask, struct bytes text)
{
    cmd_fail_as(ask->rsp, FAILURE_NO_GROUP, text);
}

/* ---- the groups that are not only a list ---- */

static void
group_reset(const struct ask *ask)
{
    struct server *server = ask->ctx->server;
    store_stats_reset(server->store);
    listener_stats_reset(server->listener);
    watch_stats_reset(server->watch);
    prefix_clear(server->prefixes);
    for (int i = 0; i < server->n_workers; i++)
        worker_counters_reset(server->workers[i]);
    ask->rsp->kind = RSP_LINE;
    ask->rsp->text = BYTES("RESET");
}

static void
detail_dump(const struct ask *ask)
{
    struct bytes text;
    prefix_dump(ask->ctx->server->prefixes, &ask->list->text);
    bool ok = stat_list_render_block(ask->list, ask->req, "detailed", &text);
    answer_text(ask->rsp, text, ok);
}

static void
detail_enable(const struct ask *ask, bool on)
{
    struct cmd_ctx *ctx = ask->ctx;
    if (on)
        atomic_fetch_or_explicit(&ctx->server->noted, NOTED_DETAIL, memory_order_relaxed);
    else
        atomic_fetch_and_explicit(&ctx->server->noted, ~(uint32_t)NOTED_DETAIL, memory_order_relaxed);
    note_begin_turn(ctx); /* what comes behind it in this turn counts already */
    ask->rsp->kind = RSP_OK;
}

static void
group_detail(const struct ask *ask)
{
    struct bytes args = ask->args, what = request_word(&args);
    if (ask->ctx->server->options->no_dump)
        refuse(ask, BYTES("CLIENT_ERROR stats detail not allowed"));
    else if (what.n > 0 && bytes_begin_with(BYTES("on"), what))
        detail_enable(ask, true);
    else if (what.n > 0 && bytes_begin_with(BYTES("off"), what))
        detail_enable(ask, false);
    else if (what.n > 0 && bytes_begin_with(BYTES("dump"), what))
        detail_dump(ask);
    else
        refuse(ask, BYTES("CLIENT_ERROR usage: stats detail on|off|dump"));
}

struct dump {
    const struct store *store;
    struct text *text;
    uint32_t number, left;
};

static bool
dump_item(void *arg, const struct store_meta *meta)
{
    struct dump *d = arg;
    if (class_number_of(d->store, meta->class_id) != d->number)
        return true;
    int64_t expires = meta->exptime == 0 ? 0 : clock_zero_s() + meta->exptime;
    text_printf(d->text, "ITEM %.*s [%u b; %lld s]\r\n", (int)meta->key.n, meta->key.p, meta->n_value,
        (long long)expires);
    return --d->left > 0 && d->text->n < CACHEDUMP_MAX;
}

/* Items of the classes of a number, at most `limit` (0: as many as fit), no more than memcached would show. */
static void
dump_class(struct cmd_ctx *ctx, uint32_t number, uint32_t limit, struct text *text)
{
    struct dump d = {ctx->server->store, text, number, limit == 0 ? UINT32_MAX : limit};
    store_walk(ctx->thread, dump_item, &d);
    text_add(text, "END\r\n", 5);
}

static void
group_cachedump(const struct ask *ask)
{
    struct bytes args = ask->args, class_word = request_word(&args), limit_word = request_word(&args);
    uint32_t number, limit;
    if (ask->ctx->server->options->no_dump)
        refuse(ask, BYTES("CLIENT_ERROR stats cachedump not allowed"));
    else if (limit_word.n == 0)
        refuse(ask, BYTES("CLIENT_ERROR bad command line"));
    else if (!request_u32(class_word, &number) || !request_u32(limit_word, &limit))
        refuse(ask, BYTES("CLIENT_ERROR bad command line format"));
    else if (number >= CLASS_NUMBER_END)
        refuse(ask, BYTES("CLIENT_ERROR Illegal slab id"));
    else {
        struct bytes text;
        dump_class(ask->ctx, number, limit, &ask->list->text);
        bool ok = stat_list_render_block(ask->list, ask->req, "cachedump", &text);
        answer_text(ask->rsp, text, ok);
    }
}

/* ---- the others ---- */

static void
group_general(const struct ask *ask)
{
    stats_general(ask->ctx->server, ask->list);
}

static void
group_settings(const struct ask *ask)
{
    stats_settings(ask->ctx->server, ask->list);
}

static void
group_conns(const struct ask *ask)
{
    stats_conns(ask->ctx->server, ask->list);
}

static void
group_items(const struct ask *ask)
{
    stats_items(ask->ctx, ask->list);
}

static void
group_slabs(const struct ask *ask)
{
    stats_slabs(ask->ctx, ask->list);
}

static void
group_sizes(const struct ask *ask)
{
    stats_sizes(ask->ctx, ask->list);
}

static void
group_larder(const struct ask *ask)
{
    stats_larder(ask->ctx->server, ask->list);
}

static void
group_memory(const struct ask *ask)
{
    stats_memory(ask->ctx, ask->list);
}

static void
group_pages(const struct ask *ask)
{
    stats_pages(ask->ctx, ask->list);
}

static void
group_numa(const struct ask *ask)
{
    stats_numa(ask->ctx->server, ask->list);
}

/* There is no external storage: nothing to tell, as of a memcached that runs without. */
static void
group_extstore(const struct ask *ask)
{
    if (ask->req->dialect == DIALECT_BINARY)
        refuse(ask, BYTES("ERROR"));
}

static void
group_policy(const struct ask *ask)
{
    stats_policy(ask->ctx->server, ask->list);
}

/* clang-format off */
#define NAME(literal) {literal, sizeof(literal) - 1}
/* clang-format on */

static const struct group {
    struct bytes name;
    bool whole;  /* no shorter form */
    bool admins; /* changes something, or shows keys */
    group_fn *answer;
} groups[] = {
    {NAME("reset"), false, true, group_reset},
    {NAME("detail"), false, true, group_detail},
    {NAME("settings"), false, false, group_settings},
    {NAME("cachedump"), false, true, group_cachedump},
    {NAME("conns"), false, false, group_conns},
    {NAME("items"), true, false, group_items},
    {NAME("slabs"), true, false, group_slabs},
    {NAME("sizes"), true, false, group_sizes},
    {NAME("extstore"), false, false, group_extstore},
    {NAME("larder"), true, false, group_larder},
    {NAME("memory"), true, false, group_memory},
    {NAME("pages"), true, false, group_pages},
    {NAME("numa"), true, false, group_numa},
    {NAME("policy"), true, false, group_policy},
};

/* Binary has no short forms. */
static const struct group *
find_group(struct bytes name, bool whole)
{
    static const struct group general = {.answer = group_general};
    if (name.n == 0)
        return &general;
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        const struct group *g = &groups[i];
        if (whole || g->whole ? bytes_equal(g->name, name) : bytes_begin_with(g->name, name))
            return g;
    }
    return NULL;
}

static void
answer(struct cmd_ctx *ctx, const struct request *req, bool may_admin, struct response *rsp)
{
    struct ask ask = {ctx, req, req->args, list_of(ctx), rsp};
    const struct group *group = find_group(request_word(&ask.args), req->dialect == DIALECT_BINARY);
    stat_list_clear(ask.list);
    if (group == NULL) {
        refuse(&ask, BYTES("ERROR"));
        return;
    }
    if (group->admins && !may_admin) {
        cmd_forbidden(ctx, req, rsp);
        return;
    }
    group->answer(&ask);
    if (rsp->kind == RSP_SILENT)
        answer_list(&ask);
}

static void
stats(struct cmd_ctx *ctx, const struct request *req, bool may_admin, struct response *rsp)
{
    struct server *server = ctx->server;
    store_leave(ctx->thread);
    lock_take(&server->looking);
    if (server->stopping)
        cmd_fail(rsp, BYTES("SERVER_ERROR shutting down"));
    else
        answer(ctx, req, may_admin, rsp);
    lock_give(&server->looking);
    store_enter(ctx->thread);
}

void
cmd_stats(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    stats(ctx, req, true, rsp);
}

void
cmd_stats_only(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    stats(ctx, req, false, rsp);
}
