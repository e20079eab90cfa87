/*
 * server: what the parts of larderd share, made by main.c and handed down.
 *
 * Threads: the fields are set before the workers start and do not change after,
 * but for those that say so.
 */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/lock.h"

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

#define SERVER_PROTOCOL_VERSION "1.6.45" /* memcached's, whose contract we keep: clients test it */

struct server {
    struct options *options; /* what is LIVE of them may change: by a reload, and by admin commands */
    struct reload *reload;
    struct store *store;
    struct memory_limit *memory; /* what the store may use: it has a lock of its own */
    struct pressure *pressure;
    struct leak_watch *leak_watch;
    struct tls *tls; /* NULL without -Z */
    struct listener *listener;
    const struct sockets *sockets; /* the listener's; fixed once the workers run */
    struct auth *auth;
    const struct cmd_tables *tables; /* of commands, by rights */
    struct checker *checker;         /* NULL where nobody has to log in */
    struct cluster *cluster;         /* it has a lock of its own */
    struct worker **workers;
    int n_workers;
    struct conn_set **conn_sets; /* n_workers of them, each its worker's own */
    struct prefix_stats *prefixes;
    struct stat_list *stat_lists; /* n_workers of them, each its worker's own: what `stats` answers from */
    struct watch *watch;
    _Atomic uint32_t traced;                 /* relaxed; who follows what happens, a bit each: trace.h */
    struct {                                 /* relaxed; `lru_crawler` */
        _Atomic uint32_t sleep_us, to_crawl; /* what it last said: reported, the sweep paces itself */
        _Atomic uint32_t n_dumps;            /* going on */
        _Atomic uint64_t n_dumped;           /* ever */
    } crawler;
    struct { /* relaxed; what `lru` last said, for stats settings: there are no segments to tune */
        _Atomic uint32_t hot_pct, warm_pct, temporary_ttl_s;
        _Atomic double hot_factor, warm_factor;
        _Atomic bool segmented, temporary;
    } lru;
    struct service *service; /* main thread */
    int stop_fd;             /* eventfd: written to, it ends the main loop */

    /* Who looks at other workers holds this; once `stopping`, they are being taken apart. */
    struct lock looking; /* LOCK_LISTENER */
    bool stopping;       /* guarded by looking */

    /* Connections that the listener had dealt out and that have been closed: any thread adds.  In a cache line of its own. */
    _Alignas(64) _Atomic uint64_t n_conns_closed;
};

/* A connection that came from the listener has been closed: another may come.  Any thread. */
static inline void
server_conn_closed(struct server *server)
{
    atomic_fetch_add_explicit(&server->n_conns_closed, 1, memory_order_relaxed);
}

/* The clock is read, and the store told (server_clock.c). */
void server_catch_up_now(struct server *);

/* Before requests are served: what has expired while nobody ticked is gone.  Any thread, outside the epoch. */
static inline void
server_catch_up(struct server *server)
{
    if (UNLIKELY(clock_is_behind()))
        server_catch_up_now(server);
}

/* Asks the main loop to end, as SIGTERM does, or gracefully, as SIGUSR1.  Any thread. */
void server_stop(struct server *, bool gracefully);

/* Reads stop_fd: whether server_stop was called since the last time, and only gracefully.  The main thread. */
MUST_USE bool server_asked_to_stop(int stop_fd, bool *gracefully);

#endif
