/* stats sizes: the number of items of each size. */
#include "server/stats/stats_groups.h"

#include <stdio.h>
#include <stdlib.h>

#include "server/options/options.h"
#include "server/server.h"

struct source {
    const char *status; /* why there are no sizes */
    uint64_t n_items;
};

#define STATS_OF_sizes STATS_OF_THIS_FILE
#include "server/stats/stats_fill.h"

enum { SIZES_STEP = 32, SIZES_BUCKETS = (1 << 20) / SIZES_STEP + 1 };

/* Items of 1 MiB and more are in the last bucket. */
static void
add_sizes(struct stat_list *l, const uint64_t *histogram)
{
    for (unsigned i = 0; i < SIZES_BUCKETS; i++) {
        char instance[16];
        if (histogram[i] == 0)
            continue;
        snprintf(instance, sizeof instance, "%u", i * SIZES_STEP);
        fill(l, STAT_FAMILY_sizes_SIZE, instance, &(struct source){.n_items = histogram[i]});
    }
}

void
stats_sizes(const struct stats_ask *ask)
{
    if (!ask->ctx->server->options->track_sizes) {
        fill(ask->list, STAT_FAMILY_sizes_NONE, "", &(struct source){.status = "disabled"});
        return;
    }
    uint64_t *histogram = calloc(SIZES_BUCKETS, sizeof *histogram);
    if (histogram == NULL) {
        fill(ask->list, STAT_FAMILY_sizes_NONE, "", &(struct source){.status = "error"});
        return;
    }
    store_sizes(ask->ctx->thread, histogram, SIZES_BUCKETS);
    add_sizes(ask->list, histogram);
    free(histogram);
}
