/*
 * conn_input: a connection's bytes between the socket and the parser.
 *
 * All connections read into the set's buffer.  The rest that a turn leaves in it, usually half a
 * line, is saved in memory of the connection, and moved to the front of the set's buffer before the
 * next read.  Only a login, or a body that a command needs whole, may be longer than is worth moving
 * so often: it stays in the connection's own buffer, which then grows and is read into directly.
 *
 * A client that does not read its replies leaves all bytes of one read waiting.  If many
 * bytes wait already, a read takes fewer bytes, and if the bound of all connections is near,
 * even fewer (conn_memory.c).  So a worker's connections together hold at most
 *
 *   WAITING_MAX + INPUT_LESS_BYTES for each of them
 */
#ifndef SERVER_CONN_CONN_INPUT_H
#define SERVER_CONN_CONN_INPUT_H

#include "server/conn/conn.h"

/*
 * The buffer for the next bytes, after the saved ones: the set's or the
 * connection's.  NULL when out of memory.
 */
MUST_USE struct buffer *conn_input_buffer(struct conn *);

enum came { CAME_SOME, CAME_NONE, CAME_END };

/*
 * Reads once into `in`; if a body is being received, into the item first, and
 * the bytes after it into `in`.
 */
MUST_USE enum came conn_input_read(struct conn *, struct buffer *in);

/* Saves the bytes of `in` that the turn has not used; false when out of memory. */
MUST_USE bool conn_input_keep(struct conn *, struct buffer *in);

#endif
