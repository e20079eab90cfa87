/*
 * buckets: pecl/memcache's ring, with 1024 places computed beforehand.
 *
 * A key's place is its hash modulo 1024, so the ring is searched only when it is made.
 */
#include "client/route/route_internal.h"

#include <errno.h>
#include <stdlib.h>

enum { N_BUCKETS = 1024 };

static int
build(struct route *r, const struct route_server *servers)
{
    int error = route_draw(r, servers);
    uint32_t *bucket = error == 0 ? calloc(N_BUCKETS, sizeof *bucket) : NULL;
    r->own = bucket;
    if (error == 0 && bucket == NULL)
        error = -ENOMEM;
    for (uint32_t i = 0; error == 0 && i < N_BUCKETS; i++)
        bucket[i] = r->circle.point[route_circle_at(&r->circle, i * (UINT32_MAX / N_BUCKETS))].owner;
    route_circle_fini(&r->circle);
    r->circle = (struct route_circle){0};
    return error;
}

static unsigned
choose(const struct route *r, struct bytes key, uint32_t *choice, unsigned max)
{
    struct route_picks picks = {choice, 0, max};
    const uint32_t *bucket = r->own;
    CHECKED_MUST(bucket != NULL && max > 0);
    uint32_t at = (uint32_t)r->hash(key.p, key.n) % N_BUCKETS;
    for (uint32_t i = 0; i < N_BUCKETS; i++)
        if (!route_pick(&picks, bucket[(at + i) % N_BUCKETS]))
            break;
    return picks.n;
}

static void
fini(struct route *r)
{
    free(r->own);
}

const struct route_way route_buckets = {build, choose, fini};
