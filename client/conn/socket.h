/*
 * socket: a plain stream whose socket can also be waited for in the read itself.
 *
 * The socket is a blocking one, and all of a stream's functions say each time that
 * they do not wait.  So a call with one question to one server needs two system
 * calls, and not a third to wait between them: socket_wait is a read that waits,
 * as long as socket_begin has said.
 */
#ifndef CLIENT_CONN_SOCKET_H
#define CLIENT_CONN_SOCKET_H

#include <stdbool.h>

#include "base/stream.h"

/* Takes over a connected socket that does not block.  false: it cannot be changed, and stays as it was. */
MUST_USE bool socket_begin(struct stream *, int fd, uint64_t timeout_ns);

/* What such a stream is known by. */
extern const struct stream_ops socket_ops;

/* As recv, but waits until there is something; -EAGAIN when the time has passed, or a signal came. */
MUST_USE ssize_t socket_wait(struct stream *, void *, size_t);

#endif
