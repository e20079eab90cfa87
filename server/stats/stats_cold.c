/* stats cold: the compression of values that are seldom read. */
#include "server/server.h"
#include "server/stats/stats_groups.h"
#include "slab/store.h"

struct source {
    struct store_cold cold;
};

#define NS_PER_S      1e9

#define STATS_OF_cold STATS_OF_THIS_FILE
#include "server/stats/stats_fill.h"

void
stats_cold(const struct stats_ask *ask)
{
    struct source s;
    store_cold(ask->ctx->server->store, &s.cold);
    fill(ask->list, STAT_FAMILY_cold_NONE, "", &s);
}
