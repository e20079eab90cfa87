/*
 * sockets: the sockets that we listen on, and those that take datagrams.
 *
 * A name may stand for several addresses, as "all" does for one of IPv4 and
 * one of IPv6; each gets its socket.  What this machine does not have (a
 * family, an address of the name) is passed over as long as one is left; an
 * address that somebody else listens on is an error.  Sockets that a service
 * manager has opened are taken over as they are.
 *
 * Threads: opened and closed by the main thread, before the workers start and
 *          after they have ended; in between only read.
 */
#ifndef SERVER_NET_SOCKETS_H
#define SERVER_NET_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "base/must.h"
#include "server/text/address.h"

enum { SOCKETS_MAX = 64 }; /* of streams */

/* A socket that we listen on, and what holds for the connections that come in by it. */
struct listening {
    int fd;
    int worker; /* whose datagrams these are; -1: a stream, connections come in by it */
    bool again; /* one for the same address stands before it */
    struct address_traits traits;
    STAILQ_ENTRY(listening) link;
};

struct sockets {
    STAILQ_HEAD(, listening) all; /* in the order in which they were asked for */
    size_t n, n_streams, n_datagrams;
    const char *unix_path; /* borrowed: to be removed at the end, if it is still ours */
    dev_t unix_dev;
    ino_t unix_ino;
};

void sockets_init(struct sockets *);
void sockets_close(struct sockets *);

/* Opens more of them.  false: `why` has a sentence; what was opened stays so. */
MUST_USE bool sockets_listen_tcp(
    struct sockets *, const struct address *, int backlog, char *why, size_t n_why);

/* `mode` is the access mode of the file.  A stale socket that nobody answers on is replaced. */
MUST_USE bool sockets_listen_unix(struct sockets *, const char *path, unsigned mode, int backlog,
    const struct address_traits *, char *why, size_t n_why);

/*
 * Takes over `fd`, a listening stream socket or a bound one of datagrams, which
 * is closed if that fails.  Its file, if it has one, is not ours to remove.
 */
MUST_USE bool sockets_adopt(
    struct sockets *, int fd, const struct address_traits *, int n_workers, char *why, size_t n_why);

/*
 * For datagrams, `n_each` sockets for each address; they go to the workers
 * 0 ... n_workers - 1 in turn.  The kernel deals the peers of one address out
 * to its sockets, so that workers do not wake each other up for nothing.
 */
MUST_USE bool sockets_listen_udp(
    struct sockets *, const struct address *, int n_each, int n_workers, char *why, size_t n_why);

#endif
