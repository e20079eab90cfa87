/*
 * cgroup: the limit of memory that the kernel holds us to.
 *
 * Our control group may have one, and so may each of those that it lies in; the
 * one that is closest to its end counts, for there the kernel would kill.  What
 * the kernel would drop without a thought, page cache that nobody has read for
 * long, is not counted as used.  Version 2 of control groups (memory.max, and
 * memory.high, over which we would be slowed down) and version 1
 * (memory.limit_in_bytes) say the same in other words.
 *
 * Threads: a struct cgroup is constant once found; any may read by it.
 */
#ifndef SERVER_MEMORY_CGROUP_H
#define SERVER_MEMORY_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must.h"

enum { CGROUP_PATH_MAX = 1024 };

struct cgroup {
    char dir[CGROUP_PATH_MAX]; /* of our own group; "": there is none that could limit memory */
    size_t n_top;              /* how much of it is the topmost group that we can see */
    bool v2;
};

/* Looks in /proc and where that points, below `root`: "" but in tests. */
void cgroup_find(struct cgroup *, const char *root);

struct cgroup_memory {
    uint64_t limit; /* bytes */
    uint64_t used;  /* of these, without inactive page cache */
    uint64_t
        least; /* the least limit of our group and those around it: what we could have if we were alone */
};

/* The limit that is closest to its end.  false: there is none. */
MUST_USE bool cgroup_read(const struct cgroup *, struct cgroup_memory *);

/* The first bytes of a small file, ended with a zero; false if it cannot be read. */
MUST_USE bool cgroup_file(const char *dir, const char *name, char *text, size_t n_text);

/* The number behind `name` and blanks at the beginning of a line; false if no line begins so. */
MUST_USE bool cgroup_number(const char *text, const char *name, uint64_t *);

#endif
