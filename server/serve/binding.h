/*
 * binding: which sockets the options and the service manager ask for.
 *
 * Without -s these are the addresses of -l at the ports of -p and -U.  Sockets
 * that a service manager has opened come first; besides them there are only
 * those that were asked for in so many words.
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
 * Opens them all, and writes the file that MEMCACHED_PORT_FILENAME names.
 * false: `why` has a sentence, and what was opened is in `sockets`.
 */
MUST_USE bool binding_open(
    struct sockets *, const struct options *, const struct service *, char *why, size_t n_why);

#endif
