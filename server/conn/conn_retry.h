/*
 * conn_retry: tries connections again that wait for memory, when the store has
 * freed some (conn_wait.h).
 *
 * Values that met the bound of all partial ones continue one by one, because
 * freed memory is usually enough for one of them.  All others are tried, a few
 * at a time, so that other clients get their turns.
 */
#ifndef SERVER_CONN_CONN_RETRY_H
#define SERVER_CONN_CONN_RETRY_H

#include "server/conn/conn.h"

/* From then on, posting set->starved.freed tries them. */
void conn_retry_init(struct conn_set *);
void conn_retry_fini(struct conn_set *);

#endif
