/*
 * conn_turn: one turn of a connection, from received bytes to sent bytes.
 *
 * A turn begins when the socket is ready for the event that the connection waits
 * for, or when a connection that yielded or was parked continues.
 */
#ifndef SERVER_CONN_CONN_TURN_H
#define SERVER_CONN_CONN_TURN_H

#include "server/conn/conn.h"

/* libevent's callback: the socket is ready for the event that the connection waits for. */
void conn_turn_on_event(evutil_socket_t fd, short what, void *conn);

/*
 * Runs a turn of a connection that yielded or was parked, or whose socket is
 * ready.  It may close the connection.
 */
void conn_turn_take(struct conn *c);

/* Runs a turn of a connection whose body was refused between two turns. */
void conn_turn_answer_refused(struct conn *c);

/*
 * Waits for EV_READ or EV_WRITE, or for the event that its stream needs instead;
 * 0: for no event.  false when out of memory.
 */
MUST_USE bool conn_turn_wait_for(struct conn *c, short what);

/*
 * Runs a turn of a connection for datagrams: the requests of `in`, without
 * waiting for more bytes.  Returns whether some are left for another turn.
 */
bool conn_turn_serve_datagram(struct conn *, struct buffer *in);

/*
 * The first request of `in`, or the one of which `in` is the beginning, for its
 * dialect; NULL if that is unknown.
 */
const struct request *conn_turn_parse_datagram(struct conn *, struct buffer *in);

#endif
