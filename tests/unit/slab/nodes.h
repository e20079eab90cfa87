/*
 * nodes: a store on three memory nodes that are made up, two with CPUs and one without.
 *
 * They are made up for checked builds only: elsewhere the tests are skipped.
 */
#ifndef TESTS_UNIT_SLAB_NODES_H
#define TESTS_UNIT_SLAB_NODES_H

#include "tests/unit/slab/storing.h"

enum { N_NODES = 3, BARE = 2, SKIPPED = 77 };

/* First of all; false, and it has said so, if nodes cannot be made up. */
static inline bool
make_up_nodes(void)
{
#ifdef LARDER_CHECKS
    return setenv("LARDER_NUMA", "2+1", 1) == 0;
#else
    puts("skipped: nodes are made up for checked builds only");
    return false;
#endif
}

/* What follows is done by a thread of that node. */
static inline void
become(int node)
{
    store_thread_free(&self);
    self = store_thread_new_on(the_store, node);
    assert_non_null(self);
    assert_true(store_thread_stay(self));
    assert_int_equal(numa_node_here(), node);
}

/* The test's thread is of node 0 at first. */
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

/* Where an item lies; its memory stays, so it need not be looked at inside. */
static inline int
node_of(uint64_t i)
{
    const struct item *it = peek(key_number(i));
    assert_non_null(it);
    return page_of(it)->node;
}

#endif
