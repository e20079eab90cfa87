/*
 * udp_reply: what answers one datagram; see udp.h.
 *
 * It is gathered whole, because each of its datagrams says how many there are:
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
    UDP_PAYLOAD = 1400 - UDP_HEAD, /* of a reply's datagram: with IP's and UDP's heads it fits everywhere */
    UDP_REPLY_MAX = 64 << 10,
};

/* Who asked, or who is said to have. */
struct udp_peer {
    struct sockaddr_storage address;
    socklen_t n;
};

struct udp_reply {
    size_t n;
    size_t most; /* that it may be, with the heads of its datagrams */
    bool too_much;
    char bytes[UDP_REPLY_MAX];
};

/* How large the reply to a request may be. */
size_t udp_reply_most(size_t n_request, size_t factor, const struct udp_peer *);

void udp_reply_begin(struct udp_reply *, size_t most);

/* false, and nothing more is taken, when it is too much. */
MUST_USE bool udp_reply_add(struct udp_reply *, const void *p, size_t n);

/* To whoever's request had these 2 bytes for its number.  What the kernel does not take is lost, as datagrams may be. */
void udp_reply_send(struct udp_reply *, int fd, const char id[2], struct udp_peer *, counter *counters);

#endif
