/*
 * pressure_command: the operator's own command, run at each change of level.
 *
 * `/bin/sh -c COMMAND`, in a process group of its own, with nothing of ours but
 * standard output and error, and in its environment besides what we were started with:
 *
 *   LARDER_PRESSURE      the level: normal, warning, critical, emergency
 *   LARDER_PRESSURE_WAS  the one before
 *   LARDER_USED, LARDER_LIMIT   bytes of the control group; 0 without a limit
 *   LARDER_MEMORY        bytes that the store may use now
 *   LARDER_PID           the server
 *
 * One runs at a time: levels that come meanwhile wait, and of these only the last
 * is told of.  One that takes too long is killed, with its group.  Nothing waits for it.
 *
 * Threads: the main thread's.
 */
#ifndef SERVER_PRESSURE_PRESSURE_COMMAND_H
#define SERVER_PRESSURE_PRESSURE_COMMAND_H

#include <stdint.h>

#include "base/must.h"

struct event_base;
struct pressure_command;

/* What is told. */
struct pressure_news {
    const char *level, *was; /* literals */
    uint64_t used, limit, memory;
};

/* None may take longer than `longest_s`.  NULL when out of memory. */
struct pressure_command *pressure_command_new(struct event_base *, const char *command, uint32_t longest_s);
/* One that still runs goes on by itself. */
void pressure_command_free(struct pressure_command **);

void pressure_command_tell(struct pressure_command *, const struct pressure_news *);

/* Once a second: ends what has taken too long. */
void pressure_command_tick(struct pressure_command *);

struct pressure_command_stats {
    uint64_t n_run, n_failed,
        n_killed; /* `failed`: could not be started, or ended with another status than 0 */
};
struct pressure_command_stats pressure_command_stats(const struct pressure_command *); /* any thread */

#endif
