/* stats policy: the one in force, and what each would have kept (slab/shadow.h). */
#include <stdio.h>

#include "server/server.h"
#include "server/stats_groups.h"
#include "slab/store.h"

static void
add(struct stat_list *l, const char *policy, const char *what, uint64_t value)
{
    char name[64];
    snprintf(name, sizeof name, "%s:%s", policy, what);
    stat_list_u64(l, name, value);
}

static void
add_policy(struct stat_list *l, const char *policy, const struct store_shadow_policy *s)
{
    uint64_t reads = s->hits + s->misses;
    char name[64];
    snprintf(name, sizeof name, "%s:hit_ratio", policy);
    stat_list_add(l, name, "%.4f", reads == 0 ? 0.0 : (double)s->hits / (double)reads);
    add(l, policy, "hits", s->hits);
    add(l, policy, "misses", s->misses);
    add(l, policy, "items", s->n_items);
    add(l, policy, "bytes", s->n_bytes);
}

void
stats_policy(const struct server *server, struct stat_list *l)
{
    struct store_stats store;
    struct store_shadow shadow;
    store_stats(server->store, &store);
    store_shadow(server->store, &shadow);
    stat_list_add(l, "policy", "%s", store_policy_name(store.policy));
    stat_list_u64(l, "shadow_one_key_in", shadow.one_in);
    if (shadow.one_in == 0)
        return;
    stat_list_u64(l, "shadow_budget", shadow.budget);
    stat_list_u64(l, "shadow_memory", shadow.memory);
    stat_list_u64(l, "shadow_events_lost", shadow.n_lost);
    for (int p = 0; p < STORE_N_POLICIES; p++)
        add_policy(l, store_policy_name((enum store_policy)p), &shadow.policy[p]);
}
