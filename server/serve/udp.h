/*
 * udp: requests and replies in datagrams, for those who ask without a connection.
 *
 * In front of each datagram stand 8 bytes, four numbers with the high byte first:
 *
 *   0  the client's number of its request, which comes back
 *   2  which datagram of the message this is, from 0 on
 *   4  how many the message has; a request has 1, a reply as many as it takes
 *   6  0
 *
 * Behind them are requests as on a connection, of which none may go on in
 * another datagram; all their replies together are the reply.  What does not
 * keep to that is dropped without a word, as memcached does.
 *
 * Who asks is not known: an address in a datagram is easily forged, and the
 * reply then hits somebody else.  So a reply, counted in datagrams with their 8
 * bytes, is bounded:
 *
 *   to a loopback address, which cannot be forged from outside   UDP_REPLY_MAX
 *   to any other         -o udp_reply_factor times the request, and UDP_REPLY_MAX
 *
 * What is more is answered with an error, if that is not too much itself.  And
 * what comes from the port that we serve, or is an ERROR, is from a server like
 * us: the two would answer each other for ever, so it is dropped.
 *
 * Threads: a worker has its own sockets, and nobody else touches them.
 */
#ifndef SERVER_SERVE_UDP_H
#define SERVER_SERVE_UDP_H

#include <stdbool.h>

struct conn_set;
struct sockets;
struct udp; /* udp.c */

/*
 * Serves the datagram sockets of worker `index`, with the set's buffers.  NULL
 * when out of memory, and when there are none; `*ok` tells these apart.
 */
struct udp *udp_new(struct conn_set *, const struct sockets *, int index, bool *ok);
void udp_free(struct udp **);

/* Begins to read them: on the worker's own thread, when all workers are there.  `udp` may be NULL. */
void udp_start(struct udp *udp);

#endif
