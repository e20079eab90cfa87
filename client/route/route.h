/*
 * route: the server of a key, as other clients of the same servers compute it.
 *
 * Programs that use one set of servers through several clients find each other's
 * keys only if all clients agree to the last bit.  So a ring has a dialect, a row of
 * route.def, and tests compare it with the real client.
 *
 * A ring never changes.  To add a server, remove one, or set its `out`, the owner makes
 * another ring, swaps the two, and frees the old one when no thread uses it.
 *
 * Threads: any number may look up keys in one ring at once.  A lookup allocates nothing.
 */
#ifndef CLIENT_ROUTE_ROUTE_H
#define CLIENT_ROUTE_ROUTE_H

#include "base/bytes.h"
#include "base/must.h"
#include "client/route/keyhash.h"

enum route_dialect {
#define DIALECT(name, word, way, points, node, hash, after) ROUTE_##name,
#include "client/route/route.def"
#undef DIALECT
    N_ROUTE_DIALECTS
};

enum {
    ROUTE_PORT = 11211,         /* some dialects leave it unsaid */
    ROUTE_SERVERS_MAX = 4096,   /* some dialects do not write it */
    ROUTE_WEIGHT_MAX = 1000000, /* of one server */
};

#define ROUTE_NONE UINT32_MAX

struct route_server {
    struct bytes host;  /* as all clients write it: a name, an address, a socket's path */
    struct bytes alias; /* its name on the ring, instead of host and port; usually empty */
    uint16_t port;      /* 0 for a socket */
    uint32_t weight;    /* 0 counts as 1 */
    bool out;           /* keeps its number and gets no keys: the ring consists of the others */
};

struct route_rules {
    enum route_dialect dialect;
    enum keyhash_kind hash; /* of keys; KEYHASH_OWN: the dialect's */
    char tag[2]; /* only the part between the two is hashed, as in "user:{42}:name"; 0, 0: the whole key */
};

struct route; /* route_internal.h */

/*
 * Reads the name of a dialect, alone or as "dialect/hash": "twemproxy-ketama/md5".
 * Some have a second name; "ketama" is libmemcached-weighted, on which libketama's
 * users, php-memcached's compatible mode and twemproxy with md5 agree.
 * False if the name is unknown; the rules then stay as they are.
 */
bool route_named(const char *words, struct route_rules *);
const char *route_word(enum route_dialect);

/*
 * The caller may free all that `servers` points to afterwards.  0, -ENOMEM, or -EINVAL:
 * too many servers, or a weight or a name that is too large.
 */
MUST_USE int route_new(
    struct route **, const struct route_rules *, const struct route_server *servers, unsigned n);
void route_free(struct route **);

/* The number of the key's server in the list.  ROUTE_NONE: the list is empty, or all its servers are out. */
uint32_t route_find(const struct route *, struct bytes key);

/*
 * The key's server, then those that the dialect asks instead, each once.  Returns their
 * number, at most `max`; fewer if the dialect gives up before it has tried all.
 */
unsigned route_choose(const struct route *, struct bytes key, uint32_t *choice, unsigned max);

#endif
