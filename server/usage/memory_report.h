/*
 * memory_report: the uses of the process's memory, pool by pool, which add up to
 * the resident memory that the kernel reports.
 *
 *   store (slab/store.h)  +  C heap  +  stacks  -  untouched  +  code and libraries  ==  resident
 *   heap == buffers + connections + rings + TLS + codecs + the rest + slack
 *
 * The users of the heap count their own bytes; the rest of the allocated bytes belongs to the
 * engine's threads, OpenSSL, libevent and the settings.  TLS and stacks are estimates, and named
 * so.  A part of the heap was never written to: the kernel reports how much is resident.  Memory
 * that no pool counts is missing from the sum, and the report shows the difference.
 *
 * Threads: any, with server->looking held; the main thread, which ends the workers, without.
 */
#ifndef SERVER_USAGE_MEMORY_REPORT_H
#define SERVER_USAGE_MEMORY_REPORT_H

#include <stdint.h>

#include "slab/store.h"

struct server;

struct memory_report {
    /* of the process; `code` is mapped from files, which other processes may share */
    uint64_t resident, code;
    struct store_memory store;
    uint64_t taken;                              /* of the store's limit */
    uint64_t read_buffers, reply_buffers, rings; /* counted by their users */
    uint64_t connections, tls;      /* the number of connections, times their size; times their usual size */
    uint64_t codecs;                /* of compression, as the engine counts it */
    uint64_t heap_rest, heap_slack; /* allocated by others; freed, and kept by the allocator */
    uint64_t stacks;
    uint64_t untouched; /* of heap and stacks: allocated, but never written to, so not resident */
    uint64_t n_connections;
};

/* Reads the store's part only if `whole`: it takes the longest. */
void memory_report_take(const struct server *, struct memory_report *, bool whole);

/* Only `resident`, which is cheap; 0 if /proc is missing. */
uint64_t memory_report_resident(void);

/* The resident memory without the store; 0 if /proc is missing. */
uint64_t memory_report_process(const struct server *);

uint64_t memory_report_store(const struct memory_report *);
uint64_t memory_report_heap(const struct memory_report *);
uint64_t memory_report_sum(const struct memory_report *);

#endif
