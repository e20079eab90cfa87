/*
 * binding: opens the sockets that the options and the service manager ask for.
 *
 * Without -s these are the addresses of -l at the ports of -p and -U.  Sockets of a service manager
 * come first; in addition to them, only addresses that the options name explicitly are opened.
 *
 * Threads: the main thread, at the start.
 */
#ifndef SERVER_SERVE_BINDING_H
#define SERVER_SERVE_BINDING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/must.h"

struct options;
struct service;
struct sockets;

/*
 * Opens all sockets, and writes the file that MEMCACHED_PORT_FILENAME names. false:
 * `why` has a sentence, and the sockets opened until then are in `sockets`.
 */
MUST_USE bool binding_open(
    struct sockets *, const struct options *, const struct service *, char *why, size_t n_why);

#endif
