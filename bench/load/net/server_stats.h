/*
 * server_stats: the server's own figures for a run: its counters, CPU and memory.
 *
 * Read before and after a run over a separate connection: `stats`, or INFO of
 * Redis.  CPU is the server's own figure, so it is also known for a remote server;
 * resident memory is read from /proc if the process is on this machine.  If the
 * server does not answer in time, the figures are unknown.
 *
 * Threads: the main thread's; it waits for the server, five seconds at most.
 */
#ifndef BENCH_LOAD_NET_SERVER_STATS_H
#define BENCH_LOAD_NET_SERVER_STATS_H

#include <stdbool.h>
#include <stdint.h>

struct options;
struct target;

struct server_stats {
    bool is_known;
    char version[48];
    long pid; /* on this machine; 0 if remote */
    double user_s, system_s;
    uint64_t n_gets, n_sets; /* redis does not count them separately: 0 */
    uint64_t n_hits, n_misses, n_evictions;
    uint64_t n_items;       /* in the database that was loaded */
    uint64_t rss, peak_rss; /* bytes; 0 if unknown */
};

void server_stats_ask(struct server_stats *, const struct options *, const struct target *);

/* Resident memory of the process `pid`, now and at most; 0 if unknown. */
void server_stats_memory(long pid, uint64_t *rss, uint64_t *peak);

/* Its CPU seconds, user and system together; negative if unknown. */
double server_stats_cpu_s(long pid);

#endif
