/* stats cachedump: items of the size classes of a number, at most as many as memcached would show. */
#include "base/clock.h"
#include "server/cmd/class_number.h"
#include "server/options/options.h"
#include "server/server.h"
#include "server/stats/stats_groups.h"

enum { CACHEDUMP_MAX = 2 << 20 }; /* approximate bytes of text */

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

/* Adds at most `limit` items; 0: as many as fit. */
static void
dump(const struct stats_ask *ask, uint32_t number, uint32_t limit)
{
    struct cmd_ctx *ctx = ask->ctx;
    struct text *text = &ask->list->text;
    struct dump d = {ctx->server->store, text, number, limit == 0 ? UINT32_MAX : limit};
    struct bytes block;
    store_walk(ctx->thread, dump_item, &d);
    text_add(text, "END\r\n", 5);
    bool ok = stat_list_render_block(ask->list, ask->req, "cachedump", &block);
    stats_answer_text(ask, block, ok);
}

void
stats_cachedump(const struct stats_ask *ask)
{
    struct bytes args = ask->args, class_word = request_word(&args), limit_word = request_word(&args);
    uint32_t number, limit;
    if (ask->ctx->server->options->no_dump)
        stats_refuse(ask, BYTES("CLIENT_ERROR stats cachedump not allowed"));
    else if (limit_word.n == 0)
        stats_refuse(ask, BYTES("CLIENT_ERROR bad command line"));
    else if (!request_u32(class_word, &number) || !request_u32(limit_word, &limit))
        stats_refuse(ask, BYTES("CLIENT_ERROR bad command line format"));
    else if (number >= CLASS_NUMBER_END)
        stats_refuse(ask, BYTES("CLIENT_ERROR Illegal slab id"));
    else
        dump(ask, number, limit);
}
