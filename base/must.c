#include "base/must.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/stderr.h"

void (*must_before_abort)(void);

void
must_fail(const char *what, const char *file, int line, const char *function)
{
    char text[1024];
    int n = snprintf(
        text, sizeof text, "larder: assertion failed: %s\n  in %s, %s:%d\n", what, function, file, line);
    if (must_before_abort != NULL)
        must_before_abort();
    (void)stderr_write(text, n < (int)sizeof text ? (size_t)n : sizeof text - 1);
    abort();
}
