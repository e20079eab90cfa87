/*
 * service: what a service manager hands over, and what it is told.
 *
 * The manner is systemd's (sd_listen_fds(3), sd_notify(3)), which is a few
 * environment variables and lines of text, so no library is needed:
 *
 *   LISTEN_FDS LISTEN_PID LISTEN_FDNAMES   sockets that are open already, from descriptor 3 on
 *   NOTIFY_SOCKET                          where to say READY=1, RELOADING=1, STOPPING=1
 *   WATCHDOG_USEC WATCHDOG_PID             say WATCHDOG=1 so often, or be restarted
 *
 * Without a manager all of this does nothing.
 *
 * Threads: the main thread.
 */
#ifndef SERVER_PROCESS_SERVICE_H
#define SERVER_PROCESS_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/must.h"

struct event;
struct event_base;

struct service {
    int notify_fd; /* connected; -1: nobody wants to know */
    int n_sockets;
    char *names; /* of the sockets, with colons between; NULL: none */
    uint64_t watchdog_us;
    struct event *watchdog;
};

/* Reads the environment and removes it, so that it is nobody's after us.  Before a daemon forks. */
void service_init(struct service *);
void service_fini(struct service *);

/* The socket `i` of n_sockets, and its name, which may be empty.  Whoever asks closes it. */
int service_socket(const struct service *, int i, struct bytes *name);

/* Everything is up.  From now on the watchdog is fed; false when out of memory. */
MUST_USE bool service_ready(struct service *, struct event_base *);

void service_reloading(struct service *);
void service_reloaded(struct service *);
void service_stopping(struct service *);

#endif
