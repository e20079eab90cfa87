/*
 * signals: what ends the main loop, or would have it reload.
 *
 *   SIGINT SIGTERM        a clean stop; either again ends the process at once
 *   SIGUSR1               a graceful stop: what has been asked is answered first
 *   server_stop           either, from any thread
 *   SIGHUP                reload_all
 *   SIGPIPE               ignored: a send says EPIPE
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

/* Sets server->stop_fd.  NULL when the machine has no memory or descriptors left. */
MUST_USE struct signals *signals_new(struct server *, struct event_base *);
void signals_free(struct signals **);

/* Once the loop has ended: whether only a graceful stop has been asked for. */
bool signals_want_grace(const struct signals *);

#endif
