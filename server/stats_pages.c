/*
 * stats pages: the page map, a line a page, for a tool to draw; and what of each class's pages is not live.
 *
 *   STAT page:7 state=used node=0 class=12 size=184 used=5690/5698 live=0.962 age=3.1 heat=1.25 expires=40
 *
 * Of more than ROWS pages every so many have a line, evenly spread.
 */
#include <stdio.h>

#include "base/clock.h"
#include "server/server.h"
#include "server/stats_groups.h"

enum { ROWS = 4096 };

/* Pages of a class that have a line, and how much on them is live. */
struct tally {
    uint64_t n;
    double live; /* pages' worth */
};

static void
add_used(struct stat_list *l, const char *name, const char *state, const struct store_page *p)
{
    char expires[16] = "never";
    uint32_t now = clock_now_s();
    if (p->expires != 0)
        snprintf(expires, sizeof expires, "%u", p->expires > now ? p->expires - now : 0);
    stat_list_add(l, name,
        "state=%s node=%d class=%u size=%u used=%u/%u live=%.3f age=%.1f heat=%.2f expires=%s", state,
        p->node, p->class_id, p->chunk_size, p->n_used, p->n_chunks, p->live, p->age_s, p->heat, expires);
}

static void
add_page(struct stat_list *l, const struct store_page *p)
{
    static const char *const states[] = {
        [STORE_PAGE_ABSENT] = "absent",
        [STORE_PAGE_FREE] = "free",
        [STORE_PAGE_USED] = "used",
        [STORE_PAGE_DRAINING] = "draining",
    };
    char name[32];
    snprintf(name, sizeof name, "page:%u", p->number);
    if (p->state == STORE_PAGE_USED)
        add_used(l, name, states[p->state], p);
    else
        stat_list_add(l, name, "state=%s node=%d", states[p->state], p->node);
}

static double
fragmentation(const struct tally *t)
{
    return t->n == 0 ? 0.0 : 1.0 - t->live / (double)t->n;
}

static void
add_class(struct stat_list *l, uint32_t id, const struct tally *t)
{
    char name[64];
    snprintf(name, sizeof name, "class:%u:pages", id);
    stat_list_u64(l, name, t->n);
    snprintf(name, sizeof name, "class:%u:fragmentation", id);
    stat_list_add(l, name, "%.3f", fragmentation(t));
}

static uint32_t
step_for(struct store *store)
{
    struct store_stats s;
    store_stats(store, &s);
    return (uint32_t)((s.n_pages_used + s.n_pages_free) / ROWS) + 1;
}

void
stats_pages(const struct cmd_ctx *ctx, struct stat_list *l)
{
    struct store *store = ctx->server->store;
    struct tally classes[STORE_CLASSES_MAX + 1] = {{0}}, all = {0};
    struct store_page page;
    uint32_t step = step_for(store);
    store_settle(ctx->thread);
    stat_list_u64(l, "page_step", step);
    for (uint32_t after = 0; store_next_page(ctx->thread, after, &page); after = page.number + step - 1) {
        add_page(l, &page);
        if (page.state != STORE_PAGE_USED)
            continue;
        classes[page.class_id].n++;
        classes[page.class_id].live += page.live;
        all.n++;
        all.live += page.live;
    }
    for (uint32_t id = 1; id <= store_n_classes(store); id++)
        if (classes[id].n > 0)
            add_class(l, id, &classes[id]);
    stat_list_add(l, "fragmentation", "%.3f", fragmentation(&all));
}
