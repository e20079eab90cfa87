/* The machine's memory nodes, as the store uses them: the nodes of threads, and statistics. */
#include <string.h>
#include <unistd.h>

#include "slab/core/locality.h"
#include "slab/store.h"
#include "slab/core/store_thread.h"

enum { ASK_AT_ONCE = 512, ASK_MOST = 65536 };

int
store_n_nodes(const struct store *store)
{
    return store->arena.n_nodes;
}

int
store_deal_node(const struct store *store, int i)
{
    MUST(i >= 0);
    return store->arena.n_nodes == 1 ? 0 : numa_deal(i);
}

/* ---- statistics ---------------------------------------------------------- */

static void
count_pages(struct store *store, int node, struct store_node_stats *s)
{
    const struct class_set *set = &store->classes;
    s->n_pages_most = arena_share(&store->arena, node);
    s->n_pages_free = page_pool_pages(&set->pools[node]);
    s->n_swept = atomic_load_explicit(&set->pools[node].n_passed, memory_order_relaxed);
    for (uint32_t id = 1; id <= set->n; id++) {
        const struct class *c = class_at(set, node, id);
        s->n_pages_used += class_pages(c);
        s->chunk_bytes += class_used_bytes(c);
    }
}

/* A question to the kernel about some of the machine's pages. */
struct question {
    void *page[ASK_AT_ONCE];
    size_t n;
};

static void
ask(struct question *q, int node, struct store_node_stats *s)
{
    int where[ASK_AT_ONCE];
    if (q->n > 0 && numa_where(q->page, q->n, where))
        for (size_t i = 0; i < q->n; i++) {
            s->n_resident += where[i] != NUMA_ABSENT;
            s->n_here += where[i] == node;
            s->n_elsewhere += where[i] != NUMA_ABSENT && where[i] != node;
        }
    q->n = 0;
}

/*
 * Asks about the pages of the stripe that were ever used, and none outside;
 * about an even sample if there are too many.
 */
static void
ask_where(struct store *store, int node, struct store_node_stats *s)
{
    const struct arena *a = &store->arena;
    const struct page_pool *pool = &store->classes.pools[node];
    char *p = arena_at(a, arena_page_offset(a, pool->first));
    uint32_t n = atomic_load_explicit(&pool->next, memory_order_relaxed) - pool->first;
    size_t size = (size_t)sysconf(_SC_PAGESIZE), n_small = ((size_t)n << a->page_shift) / size;
    size_t stride = n_small / ASK_MOST + 1;
    struct question q = {.n = 0};
    for (size_t i = 0; i < n_small; i += stride) {
        q.page[q.n++] = p + i * size;
        if (q.n == ASK_AT_ONCE)
            ask(&q, node, s);
    }
    ask(&q, node, s);
}

void
store_node_stats(struct store *store, int node, struct store_node_stats *s)
{
    store_must_be(store);
    MUST(node >= 0 && node < store->arena.n_nodes);
    memset(s, 0, sizeof *s);
    count_pages(store, node, s);
    if (store->arena.n_nodes == 1)
        return;
    struct locality_sum sum = locality_sum_node(store, node);
    s->machine_node = (uint64_t)numa_machine_node(node);
    s->n_cpus = (uint64_t)numa_cpus(node);
    s->reads_local = sum.local;
    s->reads_remote = sum.remote;
    s->n_migrated = sum.migrated;
    ask_where(store, node, s);
}
