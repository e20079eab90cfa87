/*
 * cmd_lru_crawler: lru_crawler, memcached's command for walks over its items.
 *
 * larder has no crawler: the mover removes expired items (slab/reclaim/mover.h), a crawl only makes
 * it sweep sooner, and a dump is a walk on the connection's own worker.  So only a crawl during
 * another crawl is BUSY, and the values of sleep and tocrawl are only stored and reported.
 *
 * Replies, wording and order of checks are memcached 1.6.45's.
 */
#include "base/text/split.h"
#include "server/cmd/class_number.h"
#include "server/cmd/cmd_dump.h"
#include "server/cmd/cmd.h"
#include "server/options/options.h"
#include "server/server.h"

/* Marks every class id that has one of these numbers. */
static void
spread(const struct cmd_ctx *ctx, const bool numbers[CLASS_NUMBER_END], bool wanted[DUMP_CLASSES])
{
    uint32_t n = store_n_classes(ctx->server->store);
    MUST(n < DUMP_CLASSES);
    for (uint32_t id = 1; id <= n; id++)
        wanted[id] = numbers[class_number_at(n, id)];
}

/* Reads the classes of a list, "1,2,5", or "all" or "hash".  false: the response has the error. */
static bool
read_classes(const struct cmd_ctx *ctx, struct bytes list, bool wanted[DUMP_CLASSES], struct response *rsp)
{
    bool numbers[CLASS_NUMBER_END] = {false};
    uint32_t n_wanted = 0;
    memset(wanted, 0, DUMP_CLASSES * sizeof *wanted);
    if (bytes_equal(list, BYTES("all")) || bytes_equal(list, BYTES("hash"))) {
        memset(wanted, 1, DUMP_CLASSES * sizeof *wanted);
        return true;
    }
    while (list.n > 0) {
        struct bytes word = split_off(&list, ',');
        uint32_t number;
        if (word.n == 0)
            continue;
        if (!request_u32(word, &number) || number < 1 || number >= CLASS_NUMBER_END) {
            cmd_fail(rsp, BYTES("BADCLASS invalid class id"));
            return false;
        }
        numbers[number] = true;
        n_wanted++;
    }
    spread(ctx, numbers, wanted);
    if (n_wanted == 0)
        cmd_fail(rsp, BYTES("NOTSTARTED no items to crawl"));
    return n_wanted > 0;
}

static bool
is_disabled(const struct cmd_ctx *ctx, struct response *rsp)
{
    if (OPTION_NOW(ctx->server->options, lru_crawler))
        return false;
    cmd_fail(rsp, BYTES("CLIENT_ERROR lru crawler disabled"));
    return true;
}

/* ---- with one argument ---- */

static void
crawl(struct cmd_ctx *ctx, struct bytes list, struct response *rsp)
{
    bool wanted[DUMP_CLASSES];
    if (is_disabled(ctx, rsp))
        return;
    if (bytes_equal(list, BYTES("hash")))
        cmd_fail(rsp, BYTES("ERROR an unknown error happened"));
    else if (!read_classes(ctx, list, wanted, rsp))
        return;
    else if (!store_crawl(ctx->server->store, wanted, DUMP_CLASSES))
        cmd_fail(rsp, BYTES("BUSY currently processing crawler request"));
    else
        rsp->kind = RSP_OK;
}

static void
dump(struct cmd_ctx *ctx, enum dump_format format, struct bytes list, struct response *rsp)
{
    bool wanted[DUMP_CLASSES];
    if (!read_classes(ctx, list, wanted, rsp))
        return;
    if (ctx->peer->datagrams) /* a datagram has no further turns */
        cmd_fail(rsp, BYTES("SERVER_ERROR reply too large for UDP"));
    else if (cmd_dump_begin(ctx, format, wanted))
        rsp->kind = RSP_OK;
    else
        cmd_fail(rsp, BYTES("SERVER_ERROR out of memory"));
}

