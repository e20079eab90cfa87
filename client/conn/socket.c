/* socket: see socket.h. */
#include "client/conn/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static ssize_t
result(ssize_t n)
{
    if (LIKELY(n >= 0))
        return n;
    return errno == EINTR || errno == EWOULDBLOCK ? -EAGAIN : -errno;
}

static ssize_t
socket_recv(struct stream *s, void *p, size_t n)
{
    return result(recv(s->fd, p, n, MSG_DONTWAIT));
}

static ssize_t
socket_recvv(struct stream *s, const struct iovec *iov, int n_iov)
{
    struct msghdr msg = {.msg_iov = (struct iovec *)iov, .msg_iovlen = (size_t)n_iov};
    return result(recvmsg(s->fd, &msg, MSG_DONTWAIT));
}

static ssize_t
socket_send(struct stream *s, const void *p, size_t n)
{
    return result(send(s->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT));
}

static ssize_t
socket_sendv(struct stream *s, const struct iovec *iov, int n_iov)
{
    struct msghdr msg = {.msg_iov = (struct iovec *)iov, .msg_iovlen = (size_t)n_iov};
    return result(sendmsg(s->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT));
}

static void
socket_close(struct stream *s)
{
    MUST(s->fd >= 0);
    close(s->fd);
    s->fd = -1;
}

const struct stream_ops socket_ops = {socket_recv, socket_recvv, socket_send, socket_sendv, socket_close};

bool
socket_begin(struct stream *s, int fd, uint64_t timeout_ns)
{
    struct timeval t = {.tv_sec = (time_t)(timeout_ns / 1000000000),
        .tv_usec = (suseconds_t)(timeout_ns % 1000000000 / 1000)};
    MUST(s->ops != &socket_ops && s->tls == NULL);
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t) != 0 ||
        fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) != 0)
        return false;
    *s = (struct stream){.ops = &socket_ops, .fd = fd};
    return true;
}

ssize_t
socket_wait(struct stream *s, void *p, size_t n)
{
    CHECKED_MUST(s->ops == &socket_ops && n > 0);
    return result(recv(s->fd, p, n, 0));
}
