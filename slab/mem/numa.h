/*
 * numa: the number of memory nodes, the placement of memory, and the CPUs of threads.
 *
 * The only file that uses libnuma.  On a machine with one node every call is a
 * no-op that succeeds, without a system call.
 *
 * Memory prefers its node and is never strictly bound: with a strict bind the
 * kernel kills the process when that node is full.  Nodes are those that this
 * process may take memory from, CPUs those that it was allowed at the first call
 * (cpusets, taskset, numactl), so restrictions from outside hold.
 *
 * A checked build accepts invented nodes in LARDER_NUMA: "2" are two nodes, "2+1" two and one
 * without CPUs.  Then memory is not placed, and threads run on all CPUs, but each knows its node.
 *
 * Threads: any.
 */
#ifndef SLAB_MEM_NUMA_H
#define SLAB_MEM_NUMA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/must.h"

enum { NUMA_NODES_MAX = 64 };

/* At least 1.  Here nodes are numbered densely from 0, whatever numbers the kernel uses. */
int numa_nodes(void);

/* The kernel's number of a node. */
int numa_machine_node(int node);

/* CPUs of a node that the process may use; 0: a node of memory only. */
int numa_cpus(int node);

/* The node for the `i`-th of some threads: the nodes with CPUs, in turn. */
int numa_deal(int i);

/* The `i`-th nearest node to `node`, for resources that `node` itself does not have; the 0th is `node`. */
int numa_neighbour(int node, int i);

/* The node of the CPU that the calling thread runs on right now. */
int numa_node_here(void);

/*
 * Keeps the calling thread on a node's CPUs from now on; on all CPUs if the node
 * has none.  false: the kernel refuses.
 */
bool numa_stay_on(int node);

/* Advice about memory that is not touched yet. */
void numa_prefer_node(void *p, size_t n, int node);
void numa_interleave(void *p, size_t n);

/*
 * Asks the kernel where some of the machine's pages are: `nodes` gets a node for
 * each, NUMA_ABSENT if it is not resident, or NUMA_FOREIGN if its node is not
 * one of the process's.  false: the kernel does not answer.
 */
enum { NUMA_ABSENT = -1, NUMA_FOREIGN = -2 };
MUST_USE bool numa_where(void **pages, size_t n, int *nodes);

#endif
