/* stats policy: the policy in force, and what each policy would have kept (slab/core/shadow.h). */
#include "server/server.h"
#include "server/stats/stats_groups.h"
#include "slab/store.h"

struct source {
    enum store_policy policy; /* in force */
    struct store_shadow shadow;
    const struct store_shadow_policy *p;
};

static double
hit_ratio(const struct store_shadow_policy *p)
{
    uint64_t reads = p->hits + p->misses;
    return reads == 0 ? 0.0 : (double)p->hits / (double)reads;
}

#define STATS_OF_policy STATS_OF_THIS_FILE
#include "server/stats/stats_fill.h"

void
stats_policy(const struct stats_ask *ask)
{
    struct store *store = ask->ctx->server->store;
    struct store_stats all;
    struct source s = {0};
    store_stats(store, &all);
    store_shadow(store, &s.shadow);
    s.policy = all.policy;
    fill(ask->list, STAT_FAMILY_policy_NONE, "", &s);
    for (int p = 0; s.shadow.one_in != 0 && p < STORE_N_POLICIES; p++) {
        s.p = &s.shadow.policy[p];
        fill(ask->list, STAT_FAMILY_policy_POLICY, store_policy_name((enum store_policy)p), &s);
    }
}
