/*
 * server: the parts that larderd's modules share, made by main.c and passed by pointer.
 *
 * Threads: the fields are set before the workers start and do not change afterwards,
 *          except for those that say so.
 */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/lock.h"
#include "server/owner.h"

struct store;
struct options;      /* options.h */
struct auth;         /* auth.h */
struct checker;      /* checker.h */
struct cluster;      /* cluster.h */
struct cmd_tables;   /* cmd.h */
struct conn_set;     /* conn.h */
struct worker;       /* worker.h */
struct listener;     /* listener.h */
struct sockets;      /* sockets.h */
struct service;      /* service.h */
struct prefix_stats; /* prefix.h: `stats detail` */
struct stat_list;    /* stat_list.h */
struct reload;       /* reload.h */
struct tls;          /* tls.h */
struct watch;        /* watch.h */
struct pressure;     /* pressure.h */
struct memory_limit; /* memory_limit.h */
struct leak_watch;   /* leak_watch.h */

#define SERVER_PROTOCOL_VERSION "1.6.45" /* memcached's, whose contract we keep: clients compare it */

struct server {
    struct options *options; /* LIVE fields may change, by a reload and by commands */
    struct reload *reload;
    struct store *store;
    struct memory_limit *memory; /* of the store; it has a lock of its own */
    struct pressure *pressure;
    struct leak_watch *leak_watch;
    struct tls *tls; /* NULL without -Z */
    struct listener *listener;
    const struct sockets *sockets; /* of the listener; constant once the workers run */
    struct auth *auth;
    const struct cmd_tables *tables; /* of commands, by rights */
    struct checker *checker;         /* NULL if no client has to log in */
    struct cluster *cluster;         /* it has a lock of its own */
    struct worker **workers;
    int n_workers;
    struct conn_set **conn_sets; /* n_workers of them, each used by its worker only */
    struct prefix_stats *prefixes;
    /* n_workers of them, each used by its worker only: for the answers of `stats` */
    struct stat_list *stat_lists;
    struct watch *watch;
    _Atomic uint32_t traced; /* relaxed; which events watchers want, a bit each: trace.h */
    struct {                 /* relaxed; `lru_crawler` */
        /* as last set: only reported, because the sweep sets its own pace */
        _Atomic uint32_t sleep_us, to_crawl;
        _Atomic uint32_t n_dumps;  /* running */
        _Atomic uint64_t n_dumped; /* since the start */
    } crawler;
    struct { /* relaxed; as `lru` last set them, for stats settings: there are no segments to tune */
        _Atomic uint32_t hot_pct, warm_pct, temporary_ttl_s;
        _Atomic double hot_factor, warm_factor;
        _Atomic bool segmented, temporary;
    } lru;
    struct service *service; /* main thread */
    struct owner main;       /* the main thread */
    int stop_fd;             /* eventfd: a write ends the main loop */

    /* Held by a command that reads other workers; once `stopping`, they are being freed. */
    struct lock looking; /* LOCK_LISTENER */
    bool stopping;       /* guarded by looking */

    /* Connections from the listener that have been closed: any thread adds.  In a cache line of its own. */
    _Alignas(64) _Atomic uint64_t n_conns_closed;
};

/* A connection from the listener was closed: another may be accepted.  Any thread. */
static inline void
server_conn_closed(struct server *server)
{
    atomic_fetch_add_explicit(&server->n_conns_closed, 1, memory_order_relaxed);
}

/* Reads the clock and ticks the store (server_clock.c). */
void server_catch_up_now(struct server *);

/*
 * Called before requests are served: items that expired while the main thread
 * did not tick count as expired.  Any thread, outside the epoch.
 */
static inline void
server_catch_up(struct server *server)
{
    if (UNLIKELY(clock_is_behind()))
        server_catch_up_now(server);
}

/* Ends the main loop, as SIGTERM does, or gracefully, as SIGUSR1 does.  Any thread. */
void server_stop(struct server *, bool gracefully);

/*
 * Reads stop_fd: whether server_stop was called since the last time, and whether
 * only gracefully.  The main thread.
 */
MUST_USE bool server_asked_to_stop(int stop_fd, bool *gracefully);

/* A function of the main thread alone calls it. */
static inline void
server_must_be_main_thread(const struct server *server)
{
    owner_must_be_self(&server->main);
}

#endif
