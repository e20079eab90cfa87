/*
 * stream: sends and receives a socket's bytes, plain or through TLS.
 *
 * The caller of a stream does not see which kind it is: plain (stream_tcp.c; UNIX
 * sockets too) or TLS (stream_tls.c); each kind is a table of functions.
 * No function waits: the socket is non-blocking, and -EAGAIN means that the caller
 * must wait until it is ready.
 *
 * Results of recv, recvv, send and sendv:
 *   > 0       bytes sent or received
 *   0         recv: the peer has ended the stream
 *   -EAGAIN   nothing now; also for -EINTR
 *   < 0       a negative errno: the stream has failed
 * If the count is less than was offered, the next call would return -EAGAIN.
 * After -EAGAIN from a send the caller must offer the same bytes again; it may append more.
 *
 * Threads: a stream belongs to the thread that serves its connection.
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
    void (*close)(struct stream *); /* closes the socket, too */
};

struct stream {
    const struct stream_ops *ops;
    int fd; /* for poll and getpeername */

    /* State after the last call.  In a plain stream both stay false. */
    bool crossed : 1; /* it waits for the opposite: a recv to write, a send to read */
    bool pending : 1; /* the next recv need not wait for the socket */

    /* for stream_tls.c: */
    uint8_t tls_end;
    uint16_t tls_owed;
    struct ssl_st *tls;
};

/* A plain stream over `fd`, which it then owns. */
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
