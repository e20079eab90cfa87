/* conn_body: a connection's value that is being received; see body.h. */
#ifndef SERVER_CONN_CONN_BODY_H
#define SERVER_CONN_CONN_BODY_H

#include "server/conn/conn.h"

/* Begins a storing command of whose value only a part has arrived. */
enum turn conn_body_begin(struct conn *, const struct request *, struct buffer *in);

/*
 * Continues it: takes the bytes of `in`, stores the value when it is complete,
 * or answers that it is refused.
 */
enum turn conn_body_take(struct conn *, struct buffer *in);

/*
 * Called before a read into the item, outside a turn: reserves memory.  false:
 * conn_body_take decides how it continues.
 */
MUST_USE bool conn_body_make_room(struct conn *);

/* Frees it, because the connection closes. */
void conn_body_drop(struct conn *);

#endif
