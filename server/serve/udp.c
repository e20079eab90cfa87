#include "server/serve/udp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "base/log.h"
#include "server/conn/conn_close.h"
#include "server/conn/conn_turn.h"
#include "server/options/options.h"
#include "server/server.h"
#include "server/net/sockets.h"
#include "server/net/udp_reply.h"

enum {
    UDP_MAGIC = 0x75647073,
    DATAGRAMS_PER_EVENT = 32, /* then connections are served */
};

/* A UDP socket, with the parts of a connection that its requests need. */
struct udp_socket {
    struct conn conn;
    struct udp *udp;
    in_port_t port;
    STAILQ_ENTRY(udp_socket) link;
};

/* All UDP sockets of a worker. */
struct udp {
    uint32_t magic;
    struct conn_set *set;
    counter *counters;
    STAILQ_HEAD(, udp_socket) sockets;

    struct udp_reply reply; /* to the datagram that is being served */
};

/* ---- the stream of a turn's replies: it stores the bytes ---- */

static struct udp *
udp_of(struct stream *stream)
{
    struct conn *c = (struct conn *)((char *)stream - offsetof(struct conn, stream));
    conn_must_be(c);
    MUST(c->peer.datagrams);
    struct udp *udp = ((struct udp_socket *)((char *)c - offsetof(struct udp_socket, conn)))->udp;
    MUST(udp->magic == UDP_MAGIC);
    return udp;
}

static ssize_t
udp_send(struct stream *stream, const void *p, size_t n)
{
    return udp_reply_add(&udp_of(stream)->reply, p, n) ? (ssize_t)n : -EMSGSIZE;
}

static ssize_t
udp_sendv(struct stream *stream, const struct iovec *iov, int n_iov)
{
    ssize_t all = 0;
    for (int i = 0; i < n_iov; i++) {
        ssize_t n = udp_send(stream, iov[i].iov_base, iov[i].iov_len);
        if (n < 0)
            return n;
        all += n;
    }
    return all;
}

/* A turn finds its requests in the buffer, and never reads. */
static ssize_t
udp_recv(struct stream *stream, void *p, size_t n)
{
    (void)stream, (void)p, (void)n;
    return -EAGAIN;
}

static ssize_t
udp_recvv(struct stream *stream, const struct iovec *iov, int n_iov)
{
    (void)stream, (void)iov, (void)n_iov;
    return -EAGAIN;
}

/* The socket belongs to the listener. */
static void
udp_close(struct stream *stream)
{
    stream->fd = -1;
}

/* ---- a turn ---- */

/*
 * Answers with an error instead of a reply that is too large, in the dialect of
 * the first request; with nothing, if the error is too large as well.
 */
static void
refuse(struct udp_socket *s, struct buffer *in)
{
    struct udp *udp = s->udp;
    struct conn_set *set = udp->set;
    struct outq_sent sent = {0};
    const struct response rsp = {
        .kind = RSP_FAIL,
        .failure = FAILURE_TOO_LARGE,
        .text = BYTES("SERVER_ERROR reply too large for UDP"),
    };
    counter_inc(&udp->counters[WORKER_N_UDP_TOO_LARGE]);
    udp_reply_begin(&udp->reply, udp->reply.most);
    const struct request *req = conn_turn_parse_datagram(&s->conn, in);
    if (req == NULL)
        return;
    cmd_reply(&set->ctx, req, &rsp);
    if (outq_send(&set->out, &s->conn.stream, set->ctx.thread, &sent) != OUTQ_SENT)
        outq_drop(&set->out, set->ctx.thread);
}

/* A datagram leaves no state for the next one: neither bytes nor a login. */
static void
reset_state(struct conn *c)
{
    conn_close_work(c);
    c->parser = (struct parser){.protocol = c->from->traits.protocol, .whole_lines = true};
    cmd_peer_may(&c->peer, c->set->server->tables, c->set->rights_at_first);
    c->swallow = 0;
    c->closing = c->interrupted = false;
    atomic_store_explicit(&c->state, CONN_READ, memory_order_relaxed);
}

static void
answer(struct udp_socket *s, struct buffer *in, struct udp_peer *peer)
{
    conn_must_be(&s->conn);
    MUST(in->end > UDP_HEAD);
    struct udp *udp = s->udp;
    struct udp_reply *reply = &udp->reply;
    char id[2] = {in->p[0], in->p[1]};
    uint32_t end = in->end;
    uint32_t factor = OPTION_NOW(udp->set->server->options, udp_reply_factor);
    udp_reply_begin(reply, udp_reply_most(in->end, factor, peer));
    in->start = UDP_HEAD;
    while (conn_turn_serve_datagram(&s->conn, in) && !reply->too_much)
        continue;
    if (reply->too_much) {
        in->start = UDP_HEAD;
        in->end = end;
        refuse(s, in);
    }
    reset_state(&s->conn);
    udp_reply_send(reply, s->conn.stream.fd, id, peer, udp->counters);
}

/*
 * The answer of a server to an invalid command; no client sends it.  Two servers that
 * answer each other's, after a datagram with a forged address, would never stop.
 */
