/*
 * log: one line a message, to standard error.
 *
 * Levels follow -v: LOG_ERROR always, LOG_WARN and LOG_INFO with -v, LOG_DEBUG
 * with -vv, LOG_TRACE with -vvv.  A message never holds a value, a password or
 * a key unless it is LOG_DEBUG or below, and then keys are escaped.
 *
 * Threads: any.  One write(2) a line, so lines never mix.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdatomic.h>
#include <stdbool.h>

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

#endif