static void
metadump(struct cmd_ctx *ctx, struct bytes list, struct response *rsp)
{
    if (is_disabled(ctx, rsp))
        return;
    if (OPTION_NOW(ctx->server->options, no_dump))
        cmd_fail(rsp, BYTES("ERROR metadump not allowed"));
    else if (!outq_empty(ctx->out))
        cmd_fail(rsp, BYTES("ERROR cannot pipeline other commands before metadump"));
    else
        dump(ctx, DUMP_METADUMP, list, rsp);
}

static void
mgdump(struct cmd_ctx *ctx, struct bytes list, struct response *rsp)
{
    if (is_disabled(ctx, rsp))
        return;
    if (OPTION_NOW(ctx->server->options, no_dump))
        cmd_fail(rsp, BYTES("ERROR key dump not allowed"));
    else if (!outq_empty(ctx->out))
        cmd_fail(rsp, BYTES("ERROR cannot pipeline other commands before mgdump"));
    else
        dump(ctx, DUMP_MGDUMP, list, rsp);
}

static void
tocrawl(struct cmd_ctx *ctx, struct bytes word, struct response *rsp)
{
    uint32_t n;
    if (!request_u32(word, &n)) {
        cmd_fail_format(rsp);
        return;
    }
    atomic_store_explicit(&ctx->server->crawler.to_crawl, n, memory_order_relaxed);
    rsp->kind = RSP_OK;
}

static void
sleep_between(struct cmd_ctx *ctx, struct bytes word, struct response *rsp)
{
    uint32_t us;
    if (!request_u32(word, &us)) {
        cmd_fail_format(rsp);
        return;
    }
    if (us > 1000000) {
        cmd_fail(rsp, BYTES("CLIENT_ERROR sleep must be one second or less"));
        return;
    }
    atomic_store_explicit(&ctx->server->crawler.sleep_us, us, memory_order_relaxed);
    rsp->kind = RSP_OK;
}

/* ---- with none ---- */

static void
enable(struct cmd_ctx *ctx, struct bytes none, struct response *rsp)
{
    (void)none;
    if (atomic_exchange_explicit(&ctx->server->options->lru_crawler, true, memory_order_relaxed))
        /* it already runs, and this is memcached's answer then */
        cmd_fail(rsp, BYTES("ERROR failed to start lru crawler thread"));
    else
        rsp->kind = RSP_OK;
}

static void
disable(struct cmd_ctx *ctx, struct bytes none, struct response *rsp)
{
    (void)none;
    atomic_store_explicit(&ctx->server->options->lru_crawler, false, memory_order_relaxed);
    rsp->kind = RSP_OK;
}

/* ---- */

/* Any beginning of a name is enough; they are compared in this order. */
static const struct form {
    struct bytes name;
    bool has_argument;
    bool only_answers; /* has no effect with noreply */
    void (*run)(struct cmd_ctx *, struct bytes argument, struct response *);
} forms[] = {
    {{"crawl", 5}, true, false, crawl},
    {{"metadump", 8}, true, true, metadump},
    {{"mgdump", 6}, true, true, mgdump},
    {{"tocrawl", 7}, true, false, tocrawl},
    {{"sleep", 5}, true, false, sleep_between},
    {{"enable", 6}, false, false, enable},
    {{"disable", 7}, false, false, disable},
};

void
cmd_lru_crawler(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    struct bytes args = req->args, what = request_word(&args);
    struct bytes argument = request_word(&args), more = request_word(&args);
    for (size_t i = 0; what.n > 0 && more.n == 0 && i < sizeof forms / sizeof *forms; i++) {
        if (forms[i].has_argument != (argument.n > 0) || !bytes_begin_with(forms[i].name, what))
            continue;
        if (!(req->quiet && forms[i].only_answers))
            forms[i].run(ctx, argument, rsp);
        return;
    }
    cmd_fail_unknown(rsp);
}
