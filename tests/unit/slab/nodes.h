/*
 * nodes: a store on three simulated memory nodes, two with CPUs and one without.
 *
 * Only checked builds can simulate nodes; other builds skip these tests.
 */
#ifndef TESTS_UNIT_SLAB_NODES_H
#define TESTS_UNIT_SLAB_NODES_H

#include "tests/unit/slab/storing.h"

enum { N_NODES = 3, BARE = 2, SKIPPED = 77 };

/*
 * Must be called before the first store is opened.  False if nodes cannot be simulated; the reason is
 * printed.
 */
static inline bool
simulate_nodes(void)
{
#ifdef LARDER_CHECKS
    return setenv("LARDER_NUMA", "2+1", 1) == 0;
#else
    puts("skipped: only checked builds simulate nodes");
    return false;
#endif
}

/* From here on the test's thread belongs to that node. */
static inline void
become(int node)
{
    store_thread_free(&self);
    self = store_thread_new_on(the_store, node);
    assert_non_null(self);
    assert_true(store_thread_stay(self));
    assert_int_equal(numa_node_here(), node);
}

/* Opens a store; the test's thread belongs to node 0. */
static inline int
open_on_nodes(const struct store_options *o)
{
    open_store(o);
    become(0);
    return 0;
}

static inline int
open_small_on_nodes(void **state)
{
    (void)state;
    struct store_options o = small_store();
    return open_on_nodes(&o);
}

static inline struct store_node_stats
node_stats(int node)
{
    struct store_node_stats s;
    store_node_stats(the_store, node, &s);
    return s;
}

/* The node of an item's memory.  The item's bytes are not read. */
static inline int
node_of(uint64_t i)
{
    const struct item *it = peek(key_number(i));
    assert_non_null(it);
    return page_of(it)->node;
}

#endif
