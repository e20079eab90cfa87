/* cgroup: finding the server's group, which limit is the tightest, and what counts as used. */
#include "server/memory/cgroup.h"

#include "tests/unit/server/host_files.h"

#define A "/sys/fs/cgroup/a"
#define B "/sys/fs/cgroup/a/b"

static struct cgroup
find(void)
{
    struct cgroup c;
    cgroup_find(&c, around);
    return c;
}

static void
must_be_in(const struct cgroup *c, const char *dir)
{
    char whole[512];
    snprintf(whole, sizeof whole, "%s%s", around, dir);
    assert_string_equal(c->dir, whole);
}

static void
no_groups(void **state)
{
    (void)state;
    struct cgroup_memory m;
    struct cgroup c = find();
    assert_string_equal(c.dir, "");
    assert_false(cgroup_read(&c, &m));
    host_files_write("/proc/self/cgroup", "garbage\n\n::\n0:\n");
    host_files_write("/proc/self/mountinfo", "garbage\n1 2 3\n- - - - - - - -\n");
    c = find();
    assert_false(cgroup_read(&c, &m));
}

static void
second_version(void **state)
{
    (void)state;
    struct cgroup_memory m;
    host_files_write("/proc/self/cgroup", "0::/a/b\n");
    host_files_write("/proc/self/mountinfo", "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n" V2_MOUNT);
    host_files_write(B "/memory.max", "max\n");
    host_files_write(B "/memory.current", "300\n");
    host_files_write(A "/memory.max", "max\n");
    struct cgroup c = find();
    must_be_in(&c, B);
    assert_true(c.v2);
    assert_false(cgroup_read(&c, &m));

    host_files_write(B "/memory.max", "1000\n");
    assert_true(cgroup_read(&c, &m));
    assert_int_equal(m.limit, 1000);
    assert_int_equal(m.used, 300);
    host_files_write(B "/memory.stat", "anon 200\nfile 100\nkernel 5\ninactive_file 60\nactive_file 40\n");
    assert_true(cgroup_read(&c, &m));
    assert_int_equal(m.used, 240);
    host_files_write(B "/memory.stat", "inactive_file 6000\n");
    assert_true(cgroup_read(&c, &m));
    assert_int_equal(m.used, 0);
}

/* Above memory.high the kernel slows the process down, so it is a limit, too. */
static void
high_counts(void **state)
{
    (void)state;
    struct cgroup_memory m;
    host_files_write("/proc/self/cgroup", "0::/a\n");
    host_files_write("/proc/self/mountinfo", V2_MOUNT);
    host_files_write(A "/memory.max", "1000\n");
    host_files_write(A "/memory.high", "800\n");
    host_files_write(A "/memory.current", "300\n");
    struct cgroup c = find();
    assert_true(cgroup_read(&c, &m));
    assert_int_equal(m.limit, 800);
}

/* A parent's usage includes its other groups, so the parent may be closer to its limit. */
static void
groups_around(void **state)
{
    (void)state;
    struct cgroup_memory m;
    host_files_write("/proc/self/cgroup", "0::/a/b\n");
    host_files_write("/proc/self/mountinfo", V2_MOUNT);
    host_files_write(B "/memory.max", "1000\n");
    host_files_write(B "/memory.current", "300\n");
    host_files_write(A "/memory.max", "2000\n");
    host_files_write(A "/memory.current", "1500\n");
    struct cgroup c = find();
    assert_true(cgroup_read(&c, &m));
    assert_int_equal(m.limit, 2000);
    assert_int_equal(m.used, 1500);
    assert_int_equal(m.least, 1000);
    host_files_write(A "/memory.current", "400\n");
    assert_true(cgroup_read(&c, &m));
    assert_int_equal(m.limit, 1000);
}

/* A hybrid system: version 2 is mounted, but version 1 has the memory controller. */
static void
first_version(void **state)
{
    (void)state;
    struct cgroup_memory m;
    host_files_write("/proc/self/cgroup", "9:name=systemd:/x\n5:cpuset,memory:/a\n0::/x\n");
    host_files_write("/proc/self/mountinfo",
        "34 31 0:31 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n" V1_MOUNT
        "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
#define DIR "/sys/fs/cgroup/memory/a"
    host_files_write(DIR "/memory.limit_in_bytes", NO_LIMIT_V1);
    host_files_write(DIR "/memory.usage_in_bytes", "5000\n");
    host_files_write(
        DIR "/memory.stat", "inactive_file 1\nhierarchical_memory_limit 4096\ntotal_inactive_file 1000\n");
    struct cgroup c = find();
    must_be_in(&c, DIR);
    assert_false(c.v2);
    assert_false(cgroup_read(&c, &m));
    host_files_write(DIR "/memory.limit_in_bytes", "8192\n");
    assert_true(cgroup_read(&c, &m));
    assert_int_equal(m.limit, 8192);
    assert_int_equal(m.used, 4000);
#undef DIR
}

/* In a container the kernel's path of the group is invisible, or is the mount itself. */
static void
containers(void **state)
{
    (void)state;
    struct cgroup_memory m;
    host_files_write("/proc/self/cgroup", "5:memory:/docker/4711\n");
    host_files_write("/proc/self/mountinfo",
        "35 31 0:32 /docker/4711 /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n");
    host_files_write("/sys/fs/cgroup/memory/memory.limit_in_bytes", "8192\n");
    host_files_write("/sys/fs/cgroup/memory/memory.usage_in_bytes", "100\n");
    struct cgroup c = find();
    must_be_in(&c, "/sys/fs/cgroup/memory");
    assert_true(cgroup_read(&c, &m));
    host_files_write("/proc/self/mountinfo", V1_MOUNT);
    c = find();
    must_be_in(&c, "/sys/fs/cgroup/memory");
    host_files_write("/proc/self/cgroup", "0::/../../elsewhere\n");
    host_files_write("/proc/self/mountinfo", V2_MOUNT);
    c = find();
    must_be_in(&c, "/sys/fs/cgroup");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, host_files_make, host_files_remove)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(no_groups),
        TEST(second_version),
        TEST(high_counts),
        TEST(groups_around),
        TEST(first_version),
        TEST(containers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
