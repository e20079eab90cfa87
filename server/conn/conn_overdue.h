/*
 * conn_overdue: values that do not arrive in time.
 *
 * If no byte of a value arrives for -o body_timeout seconds, its connection is closed.  While
 * other values wait for the memory that all partial values may hold together, a value is
 * refused after a second, and one more for each MiB that has arrived.  While others are refused
 * because too much is announced, it has ten seconds instead of the first.
 */
#ifndef SERVER_CONN_CONN_OVERDUE_H
#define SERVER_CONN_CONN_OVERDUE_H

#include "server/conn/conn.h"

/* false when out of memory. */
MUST_USE bool conn_overdue_init(struct conn_set *);
void conn_overdue_fini(struct conn_set *);

#endif
