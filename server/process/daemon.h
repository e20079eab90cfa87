/*
 * daemon: -d and -P.
 *
 * The process that was started waits until its child in the background is ready,
 * and then exits with 0.  If the child fails, the child prints the reason to the
 * terminal, and the parent exits with the child's status.
 *
 * Threads: the main thread.
 */
#ifndef SERVER_PROCESS_DAEMON_H
#define SERVER_PROCESS_DAEMON_H

#include <stdbool.h>

#include "base/must.h"
#include "server/owner.h"

struct options;

struct daemon {
    struct owner owner; /* the main thread, from daemon_begin on */
    const struct options *options;
    bool wrote_pidfile;
    int ready_fd; /* to the waiting parent; -1: there is none */
};

/*
 * With -d, forks into the background, and returns only in the child: 0, or the
 * status to exit with.  Called before any thread starts.
 */
MUST_USE int daemon_begin(struct daemon *, const struct options *);

/*
 * Everything is ready: writes the pidfile, lets the parent exit, and leaves
 * directory and terminal (unless -v).
 */
MUST_USE int daemon_ready(struct daemon *);

/* Removes the pidfile. */
void daemon_end(struct daemon *);

#endif
