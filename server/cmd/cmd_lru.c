/*
 * cmd_lru: policy, which is larder's own; tune, mode and temp_ttl of memcached's segmented LRU.
 *
 * larder has no segments: a sweep decides, by the policy in force.  Settings of
 * segments are checked, stored and shown in `stats settings`, so that scripts that
 * set them still work; the log warns once that they have no effect.
 *
 * Replies, wording and order of checks of these are memcached 1.6.45's.
 */
#include <stdatomic.h>
#include <string.h>

#include "base/log.h"
#include "server/cmd/cmd.h"
#include "server/options/options.h"
#include "server/server.h"
#include "slab/store.h"

enum { WORDS_MAX = 5, PCT_MAX = 80 };

void
cmd_lru_apply_policy(struct server *server)
{
    MUST(OPTION_NOW(server->options, policy) < STORE_N_POLICIES);
    store_set_policy(server->store, (enum store_policy)OPTION_NOW(server->options, policy));
}

static const char policy_expected[] = "CLIENT_ERROR expected one of"
#define POLICY(name, text) " " #name
#include STORE_POLICY_DEF
#undef POLICY
    ;

static void
policy(struct server *server, const struct bytes *word, struct response *rsp)
{
    for (uint32_t i = 0; i < STORE_N_POLICIES; i++) {
        const char *name = store_policy_name((enum store_policy)i);
        if (bytes_equal(word[0], bytes_of(name, strlen(name)))) {
            atomic_store_explicit(&server->options->policy, i, memory_order_relaxed);
            cmd_lru_apply_policy(server);
            LOG(LOG_INFO, "lru policy: %s from now on", name);
            rsp->kind = RSP_OK;
            return;
        }
    }
    cmd_fail(rsp, bytes_of(policy_expected, sizeof policy_expected - 1));
}

static void
report_only(struct response *rsp)
{
    static atomic_flag logged = ATOMIC_FLAG_INIT;
    if (!atomic_flag_test_and_set_explicit(&logged, memory_order_relaxed))
        LOG(LOG_WARN, "lru: its settings are only reported: larder has no LRU segments");
    rsp->kind = RSP_OK;
}

static void
tune(struct server *server, const struct bytes *word, struct response *rsp)
{
    uint32_t hot, warm;
    double hot_factor, warm_factor;
    if (!request_u32(word[0], &hot) || !request_u32(word[1], &warm) ||
        !cmd_read_double(word[2], &hot_factor) || !cmd_read_double(word[3], &warm_factor)) {
        cmd_fail_unknown(rsp);
    } else if ((uint64_t)hot + warm > PCT_MAX) {
        cmd_fail(rsp, BYTES("ERROR hot and warm pcts must not exceed 80"));
    } else if (hot_factor <= 0 || warm_factor <= 0) {
        cmd_fail(rsp, BYTES("ERROR hot/warm age factors must be greater than 0"));
    } else {
        atomic_store_explicit(&server->lru.hot_pct, hot, memory_order_relaxed);
        atomic_store_explicit(&server->lru.warm_pct, warm, memory_order_relaxed);
        atomic_store_explicit(&server->lru.hot_factor, hot_factor, memory_order_relaxed);
        atomic_store_explicit(&server->lru.warm_factor, warm_factor, memory_order_relaxed);
        report_only(rsp);
    }
}

static void
mode(struct server *server, const struct bytes *word, struct response *rsp)
{
    bool segmented = bytes_equal(word[0], BYTES("segmented"));
    if (!segmented && !bytes_equal(word[0], BYTES("flat"))) {
        cmd_fail_unknown(rsp);
        return;
    }
    atomic_store_explicit(&server->lru.segmented, segmented, memory_order_relaxed);
    report_only(rsp);
}

static void
temp_ttl(struct server *server, const struct bytes *word, struct response *rsp)
{
    int32_t ttl_s;
    if (!request_i32(word[0], &ttl_s)) {
        cmd_fail_unknown(rsp);
        return;
    }
    atomic_store_explicit(&server->lru.temporary, ttl_s >= 0, memory_order_relaxed);
    if (ttl_s >= 0)
        atomic_store_explicit(&server->lru.temporary_ttl_s, (uint32_t)ttl_s, memory_order_relaxed);
    report_only(rsp);
}

/* Any beginning of a name is enough; they are compared in this order. */
static const struct form {
    struct bytes name;
    unsigned n_words; /* at least this many after the name */
    bool with_maintainer;
    void (*run)(struct server *, const struct bytes *word, struct response *);
} forms[] = {
    {{"tune", 4}, 4, false, tune},
    {{"mode", 4}, 1, true, mode},
    {{"temp_ttl", 8}, 1, true, temp_ttl},
    {{"policy", 6}, 1, false, policy},
};

void
cmd_lru(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    struct bytes args = req->args, what = request_word(&args), word[WORDS_MAX];
    bool maintained = OPTION_NOW(ctx->server->options, lru_maintainer);
    unsigned n = 0;
    while (n < WORDS_MAX && (word[n] = request_word(&args)).n > 0)
        n++;
    for (size_t i = 0; what.n > 0 && i < sizeof forms / sizeof *forms; i++) {
        const struct form *f = &forms[i];
        if (n < f->n_words || (f->with_maintainer && !maintained) || !bytes_begin_with(f->name, what))
            continue;
        MUST(f->n_words < WORDS_MAX);
        f->run(ctx->server, word, rsp);
        return;
    }
    cmd_fail_unknown(rsp);
}
