/* memory_report: see memory_report.h. */
#include "server/usage/memory_report.h"

#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

#include "server/memory/cgroup.h"
#include "server/conn/conn.h"
#include "server/serve/listener.h"
#include "server/memory/memory_maps.h"
#include "server/options/options.h"
#include "server/server.h"
#include "server/watch/watch.h"
#include "server/serve/worker.h"

enum {
    TLS_BYTES = 14 << 10, /* memory of OpenSSL 3.0 for an idle connection (tests/compat/tls_churn.py) */
    STACK_BYTES =
        48 << 10,      /* the part of a thread's stack that a batch of requests, or reading a file, touches */
    OTHER_THREADS = 4, /* besides workers, movers and checker: main, watch, log, trainer */
};

/* "size resident shared ..." in pages; 0 without /proc. */
static void
add_process(struct memory_report *r)
{
    char text[256];
    unsigned long long size = 0, resident = 0, shared = 0;
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    if (!cgroup_file("/proc/self", "statm", text, sizeof text) ||
        sscanf(text, "%llu %llu %llu", &size, &resident, &shared) != 3)
        return;
    r->resident = resident * page;
    r->code = shared * page;
}

uint64_t
memory_report_resident(void)
{
    struct memory_report r = {0};
    add_process(&r);
    return r.resident;
}

uint64_t
memory_report_process(const struct server *server)
{
    struct memory_report r = {0};
    add_process(&r);
    store_memory(server->store, &r.store);
    uint64_t store = memory_report_store(&r);
    return r.resident > store ? r.resident - store : 0;
}

static void
add_workers(const struct server *server, struct memory_report *r)
{
    for (int i = 0; i < server->n_workers; i++) {
        struct worker_memory m = worker_memory(server->workers[i]);
        r->read_buffers += m.read_bytes;
        r->reply_buffers += m.reply_bytes;
    }
}

static void
add_connections(const struct server *server, struct memory_report *r)
{
    struct listener_stats l;
    struct watch_stats w;
    listener_stats(server->listener, &l);
    watch_stats(server->watch, &w);
    r->n_connections = l.n_conns;
    r->connections = l.n_conns * sizeof(struct conn);
    r->tls = server->tls != NULL ? l.n_conns * TLS_BYTES : 0;
    r->rings = (uint64_t)(server->n_workers + 1) * server->options->worker_logbuf +
               w.n_watchers * server->options->watcher_logbuf;
}

static uint64_t
counted_in_heap(const struct memory_report *r)
{
    return r->read_buffers + r->reply_buffers + r->rings + r->connections + r->tls + r->codecs;
}

/* All arenas of the C library, and its mappings for large blocks. */
static void
add_heap(struct memory_report *r)
{
    struct mallinfo2 m = mallinfo2();
    uint64_t allocated = (uint64_t)m.uordblks + m.hblkhd, counted = counted_in_heap(r);
    r->heap_rest = allocated > counted ? allocated - counted : 0;
    r->heap_slack = m.fordblks;
}

static void
add_untouched(const struct server *server, struct memory_report *r)
{
    size_t n;
    uint64_t resident, held = memory_report_heap(r) + r->stacks;
    const void *store = store_addresses(server->store, &n);
    if (memory_maps_private(store, n, &resident) && resident < held)
        r->untouched = held - resident;
}

void
memory_report_take(const struct server *server, struct memory_report *r, bool whole)
{
    *r = (struct memory_report){0};
    r->taken = store_taken(server->store);
    r->codecs = store_codec_bytes(server->store);
    add_workers(server, r);
    add_connections(server, r);
    add_heap(r);
    int n_threads =
        server->n_workers + (int)store_n_nodes(server->store) + (server->checker != NULL) + OTHER_THREADS;
    r->stacks = (uint64_t)n_threads * STACK_BYTES;
    if (whole) {
        store_memory(server->store, &r->store);
        add_untouched(server, r);
    }
    add_process(r);
}

uint64_t
memory_report_store(const struct memory_report *r)
{
    const struct store_memory *s = &r->store;
    return s->items + s->item_headers + s->rounding + s->free_chunks + s->page_heads + s->pool + s->index +
           s->tables + s->dictionaries;
}

uint64_t
memory_report_heap(const struct memory_report *r)
{
    return counted_in_heap(r) + r->heap_rest + r->heap_slack;
}

uint64_t
memory_report_sum(const struct memory_report *r)
{
    return memory_report_store(r) + memory_report_heap(r) + r->stacks - r->untouched + r->code;
}
