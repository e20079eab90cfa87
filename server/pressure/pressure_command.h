/*
 * pressure_command: the operator's command, run at each change of level.
 *
 * It runs as `/bin/sh -c COMMAND`, in a process group of its own, with only our
 * standard output and error, and with our environment and these variables:
 *
 *   LARDER_PRESSURE      the level: normal, warning, critical, emergency
 *   LARDER_PRESSURE_WAS  the level before
 *   LARDER_USED, LARDER_LIMIT   bytes of the control group; 0 without a limit
 *   LARDER_MEMORY        bytes that the store may use now
 *   LARDER_PID           the process id of larderd
 *
 * One command runs at a time.  Of the levels that are entered in the meantime,
 * only the last gets a command afterwards.  A command that takes too long is
 * killed, with its group.  No thread waits for it.
 *
 * Threads: the main thread's.
 */
#ifndef SERVER_PRESSURE_PRESSURE_COMMAND_H
#define SERVER_PRESSURE_PRESSURE_COMMAND_H

#include <stdint.h>

#include "base/must.h"

struct event_base;
struct pressure_command;

/* The values of the variables. */
struct pressure_news {
    const char *level, *was; /* string literals */
    uint64_t used, limit, memory;
};

/* A command may run for `longest_s`.  NULL when out of memory. */
struct pressure_command *pressure_command_new(struct event_base *, const char *command, uint32_t longest_s);
/* Does not end a command that still runs. */
void pressure_command_free(struct pressure_command **);

void pressure_command_tell(struct pressure_command *, const struct pressure_news *);

/* Called once a second: kills a command that has run too long. */
void pressure_command_tick(struct pressure_command *);

struct pressure_command_stats {
    uint64_t n_run, n_failed, n_killed; /* n_failed: not started, or ended with a status other than 0 */
};
struct pressure_command_stats pressure_command_stats(const struct pressure_command *); /* any thread */

#endif
