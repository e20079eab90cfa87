/*
 * modula, shares, folded: the hash modulo the number of servers, or of shares, of which a
 * server of weight 3 has three; folded takes 15 bits from the hash's middle.
 *
 * modula also counts servers that are out: libmemcached never ejects a server from this
 * ring, so the failure of one server moves no key of the others.
 */
#include "client/route/route_internal.h"

#include <errno.h>
#include <stdlib.h>

static int
build_modula(struct route *r, const struct route_server *servers)
{
    (void)r, (void)servers;
    return 0;
}

static unsigned
choose_modula(const struct route *r, struct bytes key, uint32_t *choice, unsigned max)
{
    struct route_picks picks = {choice, 0, max};
    uint32_t server = (uint32_t)r->hash(key.p, key.n) % r->n;
    if (!route_is_live(r, server) || route_pick(&picks, server))
        route_pick_after(r, &picks, server);
    return picks.n;
}

static void
fini_modula(struct route *r)
{
    (void)r;
}

/* end[i] is the number of shares of live[0..i]. */
static int
build_shares(struct route *r, const struct route_server *servers)
{
    uint64_t *end = calloc(r->n_live, sizeof *end);
    if (end == NULL)
        return -ENOMEM;
    r->own = end;
    uint64_t total = 0;
    for (uint32_t i = 0; i < r->n_live; i++)
        end[i] = total += route_weight(&servers[r->live[i]]);
    return total > UINT32_MAX ? -EINVAL : 0;
}

static unsigned
choose_share(const struct route *r, uint32_t hash, uint32_t *choice, unsigned max)
{
    struct route_picks picks = {choice, 0, max};
    const uint64_t *end = r->own;
    uint32_t share = hash % (uint32_t)end[r->n_live - 1];
    uint32_t low = 0, high = r->n_live - 1;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (end[middle] <= share)
            low = middle + 1;
        else
            high = middle;
    }
    CHECKED_MUST(low < r->n_live && share < end[low]);
    if (route_pick(&picks, r->live[low]))
        route_pick_after(r, &picks, r->live[low]);
    return picks.n;
}

static unsigned
choose_shares(const struct route *r, struct bytes key, uint32_t *choice, unsigned max)
{
    return choose_share(r, (uint32_t)r->hash(key.p, key.n), choice, max);
}

static unsigned
choose_folded(const struct route *r, struct bytes key, uint32_t *choice, unsigned max)
{
    return choose_share(r, (uint32_t)r->hash(key.p, key.n) >> 16 & 0x7fff, choice, max);
}

static void
fini_shares(struct route *r)
{
    free(r->own);
}

const struct route_way route_modula = {build_modula, choose_modula, fini_modula};
const struct route_way route_shares = {build_shares, choose_shares, fini_shares};
const struct route_way route_folded = {build_shares, choose_folded, fini_shares};
