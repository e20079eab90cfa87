/* stats: bare `stats`, and larder's own group, which shares its sums. */
#include "server/stats_groups.h"

#include <event2/event.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "server/auth.h"
#include "server/checker.h"
#include "server/conn_memory.h"
#include "server/listener.h"
#include "server/memory_limit.h"
#include "server/memory_report.h"
#include "server/options.h"
#include "server/privileges.h"
#include "server/server.h"
#include "server/watch.h"
#include "server/worker.h"

/* Everything that is summed over threads, read once. */
struct sums {
    struct store_stats store;
    struct listener_stats listener;
    struct worker_memory memory;
    struct watch_stats watch;
    uint64_t worker[WORKER_N_COUNTERS];
};

static void
sums_take(const struct server *server, struct sums *s)
{
    *s = (struct sums){0};
    store_stats(server->store, &s->store);
    listener_stats(server->listener, &s->listener);
    watch_stats(server->watch, &s->watch);
    for (int i = 0; i < server->n_workers; i++) {
        const counter *n = worker_counters(server->workers[i]);
        struct worker_memory m = worker_memory(server->workers[i]);
        for (int c = 0; c < WORKER_N_COUNTERS; c++)
            s->worker[c] += counter_read(&n[c]);
        s->memory.n_read_buffers += m.n_read_buffers;
        s->memory.read_bytes += m.read_bytes;
        s->memory.read_bytes_free += m.read_bytes_free;
        s->memory.n_reply_buffers += m.n_reply_buffers;
        s->memory.reply_bytes += m.reply_bytes;
        s->memory.n_mallocs += m.n_mallocs;
    }
}

/* A run of lines that are plain numbers: a store's or worker's counter, or nothing that larder has. */
struct number_row {
    const char *name;
    enum { FROM_STORE, FROM_WORKER, FROM_NOTHING } from;
    int which;
};
#define S(name, counter) {name, FROM_STORE, STORE_N_##counter},
#define W(name, counter) {name, FROM_WORKER, WORKER_N_##counter},
#define Z(name)          {name, FROM_NOTHING, 0},

static void
add_numbers(const struct sums *s, const struct number_row *row, size_t n, struct stat_list *l)
{
    for (; n > 0; n--, row++) {
        uint64_t v = row->from == FROM_STORE    ? s->store.n[row->which]
                     : row->from == FROM_WORKER ? s->worker[row->which]
                                                : 0;
        stat_list_u64(l, row->name, v);
    }
}
#define ADD_NUMBERS(s, rows, l) add_numbers(s, rows, sizeof(rows) / sizeof *(rows), l)

static void
add_process(struct stat_list *l)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    stat_list_u64(l, "pid", (uint64_t)getpid());
    stat_list_u64(l, "uptime", clock_now_s() - 1); /* from 1 on: monitors divide by it */
    stat_list_add(l, "time", "%lld", (long long)(clock_zero_s() + clock_now_s()));
    stat_list_add(l, "version", "%s", SERVER_PROTOCOL_VERSION);
    stat_list_add(l, "libevent", "%s", event_get_version());
    stat_list_u64(l, "pointer_size", 8 * sizeof(void *));
    stat_list_add(l, "rusage_user", "%ld.%06ld", (long)usage.ru_utime.tv_sec, (long)usage.ru_utime.tv_usec);
    stat_list_add(l, "rusage_system", "%ld.%06ld", (long)usage.ru_stime.tv_sec, (long)usage.ru_stime.tv_usec);
}

/* memcached counts the sockets that it listens on among the connections, and then takes one off. */
static void
add_connections(const struct sums *s, const struct options *o, struct stat_list *l)
{
    const struct listener_stats *c = &s->listener;
    stat_list_u64(l, "max_connections", o->conn_limit);
    stat_list_u64(l, "curr_connections", c->n_conns + c->n_sockets - 1);
    stat_list_u64(l, "total_connections", c->n_total);
    if (o->maxconns_fast)
        stat_list_u64(l, "rejected_connections", c->n_rejected);
    stat_list_u64(l, "connection_structures", c->n_conns_peak + c->n_sockets);
    stat_list_u64(l, "response_obj_oom", 0);
    stat_list_u64(l, "response_obj_count", s->memory.n_reply_buffers);
    stat_list_u64(l, "response_obj_bytes", s->memory.reply_bytes);
    stat_list_u64(l, "read_buf_count", s->memory.n_read_buffers);
    stat_list_u64(l, "read_buf_bytes", s->memory.read_bytes);
    stat_list_u64(l, "read_buf_bytes_free", s->memory.read_bytes_free);
    stat_list_u64(l, "read_buf_oom", s->worker[WORKER_N_BUFFER_OOM]);
    stat_list_u64(l, "reserved_fds", privileges_reserved_fds(o));
}

