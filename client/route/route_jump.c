/*
 * jump, random: mappings without a table of servers.
 *
 * jump is "A Fast, Minimal Memory, Consistent Hash Algorithm" (Lamping, Veach
 * 2014): servers are numbers, so a server can be added at the end, and one that is
 * out keeps its number.  The keys of that server are spread over all others, by
 * jumping again from another hash.
 */
#include "client/route/route_internal.h"

#include <time.h>

enum { TRIES_EACH = 8 }; /* for each server; then the list is used in its order */

static uint32_t
jump(uint64_t hash, uint32_t n)
{
    int64_t at = -1, next = 0;
    while (next < (int64_t)n) {
        at = next;
        hash = hash * 2862933555777941757u + 1;
        next = (int64_t)((double)(at + 1) * ((double)((int64_t)1 << 31) / (double)((hash >> 33) + 1)));
    }
    CHECKED_MUST(at >= 0 && at < (int64_t)n);
    return (uint32_t)at;
}

/* splitmix64's step: every bit of the result depends on every bit of the argument. */
static uint64_t
mixed(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static unsigned
choose_from(const struct route *r, uint64_t hash, uint32_t *choice, unsigned max)
{
    struct route_picks picks = {choice, 0, max};
    uint32_t server = jump(hash, r->n);
    if (route_is_live(r, server) && !route_pick(&picks, server))
        return picks.n;
    for (uint32_t try = 0; try < TRIES_EACH * r->n; try++) {
        hash = mixed(hash);
        server = jump(hash, r->n);
        if (route_is_live(r, server) && !route_pick(&picks, server))
            return picks.n;
    }
    route_pick_after(r, &picks, server);
    return picks.n;
}

static unsigned
choose_jump(const struct route *r, struct bytes key, uint32_t *choice, unsigned max)
{
    return choose_from(r, r->hash(key.p, key.n), choice, max);
}

/* Each thread draws from a sequence of its own, seeded by the time and an address of the thread. */
static uint64_t
drawn(void)
{
    static _Thread_local uint64_t state;
    if (state == 0) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        state = mixed((uint64_t)now.tv_nsec ^ (uint64_t)now.tv_sec << 30 ^ (uint64_t)(uintptr_t)&state) | 1;
    }
    state += 2;
    return mixed(state);
}

static unsigned
choose_random(const struct route *r, struct bytes key, uint32_t *choice, unsigned max)
{
    (void)key;
    struct route_picks picks = {choice, 0, max};
    uint32_t at = (uint32_t)(drawn() % r->n_live);
    for (uint32_t i = 0; i < r->n_live; i++)
        if (!route_pick(&picks, r->live[(at + i) % r->n_live]))
            break;
    return picks.n;
}

static int
build(struct route *r, const struct route_server *servers)
{
    (void)r, (void)servers;
    return 0;
}

static void
fini(struct route *r)
{
    (void)r;
}

const struct route_way route_jump = {build, choose_jump, fini};
const struct route_way route_random = {build, choose_random, fini};
