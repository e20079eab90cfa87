/*
 * health: whether a server is marked down.
 *
 * After some failures in a row, a server is marked down for a while, and requests to it
 * fail without waiting.  Then it is tried again; if that fails, it is marked down for
 * twice as long.
 */
#ifndef CLIENT_CONN_HEALTH_H
#define CLIENT_CONN_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "client/conn/config.h"

struct health {
    uint32_t failures; /* in a row */
    uint64_t dead_until_ns;
    uint64_t back_off_ns; /* the last time down; 0: not marked down since it worked */
};

/* Whether the server may be asked. */
static inline bool
health_may_try(const struct health *h, uint64_t now_ns)
{
    return h->dead_until_ns == 0 || now_ns >= h->dead_until_ns;
}

static inline void
health_worked(struct health *h)
{
    if (UNLIKELY(h->failures > 0))
        *h = (struct health){0};
}

/* Connecting failed, the connection broke, or no answer came in time. */
void health_failed(struct health *, const struct config *, uint64_t now_ns);

#endif