static void
add_commands(const struct sums *s, const struct options *o, struct stat_list *l)
{
    /* clang-format off */
    static const struct number_row rows[] = {
        W("cmd_get", CMD_GET)
        S("cmd_set", SETS)
        W("cmd_flush", CMD_FLUSH)
        W("cmd_touch", CMD_TOUCH)
        W("cmd_meta", CMD_META)
        S("get_hits", GET_HITS)
        S("get_misses", GET_MISSES)
        S("get_expired", GET_EXPIRED)
        S("get_flushed", GET_FLUSHED)
        S("delete_misses", DELETE_MISSES)
        S("delete_hits", DELETE_HITS)
        S("incr_misses", INCR_MISSES)
        S("incr_hits", INCR_HITS)
        S("decr_misses", DECR_MISSES)
        S("decr_hits", DECR_HITS)
        S("cas_misses", CAS_MISSES)
        S("cas_hits", CAS_HITS)
        S("cas_badval", CAS_BADVAL)
        S("touch_hits", TOUCH_HITS)
        S("touch_misses", TOUCH_MISSES)
        S("store_too_large", TOO_LARGE)
        S("store_no_memory", NO_MEMORY)
        W("auth_cmds", AUTH_CMDS)
        W("auth_errors", AUTH_ERRORS)
    };
    /* clang-format on */
    ADD_NUMBERS(s, rows, l);
    if (o->idle_timeout_s > 0)
        stat_list_u64(l, "idle_kicks", s->worker[WORKER_N_IDLE_KICKS]);
}

static uint32_t
power_of(uint64_t n)
{
    return n == 0 ? 0 : 63 - (uint32_t)__builtin_clzll(n);
}

static void
add_machinery(const struct sums *s, const struct server *server, struct stat_list *l)
{
    const struct options *o = server->options;
    stat_list_u64(l, "bytes_read", s->worker[WORKER_N_BYTES_READ]);
    stat_list_u64(l, "bytes_written", s->worker[WORKER_N_BYTES_WRITTEN]);
    stat_list_u64(l, "limit_maxbytes", memory_limit_now(server->memory));
    stat_list_u64(l, "accepting_conns", s->listener.accepting);
    stat_list_u64(l, "listen_disabled_num", s->listener.n_pauses);
    stat_list_u64(l, "time_in_listen_disabled_us", s->listener.paused_us);
    stat_list_u64(l, "threads", o->threads);
    stat_list_u64(l, "conn_yields", s->worker[WORKER_N_CONN_YIELDS]);
    stat_list_u64(l, "hash_power_level", power_of(s->store.n_buckets));
    stat_list_u64(l, "hash_bytes", s->store.index_bytes);
    stat_list_u64(l, "hash_is_expanding", 0); /* it grows a bucket at a time, never as a phase */
}

/* The lines that memcached leaves out with -o no_slab_reassign, no_lru_crawler and no_lru_maintainer. */
static void
add_background(const struct sums *s, const struct server *server, struct stat_list *l)
{
    const struct options *o = server->options;
    /* clang-format off */
    static const struct number_row reassign[] = {
        Z("slab_reassign_rescues")
        Z("slab_reassign_chunk_rescues")
        Z("slab_reassign_inline_reclaim")
        Z("slab_reassign_busy_items")
        Z("slab_reassign_busy_deletes")
        Z("slab_reassign_busy_nomem")
    };
    /* clang-format on */
    if (o->slab_reassign) {
        ADD_NUMBERS(s, reassign, l);
        stat_list_add(l, "slab_reassign_last_busy_status", "none");
        stat_list_u64(l, "slab_reassign_running", s->store.moving);
        stat_list_u64(l, "slabs_moved", s->store.n_pages_moved);
    }
    if (o->lru_crawler) {
        /* A crawl that was asked for, or a dump; what the mover does every second is none. */
        stat_list_u64(l, "lru_crawler_running",
            s->store.crawling || atomic_load_explicit(&server->crawler.n_dumps, memory_order_relaxed) > 0);
        stat_list_u64(l, "lru_crawler_starts",
            s->store.n_sweeps + s->store.n_crawls +
                atomic_load_explicit(&server->crawler.n_dumped, memory_order_relaxed));
    }
    if (o->lru_maintainer)
        stat_list_u64(l, "lru_maintainer_juggles", 0);
}

static void
add_log(const struct sums *s, struct stat_list *l)
{
    stat_list_u64(l, "malloc_fails", 0);
    stat_list_u64(l, "log_worker_dropped", s->watch.n_dropped);
    stat_list_u64(l, "log_worker_written", s->watch.n_written);
    stat_list_u64(l, "log_watcher_skipped", s->watch.n_skipped);
    stat_list_u64(l, "log_watcher_sent", s->watch.n_sent);
    stat_list_u64(l, "log_watchers", s->watch.n_watchers);
}

static void
add_dealing(const struct sums *s, struct stat_list *l)
{
    /* clang-format off */
    static const struct number_row rows[] = {
        Z("unexpected_napi_ids")
        Z("round_robin_fallback")
    };
    /* clang-format on */
    ADD_NUMBERS(s, rows, l);
}

/* What the sweep takes is memcached's crawler_reclaimed; what others come across is its reclaimed. */
static uint64_t
n_reclaimed(const uint64_t *n)
{
    uint64_t all = n[STORE_N_EXPIRED] + n[STORE_N_FLUSHED], swept = n[STORE_N_SWEPT_EXPIRED];
    return all > swept ? all - swept : 0;
}

