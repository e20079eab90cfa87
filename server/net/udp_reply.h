/*
 * udp_reply: the reply to one datagram; see udp.h.
 *
 * It is collected completely before it is sent, because each of its datagrams has their number:
 *
 *   n + UDP_HEAD for each datagram of it  <=  most      while not too_much
 *
 * Threads: the worker's that serves the datagram.
 */
#ifndef SERVER_NET_UDP_REPLY_H
#define SERVER_NET_UDP_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/counter.h"
#include "base/must.h"

enum {
    UDP_HEAD = 8,
    /* of a reply's datagram: with the headers of IP and UDP it fits into any usual frame */
    UDP_PAYLOAD = 1400 - UDP_HEAD,
    UDP_REPLY_MAX = 64 << 10,
};

/* The sender of a request, as the datagram names it. */
struct udp_peer {
    struct sockaddr_storage address;
    socklen_t n;
};

struct udp_reply {
    size_t n;
    size_t most; /* largest reply, with the headers of its datagrams */
    bool too_much;
    char bytes[UDP_REPLY_MAX];
};

/* The largest reply to a request of `n_request` bytes. */
size_t udp_reply_most(size_t n_request, size_t factor, const struct udp_peer *);

void udp_reply_begin(struct udp_reply *, size_t most);

/* false, and nothing more is added, when the reply becomes too long. */
MUST_USE bool udp_reply_add(struct udp_reply *, const void *p, size_t n);

/*
 * Sends the reply to the request whose number is in these 2 bytes.  Datagrams
 * that the kernel refuses are lost.
 */
void udp_reply_send(struct udp_reply *, int fd, const char id[2], struct udp_peer *, counter *counters);

#endif
