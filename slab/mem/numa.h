/*
 * numa: how many memory nodes there are, where memory should lie, and where threads run.
 *
 * The only file that knows libnuma.  On a machine with one node every call is
 * a no-op that succeeds, without a system call.
 *
 * Memory prefers its node and is never strictly bound: a strict bind gets the
 * process killed when that node is full.  Nodes are those that this process may
 * take memory from, CPUs those that it was allowed when it first asked (cpusets,
 * taskset, numactl): what was ruled out from outside stays so.
 *
 * A checked build believes in nodes that LARDER_NUMA makes up: "2" are two,
 * "2+1" two and one without CPUs.  All memory is then where it is, and all
 * threads run anywhere, but each knows its node.
 *
 * Threads: any.
 */
#ifndef SLAB_MEM_NUMA_H
#define SLAB_MEM_NUMA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/must.h"

enum { NUMA_NODES_MAX = 64 };

/* At least 1.  Nodes are numbered densely from 0 here, whatever the machine calls them. */
int numa_nodes(void);

/* The machine's number of a node. */
int numa_machine_node(int node);

/* CPUs of a node that we may use; 0: it gives memory only. */
int numa_cpus(int node);

/* The node for the `i`-th of some threads: those with CPUs, in turn. */
int numa_deal(int i);

/* Who is where something can be had that `node` has not: the `i`-th nearest node, the 0th is itself. */
int numa_neighbour(int node, int i);

/* The node of the CPU that the calling thread runs on right now. */
int numa_node_here(void);

/* Keeps the calling thread on a node's CPUs from now on; where there are none it runs on any.  false: the kernel refuses. */
bool numa_stay_on(int node);

/* Advice about memory that is not touched yet. */
void numa_prefer_node(void *p, size_t n, int node);
void numa_interleave(void *p, size_t n);

/*
 * Where the kernel has put some of the machine's pages: `nodes` gets a node each,
 * or NUMA_ABSENT if it is not resident, NUMA_FOREIGN if its node is none of ours.
 * false: it does not tell.
 */
enum { NUMA_ABSENT = -1, NUMA_FOREIGN = -2 };
MUST_USE bool numa_where(void **pages, size_t n, int *nodes);

#endif
