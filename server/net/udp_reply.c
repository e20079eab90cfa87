#include "server/net/udp_reply.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "server/counters.h"

enum { FRAMES_PER_CALL = 16 };
static_assert(UDP_REPLY_MAX / UDP_PAYLOAD < UINT16_MAX, "a frame's number has two bytes");

static bool
is_loopback(const struct udp_peer *peer)
{
    if (peer->address.ss_family == AF_INET) {
        const struct sockaddr_in *in = (const void *)&peer->address;
        return ntohl(in->sin_addr.s_addr) >> 24 == 127;
    }
    if (peer->address.ss_family == AF_INET6) {
        const struct in6_addr *in6 = &((const struct sockaddr_in6 *)(const void *)&peer->address)->sin6_addr;
        return IN6_IS_ADDR_LOOPBACK(in6) || (IN6_IS_ADDR_V4MAPPED(in6) && in6->s6_addr[12] == 127);
    }
    return false;
}

size_t
udp_reply_most(size_t n_request, size_t factor, const struct udp_peer *peer)
{
    size_t most = n_request * factor;
    return is_loopback(peer) || most > UDP_REPLY_MAX ? UDP_REPLY_MAX : most;
}

void
udp_reply_begin(struct udp_reply *r, size_t most)
{
    CHECKED_MUST(most <= UDP_REPLY_MAX);
    r->n = 0;
    r->most = most;
    r->too_much = false;
}

static size_t
n_frames(size_t n)
{
    return (n + UDP_PAYLOAD - 1) / UDP_PAYLOAD;
}

bool
udp_reply_add(struct udp_reply *r, const void *p, size_t n)
{
    size_t after = r->n + n;
    r->too_much |= after + n_frames(after) * UDP_HEAD > r->most;
    if (r->too_much)
        return false;
    MUST(after <= sizeof r->bytes);
    memcpy(r->bytes + r->n, p, n);
    r->n = after;
    return true;
}

/* Sends the frames `from` to `to`; returns the number that the kernel accepted, or a negative errno. */
static int
send_some(struct udp_reply *r, int fd, const char *id, size_t from, size_t to, struct udp_peer *peer,
    counter *counters)
{
    MUST(from < to && to - from <= FRAMES_PER_CALL);
    struct mmsghdr message[FRAMES_PER_CALL];
    struct iovec iov[FRAMES_PER_CALL][2];
    unsigned char head[FRAMES_PER_CALL][UDP_HEAD];
    size_t total = n_frames(r->n);
    CHECKED_MUST(to <= total);
    for (size_t i = from; i < to; i++) {
        size_t at = i * UDP_PAYLOAD, n = r->n - at, k = i - from;
        unsigned char h[UDP_HEAD] = {(unsigned char)id[0], (unsigned char)id[1], (unsigned char)(i >> 8),
            (unsigned char)i, (unsigned char)(total >> 8), (unsigned char)total, 0, 0};
        memcpy(head[k], h, UDP_HEAD);
        iov[k][0] = (struct iovec){head[k], UDP_HEAD};
        iov[k][1] = (struct iovec){r->bytes + at, n < UDP_PAYLOAD ? n : UDP_PAYLOAD};
        message[k] = (struct mmsghdr){
            .msg_hdr = {
                .msg_name = &peer->address, .msg_namelen = peer->n, .msg_iov = iov[k], .msg_iovlen = 2}};
    }
    counter_inc(&counters[WORKER_N_SENDS]);
    int sent = sendmmsg(fd, message, (unsigned)(to - from), MSG_NOSIGNAL);
    for (int i = 0; i < sent; i++)
        counter_add(&counters[WORKER_N_BYTES_WRITTEN], message[i].msg_len);
    return sent < 0 ? -errno : sent;
}

void
udp_reply_send(struct udp_reply *r, int fd, const char id[2], struct udp_peer *peer, counter *counters)
{
    size_t total = n_frames(r->n);
    CHECKED_MUST(r->n + total * UDP_HEAD <= r->most);
    for (size_t from = 0; from < total;) {
        size_t to = total - from < FRAMES_PER_CALL ? total : from + FRAMES_PER_CALL;
        int n = send_some(r, fd, id, from, to, peer, counters);
        if (n < 0) {
            LOG(LOG_DEBUG, "<%d a reply is lost: %s", fd, strerror(-n));
            counter_add(&counters[WORKER_N_UDP_UNSENT], total - from);
            return;
        }
        CHECKED_MUST((size_t)n <= to - from);
        from += (size_t)n;
    }
}
