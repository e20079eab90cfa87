/*
 * stream: bytes to and from a socket, whatever is spoken underneath.
 *
 * Who reads and writes a stream cannot tell what it is: plain (stream_tcp.c;
 * UNIX sockets too) or TLS (stream_tls.c), which is another row of functions.
 * Nothing here waits: the socket is non-blocking, and -EAGAIN says that it has
 * to become ready first.
 *
 * Results of recv, recvv, send and sendv:
 *   > 0       bytes that went
 *   0         recv: the peer has ended the stream
 *   -EAGAIN   nothing for now, -EINTR included
 *   < 0       a negative errno: the stream is broken
 * A count that is shorter than what was offered means the same as -EAGAIN next time.
 * Whoever was told to wait while sending offers the same bytes again, and may offer more behind them.
 *
 * Threads: a stream belongs to whoever holds its connection; one at a time.
 */
#ifndef BASE_STREAM_H
#define BASE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "base/must.h"

struct stream;

struct stream_ops {
    ssize_t (*recv)(struct stream *, void *, size_t);
    ssize_t (*recvv)(struct stream *, const struct iovec *, int n_iov);
    ssize_t (*send)(struct stream *, const void *, size_t);
    ssize_t (*sendv)(struct stream *, const struct iovec *, int n_iov);
    void (*close)(struct stream *); /* the socket too */
};

struct stream {
    const struct stream_ops *ops;
    int fd; /* for waiting on, and for asking who is at the other end */

    /* What the last call left behind.  Of a plain stream both stay false. */
    bool crossed : 1; /* it waits for the other side: a recv for room to write, a send for bytes to read */
    bool pending : 1; /* the next recv does not have to wait for the socket */

    /* stream_tls.c's own: */
    uint8_t tls_end;
    uint16_t tls_owed;
    struct ssl_st *tls;
};

/* A stream over `fd`, which is its own from now on. */
struct stream stream_tcp(int fd);

static inline MUST_USE ssize_t
stream_recv(struct stream *s, void *p, size_t n)
{
    return s->ops->recv(s, p, n);
}

static inline MUST_USE ssize_t
stream_recvv(struct stream *s, const struct iovec *iov, int n_iov)
{
    return s->ops->recvv(s, iov, n_iov);
}

static inline MUST_USE ssize_t
stream_send(struct stream *s, const void *p, size_t n)
{
    return s->ops->send(s, p, n);
}

static inline MUST_USE ssize_t
stream_sendv(struct stream *s, const struct iovec *iov, int n_iov)
{
    return s->ops->sendv(s, iov, n_iov);
}

static inline void
stream_close(struct stream *s)
{
    s->ops->close(s);
}

#endif
