/*
 * conn_close: the end of a connection, and of what it owns.
 */
#ifndef SERVER_CONN_CONN_CLOSE_H
#define SERVER_CONN_CONN_CLOSE_H

#include "server/conn/conn.h"

struct watcher; /* watcher.h */

/* Closes the socket; `c` is gone. */
void conn_close(struct conn *c);

/* The same, for want of a buffer: counted and logged. */
void conn_close_for_memory(struct conn *c);

/* The socket is the watch thread's from now on; `c` is gone.  It has no replies that wait. */
void conn_close_to_watch(struct conn *c, struct watcher *);

/* Gives up what it owns but its socket. */
void conn_close_work(struct conn *c);

#endif
