/* stats_sums: see stats_sums.h. */
#include "server/stats/stats_sums.h"

#include "server/server.h"

static void
add_worker(struct worker *worker, struct stats_sums *s)
{
    const counter *n = worker_counters(worker);
    struct worker_memory m = worker_memory(worker);
    for (int c = 0; c < WORKER_N_COUNTERS; c++)
        s->worker[c] += counter_read(&n[c]);
    s->memory.n_read_buffers += m.n_read_buffers;
    s->memory.read_bytes += m.read_bytes;
    s->memory.read_bytes_free += m.read_bytes_free;
    s->memory.n_reply_buffers += m.n_reply_buffers;
    s->memory.reply_bytes += m.reply_bytes;
    s->memory.n_mallocs += m.n_mallocs;
}

void
sums_take(const struct server *server, struct stats_sums *s)
{
    lock_must_own(&server->looking);
    *s = (struct stats_sums){0};
    store_stats(server->store, &s->store);
    listener_stats(server->listener, &s->listener);
    watch_stats(server->watch, &s->watch);
    for (int i = 0; i < server->n_workers; i++)
        add_worker(server->workers[i], s);
}

uint64_t
sums_reclaimed(const uint64_t n[STORE_N_COUNTERS])
{
    uint64_t all = n[STORE_N_EXPIRED] + n[STORE_N_FLUSHED], swept = n[STORE_N_SWEPT_EXPIRED];
    /* the counters were read one after the other, while other threads counted */
    return all > swept ? all - swept : 0;
}
