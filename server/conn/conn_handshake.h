/*
 * conn_handshake: a connection's TLS handshake, step by step.
 *
 * Nothing is allocated for TLS before the client's first byte arrives.  Then
 * each step waits for the client by a one-time event, and after that for its
 * turn on the worker: on `waiting` or on `ready`, never on both.
 *
 *   state == CONN_HANDSHAKE   <=>  on one of the two queues
 *
 * A timer closes a connection whose handshake takes too long; the time runs from
 * the connection's start, whatever the client sends.
 */
#ifndef SERVER_CONN_CONN_HANDSHAKE_H
#define SERVER_CONN_CONN_HANDSHAKE_H

#include "server/conn/conn.h"

MUST_USE bool conn_handshake_init(struct conn_set *, const struct options *);
void conn_handshake_fini(struct conn_set *);

/* Prepares the event and the queue of a new connection.  false when out of memory. */
MUST_USE bool conn_handshake_begin(struct conn *);

/* Runs one step, of the connection that has waited longest for it. */
void conn_handshake_run(struct conn_set *);

#endif
