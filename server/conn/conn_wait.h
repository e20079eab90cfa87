/*
 * conn_wait: a connection whose request waits for memory of the store.
 *
 * A request that finds no memory is not refused as long as some may be freed: its connection is
 * parked, and tried again when the store reports that memory was freed (conn_retry.h).  There are
 * two queues: for_bound has values that met the bound of all partial ones, for_room all others.
 */
#ifndef SERVER_CONN_CONN_WAIT_H
#define SERVER_CONN_CONN_WAIT_H

#include "server/conn/conn.h"

/*
 * The store was busy in this turn, which ends with TURN_WAITS; the connection
 * continues when memory was freed.
 */
void conn_wait_for_memory(struct conn *);

#endif
