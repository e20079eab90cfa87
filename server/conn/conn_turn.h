/*
 * conn_turn: one turn of a connection, from bytes to bytes.
 *
 * A turn begins when the socket is ready for what the connection waits for, or
 * when one that yielded or was parked may go on.
 */
#ifndef SERVER_CONN_CONN_TURN_H
#define SERVER_CONN_CONN_TURN_H

#include "server/conn/conn.h"

/* libevent's callback: the socket is ready for what the connection waits for. */
void conn_turn_on_event(evutil_socket_t fd, short what, void *conn);

/* A turn: of a connection that yielded or was parked, or whose socket is ready.  It may close it. */
void conn_turn_take(struct conn *c);

/* A turn of a connection whose body was refused between two turns. */
void conn_turn_answer_refused(struct conn *c);

/* Waits for EV_READ or EV_WRITE, or for what its stream says instead; 0: for no event.  false when out of memory. */
MUST_USE bool conn_turn_wait_for(struct conn *c, short what);

/*
 * A turn of one whose peer has `datagrams`: requests of `in`, which it does not wait for
 * more of.  Whether there are some left for another turn.
 */
bool conn_turn_serve_datagram(struct conn *, struct buffer *in);

/* The first request of `in`, for its words, or that of which it is the beginning; NULL if that cannot be told. */
const struct request *conn_turn_parse_datagram(struct conn *, struct buffer *in);

#endif
