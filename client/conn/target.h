/*
 * target: one server's place, as a list of servers has it.
 *
 *   host[:port[:weight]][=name]     [address]:port     /path/of/a/socket
 *
 * A bare IPv6 address, which has more than two colons, has no port behind it.
 */
#ifndef CLIENT_CONN_TARGET_H
#define CLIENT_CONN_TARGET_H

#include <stdint.h>

#include "base/must.h"
#include "client/route/route.h"

enum { TARGET_HOST_MAX = 255, TARGET_LABEL_MAX = TARGET_HOST_MAX + 16 };

struct target {
    char host[TARGET_HOST_MAX + 1];
    char alias[TARGET_HOST_MAX + 1];
    char label[TARGET_LABEL_MAX + 1]; /* host:port, what people and errors call it */
    uint16_t port;                    /* 0 of a socket's path */
    uint32_t weight;
};

/* The next of the list at *list, which moves behind it.  LARDER_OK, LARDER_MISS at the end, LARDER_BAD_ARGUMENT. */
MUST_USE int target_next(const char **list, struct target *);

bool target_is_same(const struct target *, const struct target *); /* connects to the same place */

/* As a ring knows it; borrows from it. */
struct route_server target_on_ring(const struct target *);

#endif
