#include "base/must.h"

#include <stdio.h>
#include <stdlib.h>

void
must_fail(const char *what, const char *file, int line, const char *function)
{
    fprintf(stderr, "larder: broken promise: %s\n  in %s, %s:%d\n", what, function, file, line);
    fflush(stderr);
    abort();
}
