/*
 * socket: a plain stream in which a read can wait.
 *
 * The socket is in blocking mode, and the stream's functions ask each time not to wait,
 * except socket_wait, which waits up to the timeout of socket_begin.  So a call with one
 * request to one server needs two system calls, without a third one to wait.
 */
#ifndef CLIENT_CONN_SOCKET_H
#define CLIENT_CONN_SOCKET_H

#include <stdbool.h>

#include "base/stream.h"

/* Takes over a connected socket that does not block.  False: it cannot be changed, and stays as it was. */
MUST_USE bool socket_begin(struct stream *, int fd, uint64_t timeout_ns);

/* Identifies such a stream. */
extern const struct stream_ops socket_ops;

/* Like recv, but waits for bytes; -EAGAIN after the timeout or a signal. */
MUST_USE ssize_t socket_wait(struct stream *, void *, size_t);

#endif
