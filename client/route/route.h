/*
 * route: which server a key belongs to, in the words of whoever shares the servers.
 *
 * Programs that use one set of servers through several clients find each other's
 * keys only if all of them agree here to the last bit.  So a ring has a dialect,
 * a row of route.def, and is proven by what the real client answers.
 *
 * A ring never changes.  Another list of servers, or one of them gone or back, is
 * another ring; whoever holds the old one swaps them and frees it when nobody uses it.
 *
 * Threads: any number may ask one ring at once.  Asking allocates nothing.
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
    ROUTE_SERVERS_MAX = 4096,   /* in one ring */
    ROUTE_WEIGHT_MAX = 1000000, /* of one server */
};

#define ROUTE_NONE UINT32_MAX

struct route_server {
    struct bytes host;  /* as everyone writes it: a name, an address, a socket's path */
    struct bytes alias; /* its name on the ring, where that is not made of host and port; mostly empty */
    uint16_t port;      /* 0 for a socket */
    uint32_t weight;    /* 0 counts as 1 */
    bool out;           /* keeps its number and is asked for nothing: the ring is made of the others */
};

struct route_rules {
    enum route_dialect dialect;
    enum keyhash_kind hash; /* of keys; KEYHASH_OWN: the dialect's */
    char tag[2]; /* only what stands between the two is hashed, as in "user:{42}:name"; 0, 0: all of a key */
};

struct route; /* route_internal.h */

/*
 * What a dialect is called, alone or as "dialect/hash": "twemproxy-ketama/md5".
 * Some have a second name; "ketama" is libmemcached-weighted, which libketama's
 * users, php-memcached's compatible mode and twemproxy with md5 agree upon.
 * False leaves the rules alone: there is none of that name.
 */
bool route_named(const char *words, struct route_rules *);
const char *route_word(enum route_dialect);

/*
 * Nothing that `servers` points to is needed afterwards.  0, -ENOMEM, or -EINVAL:
 * too many servers, a weight or a name that is too large.
 */
MUST_USE int route_new(
    struct route **, const struct route_rules *, const struct route_server *servers, unsigned n);
void route_free(struct route **);

unsigned route_n_servers(const struct route *);

/* The number of the key's server in the list.  ROUTE_NONE: the list is empty, or all of it is out. */
uint32_t route_find(const struct route *, struct bytes key);

/*
 * The key's server, then who the dialect would ask instead, each once.  Returns how
 * many, at most `max`; fewer where the dialect gives up before it has asked all.
 */
unsigned route_choose(const struct route *, struct bytes key, uint32_t *choice, unsigned max);

#endif
