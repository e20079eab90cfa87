/*
 * memory_source: how short of memory our surroundings are.
 *
 * Three things tell: the limit of our control group (cgroup.h), how much of the
 * machine's memory could still be had, and how long somebody had to wait for
 * memory of late (pressure stall information, PSI): our group's own figure where
 * it has one, else the machine's.
 *
 * Threads: constant once it is made; any may read by it.
 */
#ifndef SERVER_MEMORY_MEMORY_SOURCE_H
#define SERVER_MEMORY_MEMORY_SOURCE_H

#include "server/memory/cgroup.h"

struct memory_source {
    char root[CGROUP_PATH_MAX / 2]; /* in front of every path: "" but in tests */
    struct cgroup cgroup;
    char stalls[CGROUP_PATH_MAX + 64]; /* the file that tells of waiting; "": the kernel keeps none */
    bool stalls_are_ours;              /* our group's, not the machine's */
};

/* Where paths begin: "", but in checked builds what LARDER_HOST_FILES says, for tests. */
const char *memory_source_root(void);

void memory_source_init(struct memory_source *, const char *root);

/* Shares are 0 to 1. */
struct memory_reading {
    uint64_t limit, used;          /* of the control group that is closest to its end; 0: none has a limit */
    uint64_t machine, available;   /* bytes; 0: unknown */
    double some_stall, full_stall; /* of the last ten seconds: somebody waited, everybody did */
    bool stalls_are_ours;
};

void memory_source_read(const struct memory_source *, struct memory_reading *);

/*
 * A descriptor that has POLLPRI when somebody has waited for a tenth of two
 * seconds; -1 where the kernel or our rights do not allow that, and looking has to do.
 */
int memory_source_alarm(const struct memory_source *);

/* What there is to share out: the least limit of our groups, or the machine's memory; 0 if nobody says. */
uint64_t memory_source_total(void);

#endif
