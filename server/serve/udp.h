/*
 * udp: requests and replies in datagrams, for clients without a connection.
 *
 * Each datagram begins with 8 bytes, four numbers with the high byte first:
 *
 *   0  the client's number of its request, which the reply repeats
 *   2  the number of this datagram in the message, from 0 on
 *   4  the number of datagrams of the message; a request has 1, a reply as many as it needs
 *   6  0
 *
 * After them come requests as on a connection; none may continue in another
 * datagram.  All their replies together are the reply.  As in memcached,
 * datagrams of another form are dropped without a reply.
 *
 * The address in a datagram may be forged, and the reply is then sent to a host that did not
 * ask.  So the size of a reply, counted in datagrams with their 8 bytes, is bounded:
 *
 *   to a loopback address, which cannot be forged from outside   UDP_REPLY_MAX
 *   to any other         -o udp_reply_factor times the request, and UDP_REPLY_MAX
 *
 * A larger reply is replaced by an error, if that is not too large itself.
 * Datagrams from the port that we serve, and those that are an ERROR, come from
 * another server: the two would answer each other for ever, so they are dropped.
 *
 * Threads: a worker has its own sockets, and no other thread uses them.
 */
#ifndef SERVER_SERVE_UDP_H
#define SERVER_SERVE_UDP_H

#include <stdbool.h>

struct conn_set;
struct sockets;
struct udp; /* udp.c */

/*
 * Serves the UDP sockets of worker `index`, with the set's buffers.  NULL when
 * out of memory, and when there are none; `*ok` tells these apart.
 */
struct udp *udp_new(struct conn_set *, const struct sockets *, int index, bool *ok);
void udp_free(struct udp **);

/* Starts to read them: on the worker's own thread, when all workers run.  `udp` may be NULL. */
void udp_start(struct udp *udp);

#endif
