/*
 * memory_source: readings of how short of memory the host and our control group are.
 *
 * A reading has three parts: the limit of our control group (cgroup.h), the memory of the machine
 * that is still available, and the share of time that threads recently waited for memory (pressure
 * stall information, PSI): our group's own figure if it has one, else the machine's.
 *
 * Threads: constant after memory_source_init; any thread may read it.
 */
#ifndef SERVER_MEMORY_MEMORY_SOURCE_H
#define SERVER_MEMORY_MEMORY_SOURCE_H

#include "server/memory/cgroup.h"

struct memory_source {
    char root[CGROUP_PATH_MAX / 2]; /* in front of every path; "" except in tests */
    struct cgroup cgroup;
    char stalls[CGROUP_PATH_MAX + 64]; /* the PSI file; "": the kernel has none */
    bool stalls_are_ours;              /* the figures are our group's, not the machine's */
};

/* Where paths begin: "", and in checked builds the value of LARDER_HOST_FILES, for tests. */
const char *memory_source_root(void);

void memory_source_init(struct memory_source *, const char *root);

/* Shares are 0 to 1. */
struct memory_reading {
    /* of the control group that is closest to its limit; 0: no group has a limit */
    uint64_t limit, used;
    uint64_t machine, available; /* bytes; 0: unknown */
    /* of the last ten seconds: the time that some thread waited, and that all threads waited */
    double some_stall, full_stall;
    bool stalls_are_ours;
};

void memory_source_read(const struct memory_source *, struct memory_reading *);

/*
 * A descriptor that has POLLPRI when a thread has waited for a tenth of two seconds; -1
 * if the kernel or our rights do not allow that, and the caller must poll instead.
 */
int memory_source_alarm(const struct memory_source *);

/* The lowest limit of our control groups, or the machine's memory; 0 if both are unknown. */
uint64_t memory_source_total(void);

#endif