static void
add_items(const struct sums *s, const struct options *o, struct stat_list *l)
{
    const uint64_t *n = s->store.n;
    /* clang-format off */
    static const struct number_row moves[] = {
        Z("moves_to_cold")
        Z("moves_to_warm")
        Z("moves_within_lru")
        S("direct_reclaims", DIRECT_RECLAIMS)
        Z("lru_bumps_dropped")
    };
    /* clang-format on */
    stat_list_u64(l, "bytes", s->store.n_bytes);
    stat_list_u64(l, "curr_items", s->store.n_items);
    stat_list_u64(l, "total_items", n[STORE_N_LINKED]);
    stat_list_u64(l, "slab_global_page_pool", s->store.n_pages_free);
    stat_list_u64(l, "expired_unfetched", n[STORE_N_EXPIRED_UNFETCHED]);
    stat_list_u64(l, "evicted_unfetched", n[STORE_N_EVICTED_UNFETCHED]);
    if (o->lru_maintainer)
        stat_list_u64(l, "evicted_active", n[STORE_N_EVICTED_ACTIVE]);
    stat_list_u64(l, "evictions", n[STORE_N_EVICTED]);
    stat_list_u64(l, "reclaimed", n_reclaimed(n));
    stat_list_u64(l, "crawler_reclaimed", n[STORE_N_SWEPT_EXPIRED]);
    stat_list_u64(l, "crawler_items_checked", n[STORE_N_SWEPT_VISITED]);
    stat_list_u64(l, "lrutail_reflocked", 0);
    if (o->lru_maintainer)
        ADD_NUMBERS(s, moves, l);
}

void
stats_general(const struct server *server, struct stat_list *l)
{
    struct sums s;
    sums_take(server, &s);
    add_process(l);
    add_connections(&s, server->options, l);
    add_commands(&s, server->options, l);
    add_machinery(&s, server, l);
    add_background(&s, server, l);
    add_log(&s, l);
    stats_add_tls(server, s.worker, l);
    add_dealing(&s, l);
    add_items(&s, server->options, l);
}

/* ---- stats larder ---- */

static void
add_engine(const struct store_stats *e, struct stat_list *l)
{
    stat_list_add(l, "policy", "%s", store_policy_name(e->policy));
    stat_list_u64(l, "pinned_items", e->n_kept);
    stat_list_u64(l, "pinned_bytes", e->kept_bytes);
    stat_list_u64(l, "pinned_limit", e->kept_limit);
    stat_list_u64(l, "body_bytes_announced", e->partial_announced);
    stat_list_u64(l, "body_bytes", e->partial_bytes);
    stat_list_u64(l, "body_bytes_limit", e->partial_bound);
    stat_list_u64(l, "body_waits", e->n_partial_waits);
    stat_list_u64(l, "page_size", e->page_size);
    stat_list_u64(l, "pages_total", e->n_pages_total);
    stat_list_u64(l, "pages_used", e->n_pages_used);
    stat_list_u64(l, "pages_free", e->n_pages_free);
    stat_list_u64(l, "pages_moved", e->n_pages_moved);
    stat_list_u64(l, "index_bytes", e->index_bytes);
    stat_list_u64(l, "index_buckets", e->n_buckets);
    stat_list_u64(l, "index_overflow_buckets", e->n_overflow_buckets);
    stat_list_u64(l, "mover_running", e->mover_running);
    stat_list_u64(l, "mover_rounds", e->n_sweeps);
    stat_list_u64(l, "mover_items_visited", e->n_visited);
    stat_list_u64(l, "writer_reclaims", e->n_direct);
    stat_list_u64(l, "epoch_advances", e->n_epoch_advances);
    stat_list_u64(l, "lock_takes", e->n_lock_takes);
    stat_list_u64(l, "lock_waits", e->n_lock_waits);
}

void
stats_larder(const struct server *server, struct stat_list *l)
{
    struct sums s;
    sums_take(server, &s);
    stat_list_add(l, "larder_version", "%s", SERVER_VERSION);
    add_engine(&s.store, l);
    stat_list_u64(l, "conn_bytes", conn_memory_held(server));
    stat_list_u64(l, "conn_bytes_limit", conn_memory_bound(server->options));
    stat_list_u64(l, "buffer_mallocs", s.memory.n_mallocs);
    stat_list_u64(l, "log_lines_dropped", log_lines_dropped());
    stat_list_u64(l, "resident", memory_report_resident());
    stat_list_u64(l, "logins_waiting", server->checker == NULL ? 0 : checker_n_waiting(server->checker));
    stat_list_u64(l, "password_hashes", auth_n_hashes(server->auth));
    stats_add_pressure(server, l);
#define COUNTER(name, stat, ...) stat_list_u64(l, "worker_" #stat, s.worker[WORKER_N_##name]);
#include "server/counters.def"
#undef COUNTER
#define COUNTER(name, stat, ...) stat_list_u64(l, "store_" #stat, s.store.n[STORE_N_##name]);
#include STORE_COUNTERS_DEF
#undef COUNTER
}
