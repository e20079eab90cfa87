/*
 * daemon: -d and -P.
 *
 * The process that was started waits until its child in the background is up,
 * and exits with 0 then; if the child fails, it says why on the terminal and
 * its status becomes the parent's.
 *
 * Threads: the main thread.
 */
#ifndef SERVER_PROCESS_DAEMON_H
#define SERVER_PROCESS_DAEMON_H

#include <stdbool.h>

#include "base/must.h"

struct options;

struct daemon {
    const struct options *options;
    bool wrote_pidfile;
    int ready_fd; /* to the waiting parent; -1 when there is none */
};

/* With -d, goes to the background; returns in the child only.  0, or the status to exit with.  Before any thread. */
MUST_USE int daemon_begin(struct daemon *, const struct options *);

/* Everything is up: writes the pidfile, lets the parent go, leaves directory and terminal (unless -v). */
MUST_USE int daemon_ready(struct daemon *);

/* Removes the pidfile. */
void daemon_end(struct daemon *);

#endif
