/* conn_close: closes a connection and frees its memory. */
#ifndef SERVER_CONN_CONN_CLOSE_H
#define SERVER_CONN_CONN_CLOSE_H

#include "server/conn/conn.h"

struct watcher; /* watcher.h */

/* Closes the socket and frees `c`. */
void conn_close(struct conn *c);

/* The same, because no buffer could be allocated: counted and logged. */
void conn_close_for_memory(struct conn *c);

/* Passes the socket to the watch thread, and frees `c`.  No replies may be waiting. */
void conn_close_to_watch(struct conn *c, struct watcher *);

/* Frees everything that it owns except its socket. */
void conn_close_work(struct conn *c);

#endif
