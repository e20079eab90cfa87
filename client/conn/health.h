/*
 * health: whether a server is taken for alive.
 *
 * So many failures in a row, and it is dead for a while, and nobody waits for it.
 * Then it is tried again: if that fails too, it is dead for twice as long.
 */
#ifndef CLIENT_CONN_HEALTH_H
#define CLIENT_CONN_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "client/conn/config.h"

struct health {
    uint32_t failures; /* in a row */
    uint64_t dead_until_ns;
    uint64_t back_off_ns; /* of the last time; 0: it has not been dead since it worked */
};

/* Whether it may be asked. */
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

/* A connection could not be made, broke, or stayed silent. */
void health_failed(struct health *, const struct config *, uint64_t now_ns);

#endif
