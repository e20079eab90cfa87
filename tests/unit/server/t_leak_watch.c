/* leak_watch: how much of each pool is explained, and that a cache that fills is not reported as a leak. */
#include "server/usage/leak_watch.h"

#include "server/usage/memory_report.h"
#include "tests/unit/unit.h"

#define MIB(n) ((uint64_t)(n) << 20)

static uint64_t unexplained[MEMORY_N_POOLS];

static void
explained_memory(void **state)
{
    (void)state;
    struct memory_report r = {
        .taken = MIB(100),
        .heap_rest = MIB(10),
        .heap_slack = MIB(1),
        .stacks = MIB(1),
        .code = MIB(3),
        .read_buffers = MIB(60),
        .n_connections = 1000,
    };
    r.resident = MIB(100 + 10 + 1 + 1 + 3 + 60);
    leak_watch_unexplained(&r, MIB(30), 1000000, unexplained);
    assert_int_equal(unexplained[MEMORY_RESIDENT], 0);
    assert_int_equal(unexplained[MEMORY_HEAP], 0);
    assert_int_equal(unexplained[MEMORY_SLACK], MIB(1));
    assert_int_equal(unexplained[MEMORY_BUFFERS], 0);
    assert_int_equal(unexplained[MEMORY_INDEX], 0);
    r.resident += MIB(7);
    r.n_connections = 0;
    leak_watch_unexplained(&r, MIB(30), 0, unexplained);
    assert_int_equal(unexplained[MEMORY_RESIDENT], MIB(7));
    assert_int_equal(unexplained[MEMORY_HEAP], MIB(10));
    assert_int_equal(unexplained[MEMORY_BUFFERS], MIB(60));
    assert_int_equal(unexplained[MEMORY_INDEX], MIB(30));
}

/* All pools grow for a day, as in a server that was just started: no leak is found. */
static void
filling_is_no_leak(void **state)
{
    (void)state;
    struct leak_trend growth[MEMORY_N_POOLS] = {0};
    for (uint64_t i = 0; i < 24 * 3600 / GROWTH_EVERY_S; i++) {
        struct memory_report r = {
            .taken = MIB(i * 2),
            .heap_rest = MIB(2) + i * 10 * 14000,
            .heap_slack = MIB(1) + i % 7 * 1000,
            .read_buffers = i * 10 * 512,
            .code = MIB(3),
            .n_connections = i * 10,
        };
        r.resident = r.taken - r.taken / 50 + r.heap_rest + r.read_buffers + r.code;
        leak_watch_unexplained(&r, i * 20000 * 14, i * 20000, unexplained);
        for (int p = 0; p < MEMORY_N_POOLS; p++) {
            struct leak_found found;
            if (leak_trend_take(&growth[p], unexplained[p], MIB(16), &found))
                fail_msg("pool %d at sample %d", p, (int)i);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(explained_memory),
        cmocka_unit_test(filling_is_no_leak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
