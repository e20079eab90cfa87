/*
 * conn_overdue: values that do not arrive.
 *
 * A value on which no byte has moved for -o body_timeout seconds is given up,
 * and its connection closed.  When others wait for the memory that partial
 * values may hold together, one that has had its time is refused sooner: a
 * second, and one more for each MiB that has come.  When others are refused
 * because too much is announced, it has ten seconds and as much more.
 */
#ifndef SERVER_CONN_CONN_OVERDUE_H
#define SERVER_CONN_CONN_OVERDUE_H

#include "server/conn/conn.h"

/* false when out of memory. */
MUST_USE bool conn_overdue_init(struct conn_set *);
void conn_overdue_fini(struct conn_set *);

#endif
