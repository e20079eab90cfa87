/* leak_watch: see leak_watch.h. */
#include "server/usage/leak_watch.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "server/usage/memory_report.h"
#include "server/server.h"
#include "server/watch/watch.h"

enum {
    CONNECTION_HEAP = 16 << 10,    /* bytes that a connection may allocate without being counted */
    CONNECTION_BUFFERS = 64 << 10, /* bytes of buffers of a connection */
    ITEM_INDEX = 32,
    ENOUGH_SHARE = 32,       /* growth by less than this part of the resident memory is not reported */
    ENOUGH_LEAST = 16 << 20, /* nor by less than this */
};

static const char *const names[MEMORY_N_POOLS] = {
    [MEMORY_RESIDENT] = "resident",
    [MEMORY_HEAP] = "heap",
    [MEMORY_SLACK] = "slack",
    [MEMORY_BUFFERS] = "buffers",
    [MEMORY_INDEX] = "index",
};

static uint64_t
beyond(uint64_t n, uint64_t explained)
{
    return n > explained ? n - explained : 0;
}

void
leak_watch_unexplained(const struct memory_report *r, uint64_t index_bytes, uint64_t peak_items,
    uint64_t unexplained[MEMORY_N_POOLS])
{
    uint64_t known = r->taken + memory_report_heap(r) + r->stacks + r->code;
    unexplained[MEMORY_RESIDENT] = beyond(r->resident, known);
    unexplained[MEMORY_HEAP] = beyond(r->heap_rest, r->n_connections * CONNECTION_HEAP);
    unexplained[MEMORY_SLACK] = r->heap_slack;
    unexplained[MEMORY_BUFFERS] =
        beyond(r->read_buffers + r->reply_buffers, r->n_connections * CONNECTION_BUFFERS);
    unexplained[MEMORY_INDEX] = beyond(index_bytes, peak_items * ITEM_INDEX);
}

static void
report(struct leak_watch *w, struct server *s, const char *pool, const struct leak_found *found)
{
    char text[128];
    int n = snprintf(text, sizeof text, "pool=%s from=%" PRIu64 " to=%" PRIu64 " seconds=%" PRIu64, pool,
        found->from, found->to, found->seconds);
    counter_inc(&w->n_found);
    LOG(LOG_ERROR, "memory grows steadily without an explanation: %s", text);
    if (!(atomic_load_explicit(&s->traced, memory_order_relaxed) & WATCH_SYSEVENTS))
        return;
    struct watch_event e = {.kind = WATCH_MEMORY_GROWTH};
    watch_tell(s->watch, NULL, &e, bytes_of(text, (size_t)n));
}

static void
measure(struct leak_watch *w, struct server *s)
{
    struct memory_report r;
    struct store_stats store;
    uint64_t unexplained[MEMORY_N_POOLS];
    struct leak_found found;
    memory_report_take(s, &r, false);
    store_stats(s->store, &store);
    if (store.n_items > w->peak_items)
        w->peak_items = store.n_items;
    leak_watch_unexplained(&r, store.index_bytes, w->peak_items, unexplained);
    uint64_t enough = r.resident / ENOUGH_SHARE > ENOUGH_LEAST ? r.resident / ENOUGH_SHARE : ENOUGH_LEAST;
    for (int i = 0; i < MEMORY_N_POOLS; i++)
        if (leak_trend_take(&w->growth[i], unexplained[i], enough, &found))
            report(w, s, names[i], &found);
}

void
leak_watch_tick(struct leak_watch *w, struct server *s)
{
    server_must_be_main_thread(s);
    if (clock_now_s() < w->next_s)
        return;
    w->next_s = (uint64_t)clock_now_s() + GROWTH_EVERY_S;
    measure(w, s);
}

uint64_t
leak_watch_count(const struct leak_watch *w)
{
    return counter_read(&w->n_found);
}
