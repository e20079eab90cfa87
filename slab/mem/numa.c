#include "slab/mem/numa.h"

#include <limits.h>
#include <numa.h>
#include <numaif.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

enum { MASK_WORDS = 16, WORD_BITS = 8 * sizeof(unsigned long) };

/* The machine's memory nodes, numbered densely; written once by find_nodes. */
static struct {
    int n, n_with_cpus;
    bool invented;
    struct {
        int machine;
        int n_cpus;
        unsigned char nearest[NUMA_NODES_MAX]; /* all nodes, itself first */
        /* the node's CPUs; NULL if it has none, or nodes are invented */
        struct bitmask *cpus;
    } node[NUMA_NODES_MAX];
    int with_cpus[NUMA_NODES_MAX]; /* the first n_with_cpus */
    struct bitmask *any_cpu;
} nodes;

static pthread_once_t once = PTHREAD_ONCE_INIT;

/* The node that the thread stays on, where nodes are invented. */
static _Thread_local int stays_on;

/* ---- finding nodes ------------------------------------------------------- */

/* Reads invented nodes from LARDER_NUMA; false if it is not set. */
static bool
read_invented(void)
{
#ifdef LARDER_CHECKS
    const char *text = getenv("LARDER_NUMA");
    char *end;
    if (text == NULL)
        return false;
    long n = strtol(text, &end, 10), n_bare = *end == '+' ? strtol(end + 1, NULL, 10) : 0;
    MUST(n >= 1 && n_bare >= 0 && n + n_bare <= NUMA_NODES_MAX);
    nodes.invented = true;
    nodes.n = (int)(n + n_bare);
    for (int i = 0; i < nodes.n; i++) {
        nodes.node[i].machine = i;
        nodes.node[i].n_cpus = i < n ? 1 : 0;
    }
    return true;
#else
    return false;
#endif
}

/* Finds a node's CPUs among those that the process may use. */
static void
find_cpus(int node)
{
    struct bitmask *cpus = numa_allocate_cpumask();
    if (numa_node_to_cpus(nodes.node[node].machine, cpus) == 0)
        for (unsigned cpu = 0; cpu < cpus->size; cpu++) {
            if (!numa_bitmask_isbitset(cpus, cpu))
                continue;
            if (cpu < nodes.any_cpu->size && numa_bitmask_isbitset(nodes.any_cpu, cpu))
                nodes.node[node].n_cpus++;
            else
                numa_bitmask_clearbit(cpus, cpu);
        }
    if (nodes.node[node].n_cpus > 0)
        nodes.node[node].cpus = cpus;
    else
        numa_free_cpumask(cpus);
}

static void
find_machine_nodes(void)
{
    if (numa_max_node() == 0)
        return;
    struct bitmask *allowed = numa_get_mems_allowed(), *bound = numa_get_membind();
    for (int i = 0; i <= numa_max_node() && nodes.n < NUMA_NODES_MAX; i++)
        if (numa_bitmask_isbitset(allowed, (unsigned)i) && numa_bitmask_isbitset(bound, (unsigned)i) &&
            numa_node_size64(i, NULL) > 0)
            nodes.node[nodes.n++].machine = i;
    numa_bitmask_free(allowed);
    numa_bitmask_free(bound);
    nodes.any_cpu = numa_allocate_cpumask();
    bool known = nodes.n > 1 && numa_sched_getaffinity(0, nodes.any_cpu) >= 0;
    for (int i = 0; known && i < nodes.n; i++)
        find_cpus(i);
}

/* Invented nodes form a ring with one direction. */
static int
distance(int from, int to)
{
    if (from == to)
        return -1;
    if (nodes.invented)
        return (to - from + nodes.n) % nodes.n;
    int said = numa_distance(nodes.node[from].machine, nodes.node[to].machine);
    return said > 0 ? said : INT_MAX;
}

/*
 * Sorts by distance.  Nodes at the same distance follow by number, from the node
 * on, so that not all nodes choose the same neighbour.
 */
