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

struct store;
struct options;  /* options.h */
struct worker;   /* worker.h */
struct listener; /* listener.h */
struct prefix_stats; /* prefix.h: `stats detail` */

#define SERVER_PROTOCOL_VERSION "1.6.45" /* memcached's, whose contract we keep: clients test it */

struct server {
    const struct options *options;
    struct store *store;
    struct listener *listener;
    struct worker **workers;
    int n_workers;
    struct prefix_stats *prefixes;
    _Atomic bool detail_enabled; /* relaxed; `stats detail on` */
};

/* Asks the main loop to end, as SIGTERM does.  Any thread. */
void server_stop(struct server *);

#endif
