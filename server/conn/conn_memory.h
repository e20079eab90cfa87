/*
 * conn_memory: one bound for the memory of all connections together.
 *
 * Connections hold memory for requests that wait, and for replies that their clients do not
 * read.  From half of the bound on a worker *squeezes*: it does not read from a client that has
 * unread replies until the client has read them; a read takes only a few bytes; and a turn ends
 * after few replies, which the socket accepts.  So clients that do not read hold hardly any
 * more memory, while those that read are served, and no connection is closed.
 *
 *   held by all <= half of the bound + CONN_SQUEEZED_READ + OUTQ_SQUEEZED_MAX for each connection
 *
 * A worker reads the figures of the others only when it holds its own share.
 */
#ifndef SERVER_CONN_CONN_MEMORY_H
#define SERVER_CONN_CONN_MEMORY_H

#include "server/conn/conn.h"

enum { CONN_SQUEEZED_READ = 1 << 10 }; /* bytes of a read while a worker squeezes */

/* The bytes that all connections may hold together, and those that they hold.  Any thread. */
uint64_t conn_memory_bound(const struct options *);
uint64_t conn_memory_held(const struct server *);

/* From now on, the bytes that the set holds at this time do not count as its connections'. */
void conn_memory_init(struct conn_set *);

bool conn_memory_is_short(const struct conn_set *);

/* While the worker squeezes: whether the client has read its replies; otherwise it becomes `squeezed`. */
MUST_USE bool conn_memory_may_serve(struct conn *);

/* The worker no longer squeezes. */
void conn_memory_loosen(struct conn *);

/* The bytes that the connections of a worker hold.  Any thread. */
static inline uint64_t
conn_memory_of_set(const struct conn_set *set)
{
    CHECKED_MUST(set->magic == CONN_SET_MAGIC);
    return counter_read(&set->memory.lent) - set->memory.fixed;
}

#endif
