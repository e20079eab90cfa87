/*
 * conn_retry: the store has freed something: connections that wait for its memory
 * are tried again (conn_wait.h).
 *
 * Values that met the bound of all partial ones go on one by one: what is given
 * back is mostly enough for one of them.  All others are tried, some at a time so
 * that other clients get their turns.
 */
#ifndef SERVER_CONN_CONN_RETRY_H
#define SERVER_CONN_CONN_RETRY_H

#include "server/conn/conn.h"

/* From then on a post of set->starved.freed tries them. */
void conn_retry_init(struct conn_set *);
void conn_retry_fini(struct conn_set *);

#endif
