/*
 * log: one line a message, to standard error.
 *
 * Levels follow -v: LOG_ERROR always, LOG_WARN and LOG_INFO with -v, LOG_DEBUG
 * with -vv, LOG_TRACE with -vvv.  A message never holds a value, a password or
 * a key unless it is LOG_DEBUG or below, and then keys are escaped.
 *
 * After log_start no thread waits for the reader of standard error: lines are
 * copied to a buffer, and a thread of the log's own writes them.  Lines that
 * find the buffer full are dropped and counted, and once there is room again a
 * line says how many.  Before log_start and after log_stop a line is written at
 * once, which waits STDERR_WAIT_MS at most.
 *
 * Threads: any, but log_start and log_stop: the main thread's.
 * Locks:   one of its own, below all ranks; nothing waits while it is held.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/must.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG, LOG_TRACE };

extern _Atomic int log_limit; /* most talkative level that is written; relaxed */

static inline bool
log_on(enum log_level level)
{
    return (int)level <= atomic_load_explicit(&log_limit, memory_order_relaxed);
}

/* -v given n times. */
void log_set_verbosity(int n);
int log_verbosity(void);

void log_write(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define LOG(level, ...)                         \
    do {                                        \
        if (__builtin_expect(log_on(level), 0)) \
            log_write(level, __VA_ARGS__);      \
    } while (0)

/* Starts the thread that writes: after the last fork, which no thread survives.  0, or an errno. */
MUST_USE int log_start(void);

/* Writes what is left, for STDERR_WAIT_MS at most, and ends the thread.  Nothing to do without log_start. */
void log_stop(void);

/*
 * Waits until all lines of before are written, for STDERR_WAIT_MS at most: for a
 * process that is about to end otherwise than by log_stop.  Async-signal-safe.
 */
void log_flush(void);

/* Lines that were not written. */
uint64_t log_lines_dropped(void);

#endif
