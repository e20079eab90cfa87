/*
 * numa: how many memory nodes there are, and where memory should lie.
 *
 * The only file that knows libnuma.  On a machine with one node every call is
 * a no-op that succeeds, and nothing else asks how many there are.
 *
 * Memory prefers its node and is never strictly bound: a strict bind gets the
 * process killed when that node is full.
 */
#ifndef SLAB_NUMA_H
#define SLAB_NUMA_H

#include <stddef.h>

enum { NUMA_NODES_MAX = 64 };

/* At least 1.  Nodes are numbered densely from 0 here, whatever the machine calls them. */
int numa_nodes(void);

/* The node of the CPU that the calling thread runs on right now. */
int numa_node_here(void);

/* Advice about memory that is not touched yet. */
void numa_prefer_node(void *p, size_t n, int node);
void numa_interleave(void *p, size_t n);

#endif
