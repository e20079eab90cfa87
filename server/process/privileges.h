/*
 * privileges: what the process takes from the system while it still may, and
 * which user it then is.
 *
 * Both return 0, or have logged why not and return the status to exit with.
 *
 * Threads: the main thread, before there are others.
 */
#ifndef SERVER_PROCESS_PRIVILEGES_H
#define SERVER_PROCESS_PRIVILEGES_H

#include <stdint.h>

#include "base/must.h"

struct options;

/*
 * Raises the limits that the options need: open files for -c, core files for
 * -r, locked memory for -k.  A -c that was not given is made to fit instead.
 */
MUST_USE int privileges_raise_limits(struct options *);

/* Open files alone, for a -c that changes. */
MUST_USE int privileges_raise_files(struct options *);

/* Started by root: becomes -u's user, for good. */
MUST_USE int privileges_drop(const struct options *);

/* Descriptors that are not clients' connections. */
uint32_t privileges_reserved_fds(const struct options *);

#endif
