/*
 * route_internal: definitions that the files of route share.
 *
 * A way is one const struct of functions.  It is called only if there are two servers
 * or more to choose from: route.c handles none and one.
 */
#ifndef CLIENT_ROUTE_ROUTE_INTERNAL_H
#define CLIENT_ROUTE_ROUTE_INTERNAL_H

#include "client/route/route.h"

enum {
    ROUTE_NAME_MAX = 512,                      /* of a host or an alias */
    ROUTE_NODE_SIZE = 2 * ROUTE_NAME_MAX + 32, /* a server as written on a ring */
    ROUTE_REHASH_MAX = 1024,                   /* the longest key that is hashed again after a number */
    ROUTE_POINTS_MAX = 1 << 24,                /* on one circle */
};

enum route_node { ROUTE_PLAIN, ROUTE_BARE, ROUTE_SAID, ROUTE_SLASH, ROUTE_TWICE, ROUTE_COLON };
enum route_after { ROUTE_CLOCKWISE, ROUTE_PREFIXED, ROUTE_ADDED };

/* How a server's points on a circle are computed: from numbered strings, each of which gives some words. */
struct route_points {
    uint32_t (*n_strings)(const struct route_server *, uint32_t n_live, uint64_t total_weight);
    void (*words)(const struct route *, const char *string, size_t n, uint32_t word[4]);
    uint32_t n_words;
    const struct route_points *weighted; /* used instead if a weight is above 1; NULL: no other */
};

/* A row of route.def. */
struct route_kind {
    const char *word;
    const struct route_way *way;
    const struct route_points *points;
    enum route_node node;
    enum keyhash_kind hash;
    enum route_after after;
};

/* Sorted by value, then by owner; a search for v begins at first[v >> shift]. */
struct route_point {
    uint32_t value;
    uint32_t owner;
};

struct route_circle {
    struct route_point *point;
    uint32_t *first;
    uint32_t n;
    uint8_t shift;
};

/* live[] has the numbers, below n, of the servers that are not out, in ascending order. */
struct route {
    const struct route_kind *kind;
    keyhash_function hash;
    char tag[2];
    uint32_t n, n_live;
    uint32_t *live;
    struct route_circle circle; /* of ring, and of buckets while it is built */
    void *own;                  /* what the way keeps, if it is another than ring and buckets */
};

struct route_way {
    /* 0, -ENOMEM or -EINVAL; fini is called after a failure too. */
    int (*build)(struct route *, const struct route_server *);
    unsigned (*choose)(const struct route *, struct bytes key, uint32_t *choice, unsigned max);
    void (*fini)(struct route *);
};

extern const struct route_points route_points_none, route_points_one, route_points_weighted,
    route_points_full, route_points_sha1, route_points_xxh3, route_points_pecl;
extern const struct route_way route_ring, route_buckets, route_modula, route_shares, route_folded,
    route_rendezvous, route_jump, route_random;

/* The chosen servers, each once, in their order. */
struct route_picks {
    uint32_t *choice;
    unsigned n, max;
};

/* Adds a server; false when there are enough. */
static inline bool
route_pick(struct route_picks *p, uint32_t server)
{
    CHECKED_MUST(p->n < p->max);
    for (unsigned i = 0; i < p->n; i++)
        if (p->choice[i] == server)
            return true;
    p->choice[p->n++] = server;
    return p->n < p->max;
}

/* Adds the servers after `server` in the list, then those from its beginning, until there are enough. */
void route_pick_after(const struct route *, struct route_picks *, uint32_t server);

/* Whether `server` is in live[]. */
bool route_is_live(const struct route *, uint32_t server);

static inline uint32_t
route_weight(const struct route_server *s)
{
    return s->weight == 0 ? 1 : s->weight;
}

/* Writes a server as `node` says, without its "-i".  Returns the length; `out` has ROUTE_NODE_SIZE bytes. */
size_t route_write_node(const struct route_server *, enum route_node node, char *out);

/* Makes r->circle for the live ones of `servers`. */
MUST_USE int route_draw(struct route *r, const struct route_server *servers);
void route_circle_fini(struct route_circle *);

/* The first point at `value` or after it; after the last point, the first of all. */
static inline uint32_t
route_circle_at(const struct route_circle *c, uint32_t value)
{
    CHECKED_MUST(c->n > 0 && c->first != NULL && c->shift > 0);
    uint32_t i = c->first[value >> c->shift];
    while (i < c->n && c->point[i].value < value)
        i++;
    return i == c->n ? 0 : i;
}

#endif
