/*
 * ring: the key's hash meets a point on the circle, whose owner has the key.
 *
 * Dialects that use the point at or after the hash go on clockwise for the next choice,
 * which has the key once its first server is taken off the ring.
 * Two dialects hash the key again instead, and give up after some tries; one of
 * them uses the point at or before the hash.
 */
#include "client/route/route_internal.h"

#include <stdio.h>

/* Numbers of servers to try, with the first. */
enum {
    PREFIXED_TRIES = 20,
    ADDED_TRIES = 7,
};

/* The point at `value` or before it; before the first point, the last of all. */
static uint32_t
at_or_before(const struct route_circle *c, uint32_t value)
{
    uint32_t i = c->first[value >> c->shift];
    while (i < c->n && c->point[i].value <= value)
        i++;
    CHECKED_MUST(c->n > 0 && i <= c->n);
    return (i == 0 ? c->n : i) - 1;
}

static void
pick_clockwise(const struct route_circle *c, struct route_picks *picks, uint32_t at)
{
    for (uint32_t i = 0; i < c->n; i++)
        if (!route_pick(picks, c->point[at + i < c->n ? at + i : at + i - c->n].owner))
            return;
}

static uint32_t
hash_behind(const struct route *r, unsigned number, struct bytes key)
{
    CHECKED_MUST(key.n <= ROUTE_REHASH_MAX);
    char again[ROUTE_REHASH_MAX + 16];
    int digits = snprintf(again, 16, "%u", number);
    memcpy(again + digits, key.p, key.n);
    return (uint32_t)r->hash(again, (size_t)digits + key.n);
}

/* dalli: "0key", "1key" ... */
static void
pick_prefixed(const struct route *r, struct route_picks *picks, struct bytes key, uint32_t hash)
{
    const struct route_circle *c = &r->circle;
    bool more = route_pick(picks, c->point[at_or_before(c, hash)].owner);
    for (unsigned try = 0; more && try < PREFIXED_TRIES - 1 && key.n <= ROUTE_REHASH_MAX; try++)
        more = route_pick(picks, c->point[at_or_before(c, hash_behind(r, try, key))].owner);
}

/* spymemcached: the same strings, and the sum of their hashes. */
static void
pick_added(const struct route *r, struct route_picks *picks, struct bytes key, uint32_t hash)
{
    const struct route_circle *c = &r->circle;
    bool more = route_pick(picks, c->point[route_circle_at(c, hash)].owner);
    for (unsigned try = 0; more && try < ADDED_TRIES - 1 && key.n <= ROUTE_REHASH_MAX; try++) {
        hash += hash_behind(r, try, key);
        more = route_pick(picks, c->point[route_circle_at(c, hash)].owner);
    }
}

static unsigned
choose(const struct route *r, struct bytes key, uint32_t *choice, unsigned max)
{
    struct route_picks picks = {choice, 0, max};
    uint32_t hash = (uint32_t)r->hash(key.p, key.n);
    switch (r->kind->after) {
    case ROUTE_CLOCKWISE: pick_clockwise(&r->circle, &picks, route_circle_at(&r->circle, hash)); break;
    case ROUTE_PREFIXED: pick_prefixed(r, &picks, key, hash); break;
    case ROUTE_ADDED: pick_added(r, &picks, key, hash); break;
    }
    return picks.n;
}

static void
fini(struct route *r)
{
    route_circle_fini(&r->circle);
}

const struct route_way route_ring = {route_draw, choose, fini};
