/*
 * sockets: the sockets that we listen on.
 *
 * A name may stand for several addresses, as "all" does for one of IPv4 and
 * one of IPv6; each gets its socket.  What this machine does not have (a
 * family, an address of the name) is passed over as long as one is left; an
 * address that somebody else listens on is an error.
 *
 * Threads: opened and closed by the main thread, before the workers start and
 *          after they have ended; in between only read.
 */
#ifndef SERVER_SOCKETS_H
#define SERVER_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/must.h"
#include "server/address.h"

enum { SOCKETS_MAX = 64 };

/* A socket that we listen on, and what holds for the connections that come in by it. */
struct listening {
    int fd;
};

struct sockets {
    struct listening at[SOCKETS_MAX];
    size_t n;
    const char *unix_path; /* borrowed: to be removed at the end, if it is still ours */
    dev_t unix_dev;
    ino_t unix_ino;
};

/* Opens more of them.  false: `why` has a sentence; what was opened stays so. */
MUST_USE bool sockets_listen_tcp(
    struct sockets *, const struct address *, int backlog, char *why, size_t n_why);

/* `mode` is the access mode of the file.  A stale socket that nobody answers on is replaced. */
MUST_USE bool sockets_listen_unix(
    struct sockets *, const char *path, unsigned mode, int backlog, char *why, size_t n_why);

void sockets_close(struct sockets *);

#endif
