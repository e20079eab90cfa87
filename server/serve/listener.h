/*
 * listener: accepts connections and deals them to the workers in turn.
 *
 * It runs in the main loop and counts the connections.  At the limit (-c) it answers
 * with an error and closes the connection, or with -o no_maxconns_fast stops accepting
 * until a connection closes.  If the machine has no more descriptors or memory it
 * stops, too, and tries again by a timer: it never spins.
 *
 *   connections open now == n_opened - server->n_conns_closed
 *
 * Threads: the main thread; listener_sockets, listener_stats and listener_stats_reset from any.
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
 * Opens all sockets that the options ask for, and writes the file that
 * MEMCACHED_PORT_FILENAME names.  NULL, with a sentence in `why`, if it fails.
 */
MUST_USE struct listener *listener_new(struct server *, struct event_base *, char *why, size_t n_why);

/* Start and end accepting.  Between listener_stop and listener_free, workers may still close connections. */
void listener_start(struct listener *);
void listener_stop(struct listener *);

void listener_free(struct listener **);

/* All sockets: those that the listener accepts on, and the UDP sockets, which the workers serve. */
const struct sockets *listener_sockets(const struct listener *);

struct listener_stats {
    uint64_t n_sockets;    /* listening sockets */
    uint64_t n_conns;      /* open now */
    uint64_t n_conns_peak; /* most at one time */
    uint64_t n_total;      /* accepted since the start or the last reset */
    uint64_t n_rejected;   /* refused over the limit, with an error */
    uint64_t n_pauses;     /* how often accepting stopped */
    uint64_t paused_us;    /* how long it was stopped in all, without the current pause */
    bool accepting;
};
void listener_stats(struct listener *, struct listener_stats *);
void listener_stats_reset(struct listener *); /* total, rejected, pauses */

#endif
