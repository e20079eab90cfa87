#include "slab/numa.h"

#include <numa.h>
#include <numaif.h>
#include <pthread.h>
#include <sched.h>

/* The machine's memory nodes, densely; written once by find_nodes. */
static struct {
    int n;
    int machine_node[NUMA_NODES_MAX];
} nodes;

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
find_nodes(void)
{
    if (numa_available() >= 0) {
        struct bitmask *allowed = numa_get_mems_allowed();
        for (int i = 0; i <= numa_max_node() && nodes.n < NUMA_NODES_MAX; i++)
            if (numa_bitmask_isbitset(allowed, (unsigned)i) && numa_node_size64(i, NULL) > 0)
                nodes.machine_node[nodes.n++] = i;
        numa_bitmask_free(allowed);
    }
    if (nodes.n == 0)
        nodes.n = 1;
}

int
numa_nodes(void)
{
    pthread_once(&once, find_nodes);
    return nodes.n;
}

int
numa_node_here(void)
{
    if (numa_nodes() == 1)
        return 0;
    int node = numa_node_of_cpu(sched_getcpu());
    for (int i = 0; i < nodes.n; i++)
        if (nodes.machine_node[i] == node)
            return i;
    return 0;
}

void
numa_prefer_node(void *p, size_t n, int node)
{
    if (numa_nodes() == 1)
        return;
    unsigned long mask[16] = {0};
    int m = nodes.machine_node[node];
    mask[(size_t)m / (8 * sizeof mask[0])] |= 1ul << ((size_t)m % (8 * sizeof mask[0]));
    /* Advice: if the kernel does not take it the memory is merely further away. */
    (void)mbind(p, n, MPOL_PREFERRED, mask, 8 * sizeof mask, 0);
}

void
numa_interleave(void *p, size_t n)
{
    if (numa_nodes() > 1)
        numa_interleave_memory(p, n, numa_all_nodes_ptr);
}
