/* memory_source: the memory of the machine and the group, stalls, and the total that `-m auto` divides. */
#include "server/memory/memory_source.h"

#include "tests/unit/server/host_files.h"

#define STALLS \
    "some avg10=12.50 avg60=1.00 avg300=0.10 total=4711\nfull avg10=3.25 avg60=0.00 avg300=0.00 total=12\n"

static struct memory_reading
take(void)
{
    struct memory_source s;
    struct memory_reading r;
    memory_source_init(&s, around);
    memory_source_read(&s, &r);
    return r;
}

static void
nothing_known(void **state)
{
    (void)state;
    struct memory_reading r = take();
    assert_true(
        r.limit == 0 && r.machine == 0 && r.some_stall <= 0 && r.full_stall <= 0 && !r.stalls_are_ours);
    struct memory_source s;
    memory_source_init(&s, around);
    assert_int_equal(memory_source_alarm(&s), -1);
}

static void
a_machine(void **state)
{
    (void)state;
    host_files_write("/proc/meminfo", "MemTotal:       1000 kB\nMemFree:  1 kB\nMemAvailable:    250 kB\n");
    host_files_write("/proc/pressure/memory", STALLS);
    struct memory_reading r = take();
    assert_int_equal(r.machine, 1000 << 10);
    assert_int_equal(r.available, 250 << 10);
    assert_float_equal(r.some_stall, 0.125, 1e-9);
    assert_float_equal(r.full_stall, 0.0325, 1e-9);
    assert_false(r.stalls_are_ours);
}

/*
 * Stalls of the server's own group are used rather than the machine's; those of the root group are the
 * machine's.
 */
static void
stalls_of_our_group(void **state)
{
    (void)state;
    host_files_write("/proc/pressure/memory", STALLS);
    host_files_write("/proc/self/cgroup", "0::/a\n");
    host_files_write("/proc/self/mountinfo", V2_MOUNT);
    host_files_write("/sys/fs/cgroup/memory.pressure", STALLS);
    host_files_write(
        "/sys/fs/cgroup/a/memory.pressure", "some avg10=99.00 avg60=0\nfull avg10=50.00 avg60=0\n");
    struct memory_reading r = take();
    assert_true(r.stalls_are_ours);
    assert_float_equal(r.full_stall, 0.5, 1e-9);
    host_files_write("/proc/self/cgroup", "0::/\n");
    assert_false(take().stalls_are_ours);
}

static void
total_memory(void **state)
{
    (void)state;
    if (setenv("LARDER_HOST_FILES", around, 1) != 0 || strcmp(memory_source_root(), around) != 0)
        skip(); /* only a checked build reads LARDER_HOST_FILES */
    assert_int_equal(memory_source_total(), 0);
    host_files_write("/proc/meminfo", "MemTotal: 1000 kB\nMemAvailable: 250 kB\n");
    assert_int_equal(memory_source_total(), 1000 << 10);
    host_files_write("/proc/self/cgroup", "0::/a\n");
    host_files_write("/proc/self/mountinfo", V2_MOUNT);
    host_files_write("/sys/fs/cgroup/a/memory.max", "100000\n");
    host_files_write("/sys/fs/cgroup/a/memory.current", "1\n");
    assert_int_equal(memory_source_total(), 100000);
    host_files_write("/sys/fs/cgroup/a/memory.max", "100000000\n");
    assert_int_equal(memory_source_total(), 1000 << 10);
    unsetenv("LARDER_HOST_FILES");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, host_files_make, host_files_remove)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_known),
        TEST(a_machine),
        TEST(stalls_of_our_group),
        TEST(total_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
