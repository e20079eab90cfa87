/* stream_tcp: a plain socket; see stream.h. */
#include "base/stream.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static ssize_t
result(ssize_t n)
{
    if (LIKELY(n >= 0))
        return n;
    switch (errno) {
    case EINTR:
#if EWOULDBLOCK != EAGAIN
    case EWOULDBLOCK:
#endif
        return -EAGAIN;
    default: return -errno;
    }
}

static ssize_t
tcp_recv(struct stream *s, void *p, size_t n)
{
    CHECKED_MUST(n > 0); /* else the end of the stream could not be told */
    return result(recv(s->fd, p, n, 0));
}

static ssize_t
tcp_recvv(struct stream *s, const struct iovec *iov, int n_iov)
{
    return result(readv(s->fd, iov, n_iov));
}

static ssize_t
tcp_send(struct stream *s, const void *p, size_t n)
{
    return result(send(s->fd, p, n, MSG_NOSIGNAL));
}

static ssize_t
tcp_sendv(struct stream *s, const struct iovec *iov, int n_iov)
{
    struct msghdr msg = {.msg_iov = (struct iovec *)iov, .msg_iovlen = (size_t)n_iov};
    return result(sendmsg(s->fd, &msg, MSG_NOSIGNAL));
}

static void
tcp_close(struct stream *s)
{
    MUST(s->fd >= 0); /* closed once */
    close(s->fd);
    s->fd = -1;
}

struct stream
stream_tcp(int fd)
{
    static const struct stream_ops ops = {tcp_recv, tcp_recvv, tcp_send, tcp_sendv, tcp_close};
    return (struct stream){.ops = &ops, .fd = fd};
}
