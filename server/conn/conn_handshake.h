/*
 * conn_handshake: a connection's TLS handshake, step by step.
 *
 * Nothing is made for a client before its first byte is here.  Then each step
 * waits for the client by an event that comes once, and after that in line for
 * the worker: on `waiting` or on `ready`, never on both.
 *
 *   state == CONN_SHAKE   <=>  on one of the two queues
 *
 * A client that falls silent half-way is closed by a timer;
 * the time runs from the connection's beginning, whatever it says.
 */
#ifndef SERVER_CONN_CONN_HANDSHAKE_H
#define SERVER_CONN_CONN_HANDSHAKE_H

#include "server/conn/conn.h"

MUST_USE bool conn_handshake_init(struct conn_set *, const struct options *);
void conn_handshake_fini(struct conn_set *);

/* Of a connection that is being opened: its event, and its place.  false when out of memory. */
MUST_USE bool conn_handshake_begin(struct conn *);

/* One step of whoever has waited longest for it. */
void conn_handshake_run(struct conn_set *);

#endif
