/*
 * service: sockets that a service manager passes, and notifications to it.
 *
 * The protocol is systemd's (sd_listen_fds(3), sd_notify(3)), a few environment
 * variables and lines of text, so no library is needed:
 *
 *   LISTEN_FDS LISTEN_PID LISTEN_FDNAMES   sockets that are already open, from descriptor 3 on
 *   NOTIFY_SOCKET                          where to send READY=1, RELOADING=1, STOPPING=1
 *   WATCHDOG_USEC WATCHDOG_PID             the interval of WATCHDOG=1; the manager restarts us if it is missing
 *
 * Without a manager none of this has an effect.
 *
 * Threads: the main thread.
 */
#ifndef SERVER_PROCESS_SERVICE_H
#define SERVER_PROCESS_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/must.h"
#include "server/owner.h"

struct event;
struct event_base;

#define SERVICE_MAGIC 0x73727663u

struct service {
    uint32_t magic;     /* from service_init on */
    struct owner owner; /* the main thread */
    int notify_fd;      /* connected; -1: the manager wants no notifications */
    int n_sockets;
    char *names; /* of the sockets, separated by colons; NULL: none */
    uint64_t watchdog_us;
    struct event *watchdog;
};

/*
 * Reads the variables and removes them from the environment, so that child
 * processes do not use them.  Called before a daemon forks.
 */
void service_init(struct service *);
void service_fini(struct service *);

/* Socket `i` of n_sockets, and its name, which may be empty.  The caller closes it. */
int service_socket(const struct service *, int i, struct bytes *name);

/* Reports that everything is ready, and starts to feed the watchdog; false when out of memory. */
MUST_USE bool service_ready(struct service *, struct event_base *);

void service_reloading(struct service *);
void service_reloaded(struct service *);
void service_stopping(struct service *);

#endif
