/*
 * log: writes one line per message to standard error.
 *
 * Levels follow -v: LOG_ERROR always, LOG_WARN and LOG_INFO with -v, LOG_DEBUG
 * with -vv, LOG_TRACE with -vvv.  A message never contains a value or a password.
 * Only messages of LOG_DEBUG and LOG_TRACE contain keys, and these are escaped.
 *
 * After log_start no thread waits for the reader of standard error: lines are
 * copied to a buffer, and the log's own thread writes them.  A line that finds the
 * buffer full is dropped and counted; once the buffer has space again, a line
 * reports the number.  Before log_start and after log_stop the caller writes the
 * line itself, and waits STDERR_WAIT_MS at most.
 *
 * Threads: any; log_start and log_stop: the main thread only.
 * Locks:   its own, below all ranks; no thread waits while it holds it.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/must.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG, LOG_TRACE };

extern _Atomic int log_limit; /* the most detailed level that is written; relaxed */

static inline bool
log_on(enum log_level level)
{
    return (int)level <= atomic_load_explicit(&log_limit, memory_order_relaxed);
}

/* For -v given n times. */
void log_set_verbosity(int n);
int log_verbosity(void);

void log_write(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define LOG(level, ...)                         \
    do {                                        \
        if (__builtin_expect(log_on(level), 0)) \
            log_write(level, __VA_ARGS__);      \
    } while (0)

/*
 * Starts the writing thread; call it after the last fork, since threads do not
 * survive a fork.  0, or an errno.
 */
MUST_USE int log_start(void);

/*
 * Writes the remaining lines, for STDERR_WAIT_MS at most, and ends the thread.
 * Without log_start it does nothing.
 */
void log_stop(void);

/*
 * Waits until all earlier lines are written, for STDERR_WAIT_MS at most: for a
 * process that is about to end without log_stop.  Async-signal-safe.
 */
void log_flush(void);

/* Lines that were not written. */
uint64_t log_lines_dropped(void);

#endif
