/* host_files: a temporary folder that stands in for /proc and /sys/fs/cgroup. */
#ifndef TESTS_UNIT_SERVER_HOST_FILES_H
#define TESTS_UNIT_SERVER_HOST_FILES_H

#include "tests/unit/unit.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static char around[64];

static inline int
host_files_make(void **state)
{
    (void)state;
    snprintf(around, sizeof around, "/tmp/larder-around-XXXXXX");
    return mkdtemp(around) == NULL;
}

static inline int
host_files_remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

static inline int
host_files_remove(void **state)
{
    (void)state;
    return nftw(around, host_files_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Writes a file below the root; makes its folders. */
static inline void
host_files_write(const char *path, const char *text)
{
    char whole[512];
    snprintf(whole, sizeof whole, "%s%s", around, path);
    for (char *p = whole + strlen(around) + 1; (p = strchr(p, '/')) != NULL; *p++ = '/') {
        *p = '\0';
        (void)mkdir(whole, 0700);
    }
    FILE *f = fopen(whole, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

#define V2_MOUNT    "31 23 0:28 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
#define V1_MOUNT    "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n"
#define NO_LIMIT_V1 "9223372036854771712\n"

#endif
