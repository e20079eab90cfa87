/*
 * conn_memory: one bound for the memory of all connections together.
 *
 * What connections hold are requests that wait, and replies that their clients
 * do not take.  From half of the bound on a worker *squeezes*: a client that has
 * not taken what it was sent is not read from until it has; a read brings
 * little; and a turn ends after few replies, which the socket takes.  So hardly
 * more is held for clients that do not read, while those that do are served,
 * and no connection is closed.
 *
 *   held by all <= half of the bound + SQUEEZED_READ + OUTQ_SQUEEZED_MAX for each connection
 *
 * A worker asks what the others hold only when it holds its own share.
 */
#ifndef SERVER_CONN_CONN_MEMORY_H
#define SERVER_CONN_CONN_MEMORY_H

#include "server/conn/conn.h"

enum { CONN_SQUEEZED_READ = 1 << 10 }; /* bytes that a read brings while a worker squeezes */

/* Bytes that they may hold together, and that they hold.  Any thread. */
uint64_t conn_memory_bound(const struct options *);
uint64_t conn_memory_held(const struct server *);

/* What the set holds by now is its own and not its connections'. */
void conn_memory_init(struct conn_set *);

bool conn_memory_is_short(const struct conn_set *);

/* While the worker squeezes: whether the client has taken what it was sent; else it is `squeezed`. */
MUST_USE bool conn_memory_may_serve(struct conn *);

/* The worker squeezes no more. */
void conn_memory_loosen(struct conn *);

/* Bytes that the connections of a worker hold.  Any thread. */
static inline uint64_t
conn_memory_of_set(const struct conn_set *set)
{
    return counter_read(&set->memory.lent) - set->memory.fixed;
}

#endif
