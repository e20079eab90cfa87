#include "base/log.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/log_internal.h"

_Atomic int log_limit = LOG_ERROR;

static _Atomic int verbosity;

void
log_set_verbosity(int n)
{
    static const enum log_level limit[] = {LOG_ERROR, LOG_INFO, LOG_DEBUG, LOG_TRACE};
    int i = n < 0 ? 0 : n > 3 ? 3 : n;
    atomic_store_explicit(&verbosity, n < 0 ? 0 : n, memory_order_relaxed);
    atomic_store_explicit(&log_limit, (int)limit[i], memory_order_relaxed);
}

int
log_verbosity(void)
{
    return atomic_load_explicit(&verbosity, memory_order_relaxed);
}

void
log_write(enum log_level level, const char *format, ...)
{
    static const char *const name[] = {"error", "warning", "info", "debug", "trace"};
    char line[LOG_LINE_MAX];
    static_assert(sizeof name / sizeof *name == LOG_TRACE + 1, "a name for each level");
    MUST(level <= LOG_TRACE);
    int n = snprintf(line, sizeof line, "larderd: %s: ", name[level]);
    va_list ap;
    va_start(ap, format);
    int m = vsnprintf(line + n, sizeof line - (size_t)n, format, ap);
    va_end(ap);
    size_t len = (size_t)n + (m < 0 ? 0 : (size_t)m);
    if (len > sizeof line - 2)
        len = sizeof line - 2; /* a truncated message still ends its line */
    line[len++] = '\n';
    log_put(line, len);
}
