/* stats slabs, items and sizes: the engine class by class, as clients see classes (class_number.h). */
#include "server/stats_groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/class_number.h"
#include "server/options.h"
#include "server/server.h"

/* What lines about a class say, in one place and type, so that a line is a name and an offset. */
struct numbers {
    uint64_t zero; /* what memcached counts and larder has no such thing of */
    uint64_t chunk_size, chunks_per_page, pages, chunks, used, free;
    uint64_t items, bytes, age_s, reclaimed;
    uint64_t n[STORE_N_COUNTERS];
};

struct line {
    const char *name;
    size_t at;                      /* in struct numbers */
    enum { ALWAYS, WITH_LRU } when; /* WITH_LRU: memcached has it with its LRU maintainer only */
};
#define LINE(name, number, when) {name, offsetof(struct numbers, number), when},
#define C(row)                   n[STORE_N_##row]

static uint64_t
less(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0; /* they were read one after the other, while others counted */
}

static struct numbers
numbers_of(const struct store_class_stats *c)
{
    uint64_t used = less(c->n_chunks, c->n_free_chunks);
    struct numbers x = {
        .chunk_size = c->chunk_size,
        .chunks_per_page = c->chunks_per_page,
        .pages = c->n_pages,
        .chunks = c->n_chunks,
        .used = used,
        .free = c->n_chunks - used,
        .items = c->n_items,
        .bytes = c->n_bytes,
        .age_s = c->age_s,
        /* As in `stats`: without what the background sweep took. */
        .reclaimed = less(c->n[STORE_N_EXPIRED] + c->n[STORE_N_FLUSHED], c->n[STORE_N_SWEPT_EXPIRED]),
    };
    memcpy(x.n, c->n, sizeof x.n);
    return x;
}

static void
add_class(struct stat_list *l, const struct server *server, const char *prefix,
    const struct store_class_stats *c, const struct line *line, size_t n)
{
    struct numbers numbers = numbers_of(c);
    for (; n > 0; n--, line++) {
        char name[64];
        uint64_t value;
        if (line->when == WITH_LRU && !server->options->lru_maintainer)
            continue;
        snprintf(name, sizeof name, "%s%u:%s", prefix, c->id, line->name);
        memcpy(&value, (const char *)&numbers + line->at, sizeof value);
        stat_list_u64(l, name, value);
    }
}

void
stats_slabs(const struct cmd_ctx *ctx, struct stat_list *l)
{
    const struct server *server = ctx->server;
    /* clang-format off */
    static const struct line lines[] = {
        LINE("chunk_size", chunk_size, ALWAYS)
        LINE("chunks_per_page", chunks_per_page, ALWAYS)
        LINE("total_pages", pages, ALWAYS)
        LINE("total_chunks", chunks, ALWAYS)
        LINE("used_chunks", used, ALWAYS)
        LINE("free_chunks", free, ALWAYS)
        LINE("free_chunks_end", zero, ALWAYS)
        LINE("get_hits", C(GET_HITS), ALWAYS)
        LINE("cmd_set", C(SETS), ALWAYS)
        LINE("delete_hits", C(DELETE_HITS), ALWAYS)
        LINE("incr_hits", C(INCR_HITS), ALWAYS)
        LINE("decr_hits", C(DECR_HITS), ALWAYS)
        LINE("cas_hits", C(CAS_HITS), ALWAYS)
        LINE("cas_badval", C(CAS_BADVAL), ALWAYS)
        LINE("touch_hits", C(TOUCH_HITS), ALWAYS)
    };
    /* clang-format on */
    struct store_stats all;
    unsigned n_active = 0;
    store_settle(ctx->thread);
    store_stats(server->store, &all);
    for (uint32_t number = 1; number <= class_number_highest(server->store); number++) {
        struct store_class_stats c;
        class_number_stats(server->store, number, &c);
        if (c.n_pages == 0)
            continue;
        add_class(l, server, "", &c, lines, sizeof lines / sizeof *lines);
        n_active++;
    }
    stat_list_u64(l, "active_slabs", n_active);
    stat_list_u64(l, "total_malloced", (all.n_pages_used + all.n_pages_free) * all.page_size);
}

/* There are no hot, warm and temporary segments here: all items and all hits are "cold" ones. */
void
stats_items(const struct cmd_ctx *ctx, struct stat_list *l)
{
    const struct server *server = ctx->server;
    /* clang-format off */
    static const struct line lines[] = {
        LINE("number", items, ALWAYS)
        LINE("number_hot", zero, WITH_LRU)
        LINE("number_warm", zero, WITH_LRU)
        LINE("number_cold", items, WITH_LRU)
        LINE("age_hot", zero, WITH_LRU)
        LINE("age_warm", zero, WITH_LRU)
        LINE("age", age_s, ALWAYS)
        LINE("mem_requested", bytes, ALWAYS)
        LINE("evicted", C(EVICTED), ALWAYS)
        LINE("evicted_nonzero", C(EVICTED_TTL), ALWAYS)
        LINE("evicted_time", zero, ALWAYS)
        LINE("outofmemory", C(NO_ROOM), ALWAYS)
        LINE("tailrepairs", zero, ALWAYS)
        LINE("reclaimed", reclaimed, ALWAYS)
        LINE("expired_unfetched", C(EXPIRED_UNFETCHED), ALWAYS)
        LINE("evicted_unfetched", C(EVICTED_UNFETCHED), ALWAYS)
        LINE("evicted_active", C(EVICTED_ACTIVE), WITH_LRU)
        LINE("crawler_reclaimed", C(SWEPT_EXPIRED), ALWAYS)
        LINE("crawler_items_checked", C(SWEPT_VISITED), ALWAYS)
        LINE("lrutail_reflocked", zero, ALWAYS)
        LINE("moves_to_cold", zero, WITH_LRU)
        LINE("moves_to_warm", zero, WITH_LRU)
        LINE("moves_within_lru", zero, WITH_LRU)
        LINE("direct_reclaims", C(DIRECT_RECLAIMS), WITH_LRU)
        LINE("hits_to_hot", zero, WITH_LRU)
        LINE("hits_to_warm", zero, WITH_LRU)
        LINE("hits_to_cold", C(GET_HITS), WITH_LRU)
        LINE("hits_to_temp", zero, WITH_LRU)
    };
    /* clang-format on */
    for (uint32_t number = 1; number <= class_number_highest(server->store); number++) {
        struct store_class_stats c;
        class_number_stats(server->store, number, &c);
        if (c.n_items > 0)
            add_class(l, server, "items:", &c, lines, sizeof lines / sizeof *lines);
    }
}

enum { SIZES_STEP = 32, SIZES_BUCKETS = (1 << 20) / SIZES_STEP + 1 };

/* Items of 1 MiB and more are in the last bucket. */
void
stats_sizes(const struct cmd_ctx *ctx, struct stat_list *l)
{
    if (!ctx->server->options->track_sizes) {
        stat_list_add(l, "sizes_status", "disabled");
        return;
    }
    uint64_t *histogram = calloc(SIZES_BUCKETS, sizeof *histogram);
    if (histogram == NULL) {
        stat_list_add(l, "sizes_status", "error");
        return;
    }
    store_sizes(ctx->thread, histogram, SIZES_BUCKETS);
    for (unsigned i = 0; i < SIZES_BUCKETS; i++) {
        char name[16];
        if (histogram[i] == 0)
            continue;
        snprintf(name, sizeof name, "%u", i * SIZES_STEP);
        stat_list_u64(l, name, histogram[i]);
    }
    free(histogram);
}
