/*
 * conn_wait: a connection whose request waits for memory of the store.
 *
 * A request that finds no room is not refused as long as there may be some: its
 * connection is parked, and tried again when the store says that something was
 * freed (conn_retry.h).  There are two queues: for_bound has values that met the
 * bound of all partial ones, for_room all others.
 */
#ifndef SERVER_CONN_CONN_WAIT_H
#define SERVER_CONN_CONN_WAIT_H

#include "server/conn/conn.h"

/* The store was busy in this turn, which ends with TURN_WAITS; it goes on when something was freed. */
void conn_wait_for_memory(struct conn *);

#endif
