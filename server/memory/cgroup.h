/*
 * cgroup: the memory limit of our control group.
 *
 * Our control group may have a limit, and so may each group above it; the group that is
 * closest to its limit counts, because the kernel kills there first.  Inactive page
 * cache, which the kernel drops first, is not counted as used.  Both versions of control
 * groups have these figures: version 2 in memory.max and in memory.high, above which the
 * kernel slows us down, and version 1 in memory.limit_in_bytes.
 *
 * Threads: a struct cgroup is constant after cgroup_find; any thread may read it.
 */
#ifndef SERVER_MEMORY_CGROUP_H
#define SERVER_MEMORY_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must.h"

enum { CGROUP_PATH_MAX = 1024 };

struct cgroup {
    char dir[CGROUP_PATH_MAX]; /* of our own group; "": no group can limit our memory */
    size_t n_top;              /* length of the path of the topmost group that we can see */
    bool v2;
};

/* Reads /proc and the directories named there, below `root`, which is "" except in tests. */
void cgroup_find(struct cgroup *, const char *root);

struct cgroup_memory {
    uint64_t limit; /* bytes */
    uint64_t used;  /* without inactive page cache */
    /* the lowest limit of our group and those above: what we could use if no other process were in them */
    uint64_t least;
};

/* The limit of the group that is closest to its limit.  false: no group has one. */
MUST_USE bool cgroup_read(const struct cgroup *, struct cgroup_memory *);

/* Reads the first bytes of a small file, and ends them with a zero; false if it cannot be read. */
MUST_USE bool cgroup_file(const char *dir, const char *name, char *text, size_t n_text);

/* The number after `name` and blanks at the beginning of a line; false if no line begins with them. */
MUST_USE bool cgroup_number(const char *text, const char *name, uint64_t *);

#endif
