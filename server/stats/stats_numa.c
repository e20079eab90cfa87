/*
 * stats numa: the memory of each memory node, local and remote reads, and where
 * the kernel placed the pages.
 */
#include <stdio.h>

#include "server/server.h"
#include "server/stats/stats_groups.h"
#include "slab/store.h"

struct source {
    uint64_t n_nodes, n_workers;
    struct store_node_stats node;
};

#define STATS_OF_numa STATS_OF_THIS_FILE
#include "server/stats/stats_fill.h"

static uint64_t
workers_of(const struct server *server, int node)
{
    uint64_t n = 0;
    for (int i = 0; i < server->n_workers; i++)
        n += store_deal_node(server->store, i) == node;
    return n;
}

void
stats_numa(const struct stats_ask *ask)
{
    const struct server *server = ask->ctx->server;
    int n_nodes = store_n_nodes(server->store);
    struct source s = {.n_nodes = (uint64_t)n_nodes};
    fill(ask->list, STAT_FAMILY_numa_NONE, "", &s);
    for (int node = 0; n_nodes > 1 && node < n_nodes; node++) {
        char instance[16];
        snprintf(instance, sizeof instance, "%d", node);
        store_node_stats(server->store, node, &s.node);
        s.n_workers = workers_of(server, node);
        fill(ask->list, STAT_FAMILY_numa_NODE, instance, &s);
    }
}
