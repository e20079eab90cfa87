#include "base/stderr.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/types.h>
#include <unistd.h>

bool
stderr_write(const char *p, size_t n)
{
    static _Atomic bool stuck; /* relaxed */
    struct pollfd fd = {.fd = STDERR_FILENO, .events = POLLOUT};
    int wait_ms = atomic_load_explicit(&stuck, memory_order_relaxed) ? 0 : STDERR_WAIT_MS, ready;
    do
        ready = poll(&fd, 1, wait_ms);
    while (ready < 0 && errno == EINTR);
    atomic_store_explicit(&stuck, ready == 0, memory_order_relaxed);
    return ready > 0 && write(STDERR_FILENO, p, n) == (ssize_t)n;
}
