/*
 * sockets: the sockets that accept connections, and those that receive datagrams.
 *
 * A name may resolve to several addresses, as "all" does to one of IPv4 and one of IPv6; each gets
 * its socket.  An address that this machine does not have (because of its family, or because a name
 * resolves to it) is skipped if another one is left; an address that another process listens on is
 * an error.  Sockets that a service manager has opened are used as they are.
 *
 * Threads: opened and closed by the main thread, before the workers start and after they have ended;
 * in between only read.
 */
#ifndef SERVER_NET_SOCKETS_H
#define SERVER_NET_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "base/must.h"
#include "server/text/address.h"

enum { SOCKETS_MAX = 64 }; /* of sockets for streams */

/* A socket that we listen on, and what applies to the connections that it accepts. */
struct listening {
    int fd;
    int worker; /* the worker that receives its datagrams; -1: a stream socket, which accepts connections */
    bool again; /* an earlier socket has the same address */
    struct address_traits traits;
    STAILQ_ENTRY(listening) link;
};

struct sockets {
    STAILQ_HEAD(, listening) all; /* in the order in which they were opened */
    size_t n, n_streams, n_datagrams;
    const char *unix_path; /* borrowed: the file is removed at the end, if it is still ours */
    dev_t unix_dev;
    ino_t unix_ino;
};

static inline void
sockets_must_hold(const struct sockets *s)
{
    MUST(s->n == s->n_streams + s->n_datagrams && s->n_streams <= SOCKETS_MAX);
    MUST(STAILQ_EMPTY(&s->all) == (s->n == 0));
}

void sockets_init(struct sockets *);
void sockets_close(struct sockets *);

/* Opens more sockets.  false: `why` has a sentence; the sockets opened until then stay open. */
MUST_USE bool sockets_listen_tcp(
    struct sockets *, const struct address *, int backlog, char *why, size_t n_why);

/* `mode` is the access mode of the file.  A stale socket file, on which no server answers, is replaced. */
MUST_USE bool sockets_listen_unix(struct sockets *, const char *path, unsigned mode, int backlog,
    const struct address_traits *, char *why, size_t n_why);

/*
 * Takes over `fd`, a listening stream socket or a bound UDP socket; closes it if
 * that fails.  The file of a UNIX socket is not removed at the end.
 */
MUST_USE bool sockets_adopt(
    struct sockets *, int fd, const struct address_traits *, int n_workers, char *why, size_t n_why);

/*
 * For datagrams, `n_each` sockets for each address; they belong to the workers 0
 * ... n_workers - 1 in turn.  The kernel distributes the clients of an address
 * over its sockets, so a datagram wakes only one worker.
 */
MUST_USE bool sockets_listen_udp(
    struct sockets *, const struct address *, int n_each, int n_workers, char *why, size_t n_why);

#endif
