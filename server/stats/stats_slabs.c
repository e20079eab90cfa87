/* stats slabs: the memory of each size class, as clients see classes (class_number.h). */
#include "server/stats/stats_groups.h"

#include <stdio.h>

#include "server/cmd/class_number.h"
#include "server/server.h"

struct source {
    struct store_class_stats c;
    uint64_t n_active, page_bytes;
};

static uint64_t
chunks_used(const struct store_class_stats *c)
{
    /* The two were read one after the other, while other threads counted. */
    return c->n_chunks > c->n_free_chunks ? c->n_chunks - c->n_free_chunks : 0;
}

#define STATS_OF_slabs STATS_OF_THIS_FILE
#include "server/stats/stats_fill.h"

void
stats_slabs(const struct stats_ask *ask)
{
    struct store *store = ask->ctx->server->store;
    struct source s = {0};
    struct store_stats all;
    store_settle(ask->ctx->thread);
    store_stats(store, &all);
    for (uint32_t number = 1; number <= class_number_highest(store); number++) {
        char instance[16];
        class_number_stats(store, number, &s.c);
        if (s.c.n_pages == 0)
            continue;
        snprintf(instance, sizeof instance, "%u", s.c.id);
        fill(ask->list, STAT_FAMILY_slabs_CLASS, instance, &s);
        s.n_active++;
    }
    s.page_bytes = (all.n_pages_used + all.n_pages_free) * all.page_size;
    fill(ask->list, STAT_FAMILY_slabs_NONE, "", &s);
}
