/*
 * privileges: limits that the process raises while it still may, and the user that it then becomes.
 *
 * The first two and privileges_drop return 0, or log the reason and return the status to exit with.
 *
 * Threads: the main thread, before there are others.
 */
#ifndef SERVER_PROCESS_PRIVILEGES_H
#define SERVER_PROCESS_PRIVILEGES_H

#include <stdint.h>

#include "base/must.h"

struct options;

/*
 * Raises the limits that the options need: open files for -c, core files for -r,
 * locked memory for -k.  A -c that was not given is lowered to the limit instead.
 */
MUST_USE int privileges_raise_limits(struct options *);

/* Only open files, for a -c that changes. */
MUST_USE int privileges_raise_files(struct options *);

/* If root started the process: becomes the user of -u for good. */
MUST_USE int privileges_drop(const struct options *);

/* The number of descriptors that are not connections of clients. */
uint32_t privileges_reserved_fds(const struct options *);

#endif
