/*
 * leak_watch: detects leaks while larderd runs: pools of memory that grow
 * steadily (leak_trend.h) although the number of their users does not.
 *
 *   resident   beyond what the store, the heap, stacks and code account for
 *   heap       allocated, beyond what is counted and 16 KiB a connection
 *   slack      freed, and kept by the allocator: fragments
 *   buffers    of connections, beyond 64 KiB for each of them
 *   index      beyond 32 bytes for each item of the largest number that existed at one time
 *
 * A cache that fills, and new connections, explain their own growth.  A leak is
 * logged, counted, and sent to watchers of sysevents, once.
 *
 * Threads: the main thread's; leak_watch_count, any.
 */
#ifndef SERVER_USAGE_LEAK_WATCH_H
#define SERVER_USAGE_LEAK_WATCH_H

#include "base/counter.h"
#include "server/memory/leak_trend.h"

struct server;
struct memory_report;

enum memory_pool {
    MEMORY_RESIDENT,
    MEMORY_HEAP,
    MEMORY_SLACK,
    MEMORY_BUFFERS,
    MEMORY_INDEX,
    MEMORY_N_POOLS,
};

/* All zero to begin with. */
struct leak_watch {
    struct leak_trend growth[MEMORY_N_POOLS];
    uint64_t next_s;     /* server-relative: the time of the next measurement */
    uint64_t peak_items; /* the most at one time since the start */
    counter n_found;
};

/* Called once a second while the workers run. */
void leak_watch_tick(struct leak_watch *, struct server *);

/* The unexplained bytes of a report, by pool; pure. */
void leak_watch_unexplained(const struct memory_report *, uint64_t index_bytes, uint64_t peak_items,
    uint64_t unexplained[MEMORY_N_POOLS]);

uint64_t leak_watch_count(const struct leak_watch *);

#endif
