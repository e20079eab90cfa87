/*
 * listener: accepts connections and deals them to the workers in turn.
 *
 * It lives in the main loop and keeps the count of connections.  At the limit
 * (-c) it answers an error and hangs up, or with -o no_maxconns_fast stops
 * accepting until a connection has closed.  When the machine has no more
 * descriptors or memory it stops too, and looks again by a timer: it never spins.
 *
 *   connections open now == n_opened - server->n_conns_closed
 *
 * Threads: the main thread; listener_stats from any.
 */
#ifndef SERVER_SERVE_LISTENER_H
#define SERVER_SERVE_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must.h"

struct event_base;
struct listener; /* listener.c */
struct server;
struct sockets; /* sockets.h */

/*
 * Binds all that the options ask for, and writes the file that
 * MEMCACHED_PORT_FILENAME names.  NULL, with a sentence in `why`, if it cannot.
 */
MUST_USE struct listener *listener_new(struct server *, struct event_base *, char *why, size_t n_why);

/* Begins and ends accepting.  Between the end and listener_free, workers may still close connections. */
void listener_start(struct listener *);
void listener_stop(struct listener *);

void listener_free(struct listener **);

/* All that it listens on, and the sockets of datagrams, which the workers serve. */
const struct sockets *listener_sockets(const struct listener *);

struct listener_stats {
    uint64_t n_sockets;    /* that we listen on */
    uint64_t n_conns;      /* open now */
    uint64_t n_conns_peak; /* most at one time */
    uint64_t n_total;      /* accepted since the start or the last reset */
    uint64_t n_rejected;   /* over the limit and told so */
    uint64_t n_pauses;     /* times that accepting stopped */
    uint64_t paused_us;    /* and for how long together; without the pause that is on */
    bool accepting;
};
void listener_stats(struct listener *, struct listener_stats *);
void listener_stats_reset(struct listener *); /* total, rejected, pauses */

#endif