static bool
is_reply(const struct buffer *in)
{
    MUST(in->end >= UDP_HEAD);
    return bytes_begin_with(bytes_of(in->p + UDP_HEAD, in->end - UDP_HEAD), BYTES("ERROR"));
}

static bool
is_request(const struct udp_socket *s, const struct buffer *in, const struct udp_peer *peer)
{
    bool v6 = peer->address.ss_family == AF_INET6;
    in_port_t from = v6 ? ((const struct sockaddr_in6 *)(const void *)&peer->address)->sin6_port
                        : ((const struct sockaddr_in *)(const void *)&peer->address)->sin_port;
    return in->end > UDP_HEAD && in->p[4] == 0 && in->p[5] == 1 && from != s->port && from != 0 &&
           !is_reply(in);
}

/* false: no more datagrams for now. */
static bool
take_one(struct udp_socket *s)
{
    struct udp *udp = s->udp;
    struct buffer *in = &udp->set->input;
    struct udp_peer peer = {.n = sizeof peer.address};
    int fd = s->conn.stream.fd;
    counter_inc(&udp->counters[WORKER_N_READS]);
    ssize_t n = recvfrom(fd, in->p, in->size, 0, (struct sockaddr *)&peer.address, &peer.n);
    if (n < 0) {
        if (errno != EAGAIN && errno != EINTR)
            LOG(LOG_INFO, "<%d cannot read a datagram: %s", fd, strerror(errno));
        return false;
    }
    MUST((size_t)n <= in->size);
    in->start = 0;
    in->end = (uint32_t)n;
    counter_inc(&udp->counters[WORKER_N_UDP_DATAGRAMS]);
    counter_add(&udp->counters[WORKER_N_BYTES_READ], (uint64_t)n);
    if (is_request(s, in, &peer))
        answer(s, in, &peer);
    else
        counter_inc(&udp->counters[WORKER_N_UDP_DROPPED]);
    return true;
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct udp_socket *s = arg;
    MUST(s->udp->magic == UDP_MAGIC && s->conn.stream.fd == fd);
    (void)what;
    for (int i = 0; i < DATAGRAMS_PER_EVENT && take_one(s); i++)
        continue;
}

/* ---- opening and closing ---- */

static in_port_t
port_of(int fd)
{
    struct sockaddr_storage own = {0};
    socklen_t n = sizeof own;
    (void)getsockname(fd, (struct sockaddr *)&own, &n);
    return own.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)(void *)&own)->sin6_port
                                     : ((struct sockaddr_in *)(void *)&own)->sin_port;
}

static bool
take_socket(struct udp *udp, const struct listening *from)
{
    MUST(from->worker >= 0 && from->fd >= 0);
    static const struct stream_ops ops = {udp_recv, udp_recvv, udp_send, udp_sendv, udp_close};
    struct udp_socket *s = calloc(1, sizeof *s);
    if (s == NULL)
        return false;
    s->udp = udp;
    s->port = port_of(from->fd);
    conn_init(&s->conn, udp->set, (struct stream){.ops = &ops, .fd = from->fd}, from);
    s->conn.peer.datagrams = true;
    reset_state(&s->conn);
    STAILQ_INSERT_TAIL(&udp->sockets, s, link);
    return event_assign(&s->conn.event, udp->set->base, from->fd, EV_READ | EV_PERSIST, on_readable, s) == 0;
}

struct udp *
udp_new(struct conn_set *set, const struct sockets *sockets, int index, bool *ok)
{
    conn_set_must_be(set);
    server_must_be_main_thread(set->server);
    const struct listening *from;
    struct udp *udp = malloc(sizeof *udp);
    *ok = udp != NULL;
    if (udp == NULL)
        return NULL;
    udp->magic = UDP_MAGIC;
    udp->set = set;
    udp->counters = set->ctx.counters;
    STAILQ_INIT(&udp->sockets);
    udp_reply_begin(&udp->reply, 0);
    STAILQ_FOREACH(from, &sockets->all, link)
    {
        if (*ok && from->worker == index)
            *ok = take_socket(udp, from);
    }
    if (!*ok || STAILQ_EMPTY(&udp->sockets))
        udp_free(&udp);
    return udp;
}

void
udp_start(struct udp *udp)
{
    struct udp_socket *s;
    if (udp == NULL)
        return;
    MUST(udp->magic == UDP_MAGIC);
    conn_set_must_be_self(udp->set);
    STAILQ_FOREACH(s, &udp->sockets, link)
    if (event_add(&s->conn.event, NULL) != 0)
        LOG(LOG_ERROR, "libevent refuses a UDP socket");
}

void
udp_free(struct udp **up)
{
    struct udp *udp = *up;
    struct udp_socket *s;
    *up = NULL;
    if (udp == NULL)
        return;
    MUST(udp->magic == UDP_MAGIC);
    while ((s = STAILQ_FIRST(&udp->sockets)) != NULL) {
        STAILQ_REMOVE_HEAD(&udp->sockets, link);
        if (event_initialized(&s->conn.event))
            event_del(&s->conn.event);
        free(s);
    }
    udp->magic = 0;
    free(udp);
}
