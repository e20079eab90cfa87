/*
 * cmd_stats: finds the group of statistics that a client asks for (stats.def).
 *
 * memcached accepts any beginning of most groups' names ("stats set"), in the
 * order of the table; for a few it needs the whole name.  A reply is text in the
 * worker's list, valid until that worker's next `stats`.
 *
 * Many statistics read all workers, and may have to wait for another command that
 * does; so they are made outside the store's epoch, which must not wait.
 */
#include "server/cmd/cmd.h"
#include "server/serve/listener.h"
#include "server/watch/prefix.h"
#include "server/server.h"
#include "server/stats/stat_json.h"
#include "server/stats/stats_groups.h"
#include "server/watch/watch.h"
#include "server/serve/worker.h"

static struct stat_list *
list_of(const struct cmd_ctx *ctx)
{
    const struct server *server = ctx->server;
    int i = 0;
    inbox_must_be_self(ctx->inbox);
    while (i < server->n_workers && server->workers[i] != ctx->worker)
        i++;
    MUST(i < server->n_workers);
    return &server->stat_lists[i];
}

/* ---- groups without a file of their own ---- */

void
stats_reset(const struct stats_ask *ask)
{
    struct server *server = ask->ctx->server;
    lock_must_own(&server->looking);
    store_stats_reset(server->store);
    listener_stats_reset(server->listener);
    watch_stats_reset(server->watch);
    prefix_clear(server->prefixes);
    for (int i = 0; i < server->n_workers; i++)
        worker_counters_reset(server->workers[i]);
    ask->rsp->kind = RSP_LINE;
    ask->rsp->text = BYTES("RESET");
}

/* There is no external storage: the list is empty, as in a memcached that runs without it. */
void
stats_extstore(const struct stats_ask *ask)
{
    if (ask->req->dialect == DIALECT_BINARY)
        stats_refuse(ask, BYTES("ERROR"));
}

/* ---- the group ---- */

enum group_match { MATCH_BARE, MATCH_SHORT, MATCH_WHOLE };
enum group_users { USERS_EVERYONE, USERS_ADMINS };
enum group_content { CONTENT_ROWS, CONTENT_OTHER };
enum group_reads { READS_WORKERS, READS_STORE };

static const struct group {
    struct bytes name;
    enum group_match match;
    enum group_users users;
    enum group_content content;
    enum group_reads reads;
    stats_fn *answer;
} groups[] = {
#define GROUP(name, match, users, content, reads, help) \
    {{#name, sizeof #name - 1}, MATCH_##match, USERS_##users, CONTENT_##content, READS_##reads, stats_##name},
#include "server/stats/stats.def"
};

/* The binary protocol has no short forms. */
static bool
is_named(const struct group *g, struct bytes name, bool whole)
{
    if (name.n == 0 || g->match == MATCH_BARE)
        return name.n == 0 && g->match == MATCH_BARE;
    return whole || g->match == MATCH_WHOLE ? bytes_equal(g->name, name) : bytes_begin_with(g->name, name);
}

static const struct group *
find_group(struct bytes name, bool whole)
{
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        if (is_named(&groups[i], name, whole))
            return &groups[i];
    return NULL;
}

static void
answer_list(const struct stats_ask *ask, bool json)
{
    struct bytes text;
    bool ok = json ? stat_json_write(ask->list) && stat_list_render_one(ask->list, ask->req, "json", &text)
                   : stat_list_render(ask->list, ask->req, &text);
    stats_answer_text(ask, text, ok);
}

/* For `stats json [group]`: by the whole name, and only groups made of rows. */
static const struct group *
find_json_group(struct bytes name)
{
    const struct group *g = find_group(name, true);
    return g != NULL && g->content == CONTENT_ROWS ? g : NULL;
}

/* false: the response is set. */
static bool
may_answer_locked(const struct stats_ask *ask, const struct group *group, bool may_admin)
{
    lock_must_own(&ask->ctx->server->looking);
    if (ask->ctx->server->stopping)
        cmd_fail(ask->rsp, BYTES("SERVER_ERROR shutting down"));
    else if (group == NULL)
        stats_refuse(ask, BYTES("ERROR"));
    else if (group->users == USERS_ADMINS && !may_admin)
        cmd_forbidden(ask->ctx, ask->req, ask->rsp);
    else
        return true;
    return false;
}

/*
 * true: the list is filled, and is still to be rendered; false: the response is set.  A walk over
 * all items does not hold the lock, because threads that have freed memory take it, too.
 */
static bool
fill_list(const struct stats_ask *ask, const struct group *group, bool may_admin)
{
    struct server *server = ask->ctx->server;
    lock_take(&server->looking);
    bool may = may_answer_locked(ask, group, may_admin);
    if (may && group->reads == READS_WORKERS)
        group->answer(ask);
    lock_give(&server->looking);
    if (may && group->reads == READS_STORE)
        group->answer(ask);
    return may && ask->rsp->kind == RSP_SILENT;
}

/* The list is rendered without the lock, too: it is this worker's. */
static void
stats(struct cmd_ctx *ctx, const struct request *req, bool may_admin, struct response *rsp)
{
    struct stats_ask ask = {ctx, req, req->args, list_of(ctx), rsp};
    struct bytes word = request_word(&ask.args);
    bool json = bytes_equal(word, BYTES("json"));
    const struct group *group =
        json ? find_json_group(request_word(&ask.args)) : find_group(word, req->dialect == DIALECT_BINARY);
    store_leave(ctx->thread);
    stat_list_clear(ask.list);
    if (fill_list(&ask, group, may_admin))
        answer_list(&ask, json);
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
