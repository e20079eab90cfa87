/*
 * conn_body: a connection's value on its way into the store; see body.h.
 */
#ifndef SERVER_CONN_CONN_BODY_H
#define SERVER_CONN_CONN_BODY_H

#include "server/conn/conn.h"

/* Begins a storing command whose value has not all come. */
enum turn conn_body_begin(struct conn *, const struct request *, struct buffer *in);

/* Goes on with it: takes what `in` has of it, stores it when it is whole, or answers that it is refused. */
enum turn conn_body_take(struct conn *, struct buffer *in);

/* Before a read into the body's place, outside a turn: takes memory.  false: conn_body_take says how it goes on. */
MUST_USE bool conn_body_make_room(struct conn *);

/* The rest will not come; on closing. */
void conn_body_drop(struct conn *);

#endif