static void
find_neighbours(int node)
{
    unsigned char *nearest = nodes.node[node].nearest;
    for (int i = 0; i < nodes.n; i++) {
        int other = (node + i) % nodes.n, at = i;
        for (; at > 0 && distance(node, nearest[at - 1]) > distance(node, other); at--)
            nearest[at] = nearest[at - 1];
        nearest[at] = (unsigned char)other;
    }
}

static void
find_nodes(void)
{
    if (!read_invented() && numa_available() >= 0)
        find_machine_nodes();
    if (nodes.n == 0)
        nodes.n = 1;
    for (int i = 0; i < nodes.n; i++)
        if (nodes.node[i].n_cpus > 0)
            nodes.with_cpus[nodes.n_with_cpus++] = i;
    for (int i = 0; nodes.n > 1 && i < nodes.n; i++)
        find_neighbours(i);
}

static int
dense(int machine_node)
{
    MUST(nodes.n > 0);
    for (int i = 0; i < nodes.n; i++)
        if (nodes.node[i].machine == machine_node)
            return i;
    return -1;
}

int
numa_nodes(void)
{
    pthread_once(&once, find_nodes);
    return nodes.n;
}

int
numa_machine_node(int node)
{
    MUST(node < numa_nodes());
    return nodes.node[node].machine;
}

/* ---- threads --------------------------------------------------------------- */

int
numa_cpus(int node)
{
    MUST(node < numa_nodes());
    return nodes.node[node].n_cpus;
}

int
numa_deal(int i)
{
    MUST(i >= 0);
    (void)numa_nodes();
    if (nodes.n_with_cpus == 0) /* one node; or the kernel does not say which CPUs the nodes have */
        return i % nodes.n;
    return nodes.with_cpus[i % nodes.n_with_cpus];
}

int
numa_neighbour(int node, int i)
{
    MUST(node >= 0 && node < numa_nodes() && i >= 0 && i < nodes.n);
    return nodes.node[node].nearest[i];
}

int
numa_node_here(void)
{
    if (numa_nodes() == 1)
        return 0;
    int here = nodes.invented ? stays_on : dense(numa_node_of_cpu(sched_getcpu()));
    return here < 0 ? 0 : here;
}

bool
numa_stay_on(int node)
{
    MUST(node >= 0 && node < numa_nodes());
    if (numa_nodes() == 1)
        return true;
    stays_on = node;
    return nodes.invented || nodes.node[node].cpus == NULL ||
           numa_sched_setaffinity(0, nodes.node[node].cpus) == 0;
}

/* ---- memory ---------------------------------------------------------------- */

void
numa_prefer_node(void *p, size_t n, int node)
{
    if (numa_nodes() == 1 || nodes.invented || n == 0)
        return;
    unsigned long mask[MASK_WORDS] = {0};
    size_t m = (size_t)nodes.node[node].machine;
    MUST(m < MASK_WORDS * WORD_BITS);
    mask[m / WORD_BITS] |= 1ul << (m % WORD_BITS);
    /* Advice: if the kernel refuses it, the memory is only further away. */
    (void)mbind(p, n, MPOL_PREFERRED, mask, MASK_WORDS * WORD_BITS, 0);
}

/* Over all nodes of the process. */
void
numa_interleave(void *p, size_t n)
{
    if (numa_nodes() == 1 || nodes.invented)
        return;
    unsigned long mask[MASK_WORDS] = {0};
    for (int i = 0; i < nodes.n; i++) {
        size_t m = (size_t)nodes.node[i].machine;
        MUST(m < MASK_WORDS * WORD_BITS);
        mask[m / WORD_BITS] |= 1ul << (m % WORD_BITS);
    }
    (void)mbind(p, n, MPOL_INTERLEAVE, mask, MASK_WORDS * WORD_BITS, 0);
}

bool
numa_where(void **pages, size_t n, int *where)
{
    /* Without target nodes, move_pages only reports where pages are. */
    if (numa_nodes() == 1 || nodes.invented || move_pages(0, n, pages, NULL, where, 0) != 0)
        return false;
    for (size_t i = 0; i < n; i++)
        if (where[i] < 0)
            where[i] = NUMA_ABSENT;
        else if ((where[i] = dense(where[i])) < 0)
            where[i] = NUMA_FOREIGN;
    return true;
}
