/* log_internal: shared by log.c and log_thread.c. */
#ifndef BASE_LOG_INTERNAL_H
#define BASE_LOG_INTERNAL_H

#include <stddef.h>

enum { LOG_LINE_MAX = 1024 };

/* Writes or drops a line of at most LOG_LINE_MAX bytes. */
void log_put(const char *line, size_t n);

#endif
