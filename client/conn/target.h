/*
 * target: the place of one server, as a list of servers has it.
 *
 *   host[:port[:weight]][=name]     [address]:port     /path/of/a/socket
 *
 * An IPv6 address without brackets has more than two colons, and no port.
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
    char label[TARGET_LABEL_MAX + 1]; /* host:port, for messages */
    uint16_t port;                    /* 0: `host` is a socket's path */
    uint32_t weight;
};

/*
 * Reads the next server of the list at *list, and moves *list past it.
 * LARDER_OK, LARDER_MISS at the end, LARDER_BAD_ARGUMENT.
 */
MUST_USE int target_next(const char **list, struct target *);

bool target_is_same(const struct target *, const struct target *); /* have the same host and port */

/* The target as a ring's server; it points into the target. */
struct route_server target_on_ring(const struct target *);

#endif
