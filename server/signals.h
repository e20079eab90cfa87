/*
 * signals: ends the main loop, or reloads, on a signal.
 *
 *   SIGINT SIGTERM        a clean stop; a second one ends the process immediately
 *   SIGUSR1               a graceful stop: requests that have arrived are answered first
 *   server_stop           either kind, from any thread
 *   SIGHUP                reload_all
 *   SIGPIPE               ignored: a send returns EPIPE
 *
 * Threads: the main thread; server_stop from any.
 */
#ifndef SERVER_SIGNALS_H
#define SERVER_SIGNALS_H

#include <stdbool.h>

#include "base/must.h"

struct event_base;
struct server;
struct signals; /* signals.c */

/* Sets server->stop_fd.  NULL if memory or descriptors run out. */
MUST_USE struct signals *signals_new(struct server *, struct event_base *);
void signals_free(struct signals **);

/* After the loop has ended: whether only a graceful stop was requested. */
bool signals_want_grace(const struct signals *);

#endif
