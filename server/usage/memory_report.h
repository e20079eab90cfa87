/*
 * memory_report: what the process's memory is used for, pool by pool, so that
 * it adds up to what the kernel says is resident.
 *
 *   store (slab/store.h)  +  C heap  +  stacks  -  untouched  +  code and libraries  ==  resident
 *   heap == buffers + connections + rings + TLS + the rest + slack
 *
 * What the heap holds is as its users count it; the rest of what was allocated
 * is the engine's threads, OpenSSL's and libevent's own, settings.  TLS and
 * stacks are estimates, and named so.  Of what the heap holds a part was never
 * written to: the kernel says how much is resident.  What no pool knows of is missing
 * from the sum, and the report says so.
 *
 * Threads: any, with server->looking held; the main thread, which takes workers apart, without.
 */
#ifndef SERVER_USAGE_MEMORY_REPORT_H
#define SERVER_USAGE_MEMORY_REPORT_H

#include <stdint.h>

#include "slab/store.h"

struct server;

struct memory_report {
    uint64_t resident, code; /* of the process; of these what is mapped from files, which others may share */
    struct store_memory store;
    uint64_t taken;                              /* of the store's limit */
    uint64_t read_buffers, reply_buffers, rings; /* counted */
    uint64_t connections, tls;      /* so many, as large as they are; as large as they usually are */
    uint64_t heap_rest, heap_slack; /* allocated by others; freed, and kept by the allocator */
    uint64_t stacks;
    uint64_t untouched; /* of heap and stacks: allocated, but never written to, so not resident */
    uint64_t n_connections;
};

/* The store's part only if `whole`: it takes longest. */
void memory_report_take(const struct server *, struct memory_report *, bool whole);

/* That alone, which is cheap; 0 where nobody says. */
uint64_t memory_report_resident(void);

/* What is resident and is not the store's; likewise. */
uint64_t memory_report_process(const struct server *);

uint64_t memory_report_store(const struct memory_report *);
uint64_t memory_report_heap(const struct memory_report *);
uint64_t memory_report_sum(const struct memory_report *);

#endif
