/*
 * cmd_get: get, gets, gat, gats, and the binary protocol's gets and touch.
 *
 * A get of many keys looks them up in groups: all hashes and index lines of a group first, then its
 * items, then the replies, so that the misses of the CPU's caches overlap.  When the reply buffer is
 * full, or the connection's turn is over, the remaining keys become a get of their own (ctx->rest).
 */
#include "server/cmd/cmd.h"

#include "base/clock.h"
#include "proto/parse.h"
#include "server/cmd/trace.h"
#include "server/watch/prefix.h"
#include "server/server.h"

enum { GROUP_MAX = 16 };

/*
 * How a command finds its item, and which counter it increments; const, so that
 * the compiler can inline both.
 */
struct lookup {
    enum store_result (*find)(struct cmd_ctx *, const struct store_key *, uint32_t exptime);
    enum worker_counter counter;
    bool with_cas;
};

static enum store_result
find_plain(struct cmd_ctx *ctx, const struct store_key *key, uint32_t exptime)
{
    (void)exptime;
    return store_get(ctx->thread, key, &ctx->view);
}

static enum store_result
find_with_cas(struct cmd_ctx *ctx, const struct store_key *key, uint32_t exptime)
{
    (void)exptime;
    return store_get_with_cas(ctx->thread, key, &ctx->view);
}

static enum store_result
find_and_touch(struct cmd_ctx *ctx, const struct store_key *key, uint32_t exptime)
{
    return store_get_and_touch(ctx->thread, key, exptime, &ctx->view);
}

/* Whether the item exists; if so, ctx->view is its view. */
static inline __attribute__((always_inline)) bool
find(struct cmd_ctx *ctx, const struct store_key *key, uint32_t exptime, const struct lookup lookup)
{
    trace_fetch(ctx, key);
    bool hit = lookup.find(ctx, key, exptime) == STORE_OK;
    if (UNLIKELY(ctx->traced & TRACED_DETAIL))
        prefix_record_get(ctx->server->prefixes, bytes_of(key->p, key->n), hit);
    return hit;
}

static inline __attribute__((always_inline)) void
answer_view(const struct cmd_ctx *ctx, const struct store_key *key, bool with_cas, struct response *rsp)
{
    CHECKED_MUST(ctx->view.item != NULL);
    rsp->kind = RSP_VALUE;
    rsp->with_cas = with_cas;
    rsp->with_value = true;
    rsp->key = bytes_of(key->p, key->n);
    rsp->n_value = ctx->view.n_value;
    rsp->client_flags = ctx->view.client_flags;
    rsp->cas = with_cas ? cmd_cas_shown(ctx, ctx->view.cas) : 0;
}

static inline __attribute__((always_inline)) void
get_key(struct cmd_ctx *ctx, const struct request *req, const struct store_key *key, uint32_t exptime,
    const struct lookup lookup)
{
    if (!find(ctx, key, exptime, lookup))
        return;
    struct response rsp;
    cmd_begin_response(&rsp);
    answer_view(ctx, key, lookup.with_cas, &rsp);
    cmd_reply(ctx, req, &rsp);
}

/* Takes the next keys of *args, hashes them, and prefetches their index lines. */
static unsigned
take_group(struct cmd_ctx *ctx, struct bytes *args, struct store_key *group)
{
    unsigned n = 0;
    for (; n < GROUP_MAX; n++) {
        struct bytes word = parse_next_key(args);
        if (word.n == 0)
            break;
        group[n] = store_key(word);
        store_prefetch_index(ctx->thread, &group[n]);
    }
    for (unsigned i = 0; i < n; i++)
        store_prefetch_item(ctx->thread, &group[i]);
    CHECKED_MUST(n <= GROUP_MAX);
    return n;
}

/* A group counts as one request towards -R, because its keys are looked up together. */
static inline __attribute__((always_inline)) void
get_many(struct cmd_ctx *ctx, const struct request *req, uint32_t exptime, const struct lookup lookup)
{
    struct bytes args = req->args;
    const char *end = args.p + args.n;
    struct store_key group[GROUP_MAX];
    unsigned n;
    while ((n = take_group(ctx, &args, group)) > 0) {
        unsigned i = 0;
        for (; i < n && !outq_full(ctx->out); i++)
            get_key(ctx, req, &group[i], exptime, lookup);
        counter_add(&ctx->counters[lookup.counter], i);
        if (i < n) {
            CHECKED_MUST(group[i].p < end);
            ctx->rest = bytes_of(group[i].p, (size_t)(end - group[i].p));
            ctx->goes_on = true;
            return;
        }
        if (--ctx->budget <= 0 && args.n > 0) {
            ctx->rest = args;
            ctx->goes_on = true;
            return;
        }
    }
}

static inline __attribute__((always_inline)) void
get(struct cmd_ctx *ctx, const struct request *req, struct response *rsp, uint32_t exptime,
    const struct lookup lookup)
{
    if (LIKELY(req->args.n == req->key.n)) {
        cmd_key_must_be(ctx, req);
        counter_inc(&ctx->counters[lookup.counter]);
        get_key(ctx, req, &ctx->key, exptime, lookup);
    } else {
        get_many(ctx, req, exptime, lookup);
        if (ctx->goes_on)
            return;
    }
    rsp->kind = RSP_END;
}

void
cmd_get(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    get(ctx, req, rsp, 0, (struct lookup){find_plain, WORKER_N_CMD_GET, false});
}

void
cmd_gets(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    get(ctx, req, rsp, 0, (struct lookup){find_with_cas, WORKER_N_CMD_GET, true});
}

void
cmd_gat(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    get(ctx, req, rsp, clock_expiry_s(req->exptime),
        (struct lookup){find_and_touch, WORKER_N_CMD_TOUCH, false});
}

void
cmd_gats(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    get(ctx, req, rsp, clock_expiry_s(req->exptime),
        (struct lookup){find_and_touch, WORKER_N_CMD_TOUCH, true});
}

/* ---- one key, with an answer to a miss ----------------------------------- */

static void
get_one(struct cmd_ctx *ctx, const struct request *req, struct response *rsp, uint32_t exptime,
    const struct lookup lookup)
{
    cmd_key_must_be(ctx, req);
    counter_inc(&ctx->counters[lookup.counter]);
    if (!find(ctx, &ctx->key, exptime, lookup)) {
        rsp->kind = RSP_MISS;
        return;
    }
    answer_view(ctx, &ctx->key, lookup.with_cas, rsp);
    rsp->with_value = req->flags & META_FLAG('v');
}

void
cmd_get_one(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    get_one(ctx, req, rsp, 0, (struct lookup){find_with_cas, WORKER_N_CMD_GET, true});
}

/* Without v it is a touch. */
void
cmd_gat_one(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    get_one(ctx, req, rsp, clock_expiry_s(req->exptime),
        (struct lookup){find_and_touch, WORKER_N_CMD_TOUCH, true});
}
