/* numa: nodes are dense, and advice about memory never hurts, also on a machine with one node. */
#include "slab/numa.h"

#include "tests/unit/unit.h"

#include <pthread.h>
#include <sys/mman.h>

static void
test_this_thread_is_on_a_node_that_exists(void **state)
{
    (void)state;
    assert_in_range(numa_nodes(), 1, NUMA_NODES_MAX);
    assert_in_range(numa_node_here(), 0, numa_nodes() - 1);
    if (numa_nodes() == 1)
        assert_int_equal(numa_node_here(), 0);
}

static void *
ask(void *arg)
{
    *(int *)arg = numa_nodes();
    return NULL;
}

static void
test_every_thread_is_told_the_same(void **state)
{
    (void)state;
    pthread_t threads[2];
    int told[2];
    for (size_t i = 0; i < N_OF(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask, &told[i]), 0);
    for (size_t i = 0; i < N_OF(threads); i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(told[i], numa_nodes());
    }
}

static void
test_advised_memory_is_there(void **state)
{
    (void)state;
    const size_t n = (size_t)1 << 20;
    char *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(p, MAP_FAILED);
    numa_interleave(p, n / 2);
    for (int node = 0; node < numa_nodes(); node++)
        numa_prefer_node(p + n / 2, n / 2, node);
    memset(p, 1, n);
    assert_int_equal(p[n - 1], 1);
    munmap(p, n);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_this_thread_is_on_a_node_that_exists),
        cmocka_unit_test(test_every_thread_is_told_the_same),
        cmocka_unit_test(test_advised_memory_is_there),
    };
    return cmocka_run_group_tests_name("numa", tests, NULL, NULL);
}
