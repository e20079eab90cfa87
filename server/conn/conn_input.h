/*
 * conn_input: a connection's bytes between the socket and the parser.
 *
 * The set's buffer is read into for everybody.  What a turn leaves of it, half
 * a line mostly, is put aside and moved to its front again before the next
 * read.  Only a login or a body that a command needs whole may outgrow what may
 * be moved so often: it stays in the connection's own buffer, which then is what
 * is read into, and grows.
 *
 * A client that does not take its replies leaves all that one read has brought
 * to wait.  Where many bytes wait already, a read brings less, and where the
 * bound of all connections is near, little (conn_memory.c): so a worker's
 * connections together have at most
 *
 *   WAITING_MAX + INPUT_LESS_BYTES for each of them
 */
#ifndef SERVER_CONN_CONN_INPUT_H
#define SERVER_CONN_CONN_INPUT_H

#include "server/conn/conn.h"

/* Where the next bytes go, behind those that wait: the set's buffer or the connection's.  NULL when out of memory. */
MUST_USE struct buffer *conn_input_buffer(struct conn *);

enum came { CAME_SOME, CAME_NONE, CAME_END };

/* One read into `in`, or, with a body on its way, into the body's place and what is behind it into `in`. */
MUST_USE enum came conn_input_read(struct conn *, struct buffer *in);

/* Keeps what the turn has not used of `in`; false when out of memory. */
MUST_USE bool conn_input_keep(struct conn *, struct buffer *in);

#endif
