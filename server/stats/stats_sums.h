/*
 * stats_sums: reads all counters that are summed over threads once, for the
 * groups that describe the server as a whole.
 *
 * Threads: those of stats_groups.h.
 */
#ifndef SERVER_STATS_STATS_SUMS_H
#define SERVER_STATS_STATS_SUMS_H

#include "server/serve/listener.h"
#include "server/watch/watch.h"
#include "server/serve/worker.h"
#include "slab/store.h"

struct server;

struct stats_sums {
    struct store_stats store;
    struct listener_stats listener;
    struct worker_memory memory;
    struct watch_stats watch;
    uint64_t worker[WORKER_N_COUNTERS];
};

void sums_take(const struct server *, struct stats_sums *);

/*
 * From an engine's counters: the expired and flushed items that reads and writes found.
 * Those that the sweep reclaims are memcached's crawler_reclaimed, these its reclaimed.
 */
uint64_t sums_reclaimed(const uint64_t n[STORE_N_COUNTERS]);

#endif
