/* memory_maps: counts the private memory that was touched, except the given range. */
#include "server/memory/memory_maps.h"

#include "tests/unit/unit.h"

#include <sys/mman.h>

#define MIB ((size_t)1 << 20)

static uint64_t
resident(const void *except, size_t n)
{
    uint64_t bytes;
    if (!memory_maps_private(except, n, &bytes))
        skip(); /* a sanitizer's shadow is too large to ask the kernel about */
    return bytes;
}

static void
touched_and_left_out(void **state)
{
    (void)state;
    char *p =
        mmap(NULL, 64 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_true(p != MAP_FAILED);
    (void)madvise(p, 64 * MIB, MADV_NOHUGEPAGE);
    uint64_t before = resident(NULL, 0);
    memset(p + 16 * MIB, 1, 32 * MIB);
    assert_in_range(resident(NULL, 0) - before, 32 * MIB, 33 * MIB);
    assert_in_range(resident(p, 64 * MIB), 0, before + MIB);
    assert_in_range(resident(p, 32 * MIB) - before, 16 * MIB, 17 * MIB);
    assert_in_range(resident(p + 32 * MIB, 32 * MIB) - before, 16 * MIB, 17 * MIB);
    assert_in_range(resident(p + 24 * MIB, 16 * MIB) - before, 16 * MIB, 17 * MIB);
    assert_int_equal(munmap(p, 64 * MIB), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(touched_and_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
