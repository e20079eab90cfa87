/* stats items: the items of each size class, as clients see classes (class_number.h). */
#include "server/stats/stats_groups.h"

#include <stdio.h>

#include "server/cmd/class_number.h"
#include "server/options/options.h"
#include "server/server.h"
#include "server/stats/stats_sums.h"

struct source {
    struct store_class_stats c;
    bool lru; /* whether to add the lines of memcached's LRU maintainer */
};

#define STATS_OF_items STATS_OF_THIS_FILE
#include "server/stats/stats_fill.h"

void
stats_items(const struct stats_ask *ask)
{
    const struct server *server = ask->ctx->server;
    struct source s = {.lru = server->options->lru_maintainer};
    for (uint32_t number = 1; number <= class_number_highest(server->store); number++) {
        char instance[16];
        class_number_stats(server->store, number, &s.c);
        if (s.c.n_items == 0)
            continue;
        snprintf(instance, sizeof instance, "%u", s.c.id);
        fill(ask->list, STAT_FAMILY_items_CLASS, instance, &s);
    }
}
