/*
 * witness: what the server itself says of its work: its counters, CPU and memory.
 *
 * Asked before and after a run over a connection of its own: `stats`, or INFO
 * of Redis.  CPU is what the server says it has used, so it is known of a
 * server elsewhere too; resident memory comes from /proc if the process is on
 * this machine.  A server that does not answer soon is simply not known.
 *
 * Threads: the main thread's; it waits for the server, a second at most.
 */
#ifndef BENCH_WITNESS_H
#define BENCH_WITNESS_H

#include <stdbool.h>
#include <stdint.h>

struct options;
struct target;

struct witness {
    bool is_known;
    char version[48];
    long pid; /* on this machine; 0 if it is elsewhere */
    double user_s, system_s;
    uint64_t n_gets, n_sets; /* redis does not tell one from the other: 0 */
    uint64_t n_hits, n_misses, n_evictions;
    uint64_t n_items;       /* of the database that was loaded */
    uint64_t rss, peak_rss; /* bytes; 0 if not known */
};

void witness_ask(struct witness *, const struct options *, const struct target *);

/* Of the process `pid`: resident memory, now and at most; 0 if there is no telling. */
void witness_memory(long pid, uint64_t *rss, uint64_t *peak);

/* CPU seconds of it, user and system together; negative if there is no telling. */
double witness_cpu_s(long pid);

#endif
