/*
 * numa: nodes are numbered without gaps, and advice about memory is harmless, also on a machine with one
 * node.
 */
#include "slab/mem/numa.h"

#include "tests/unit/unit.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
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

static void
test_threads_are_dealt_over_nodes_with_cpus(void **state)
{
    (void)state;
    int n_with_cpus = 0;
    for (int node = 0; node < numa_nodes(); node++)
        n_with_cpus += numa_cpus(node) > 0;
    for (int i = 0; i < 2 * NUMA_NODES_MAX; i++) {
        assert_in_range(numa_deal(i), 0, numa_nodes() - 1);
        if (n_with_cpus == 0)
            continue;
        assert_true(numa_cpus(numa_deal(i)) > 0);
        assert_int_equal(numa_deal(i), numa_deal(i + n_with_cpus));
    }
    if (numa_nodes() == 1)
        assert_int_equal(numa_cpus(0), 0); /* numa_start has not read the machine yet */
}

static void
assert_among(const cpu_set_t *some, const cpu_set_t *of)
{
    cpu_set_t both;
    CPU_AND(&both, some, of);
    assert_true(CPU_EQUAL(&both, some));
}

static void
test_a_thread_stays_on_its_node_and_where_it_was_allowed(void **state)
{
    (void)state;
    cpu_set_t before, now;
    assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
    for (int node = 0; node < numa_nodes(); node++) {
        assert_true(numa_stay_on(node));
        assert_int_equal(sched_getaffinity(0, sizeof now, &now), 0);
        assert_among(&now, &before);
        if (numa_cpus(node) > 0)
            assert_int_equal(numa_node_here(), node);
        if (numa_nodes() == 1)
            assert_true(CPU_EQUAL(&now, &before));
        assert_int_equal(sched_setaffinity(0, sizeof before, &before), 0);
    }
}

/* As the kernel reports it; 0 if it does not. */
static int
distance(int from, int to)
{
    char path[64];
    int said = 0;
    snprintf(path, sizeof path, "/sys/devices/system/node/node%d/distance", numa_machine_node(from));
    FILE *f = fopen(path, "r");
    for (int i = 0; f != NULL && i <= numa_machine_node(to); i++)
        if (fscanf(f, "%d", &said) != 1)
            said = 0;
    if (f != NULL)
        fclose(f);
    return said;
}

static void
test_each_node_has_all_as_neighbours_nearest_first(void **state)
{
    (void)state;
    for (int node = 0; node < numa_nodes(); node++) {
        bool met[NUMA_NODES_MAX] = {false};
        assert_int_equal(numa_neighbour(node, 0), node);
        for (int i = 0; i < numa_nodes(); i++) {
            int other = numa_neighbour(node, i);
            assert_in_range(other, 0, numa_nodes() - 1);
            assert_false(met[other]);
            met[other] = true;
            if (i > 1)
                assert_true(distance(node, numa_neighbour(node, i - 1)) <= distance(node, other));
        }
    }
}

/* With several nodes: memory is on the preferred node, unless that one is full. */
static void
test_the_kernel_reports_the_nodes_of_memory(void **state)
{
    (void)state;
    const size_t n = (size_t)sysconf(_SC_PAGESIZE);
    for (int node = 0; node < numa_nodes(); node++) {
        char *p = mmap(NULL, 2 * n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        assert_ptr_not_equal(p, MAP_FAILED);
        void *pages[] = {p, p + n};
        int where[] = {7, 7};
        numa_prefer_node(p, 2 * n, node);
        *p = 1;
        if (numa_where(pages, 2, where)) {
            assert_int_equal(where[0], node);
            assert_int_equal(where[1], NUMA_ABSENT);
        } else {
            assert_int_equal(numa_nodes(), 1);
        }
        munmap(p, 2 * n);
    }
}

static void *
ask(void *arg)
{
    *(int *)arg = numa_nodes();
    return NULL;
}

static void
test_every_thread_sees_the_same_nodes(void **state)
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
test_advised_memory_can_be_used(void **state)
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
        cmocka_unit_test(test_every_thread_sees_the_same_nodes),
        cmocka_unit_test(test_advised_memory_can_be_used),
        cmocka_unit_test(test_threads_are_dealt_over_nodes_with_cpus),
        cmocka_unit_test(test_a_thread_stays_on_its_node_and_where_it_was_allowed),
        cmocka_unit_test(test_each_node_has_all_as_neighbours_nearest_first),
        cmocka_unit_test(test_the_kernel_reports_the_nodes_of_memory),
    };
    return cmocka_run_group_tests_name("numa", tests, NULL, NULL);
}
