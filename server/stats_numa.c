/* stats numa: what each memory node has, who reads from where, and where the kernel put things. */
#include <stddef.h>
#include <stdio.h>

#include "server/server.h"
#include "server/stats_groups.h"
#include "slab/store.h"

#define ROW(name, field) {name, offsetof(struct store_node_stats, field)},

/* clang-format off */
static const struct {
    const char *name;
    size_t at;
} rows[] = {
    ROW("machine_node", machine_node)
    ROW("cpus", n_cpus)
    ROW("pages_limit", n_pages_most)
    ROW("pages_used", n_pages_used)
    ROW("pages_free", n_pages_free)
    ROW("pages_swept", n_swept)
    ROW("chunk_bytes", chunk_bytes)
    ROW("reads_local", reads_local)
    ROW("reads_remote", reads_remote)
    ROW("items_brought", n_brought)
    ROW("asked_resident", n_resident)
    ROW("asked_here", n_here)
    ROW("asked_elsewhere", n_elsewhere)
};
/* clang-format on */

static void
add(struct stat_list *l, int node, const char *what, uint64_t value)
{
    char name[64];
    snprintf(name, sizeof name, "node%d:%s", node, what);
    stat_list_u64(l, name, value);
}

static uint64_t
workers_of(const struct server *server, int node)
{
    uint64_t n = 0;
    for (int i = 0; i < server->n_workers; i++)
        n += store_deal_node(server->store, i) == node;
    return n;
}

void
stats_numa(const struct server *server, struct stat_list *l)
{
    int n_nodes = store_n_nodes(server->store);
    stat_list_u64(l, "nodes", (uint64_t)n_nodes);
    for (int node = 0; n_nodes > 1 && node < n_nodes; node++) {
        struct store_node_stats s;
        store_node_stats(server->store, node, &s);
        add(l, node, "workers", workers_of(server, node));
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
            add(l, node, rows[i].name, *(const uint64_t *)((const char *)&s + rows[i].at));
    }
}
