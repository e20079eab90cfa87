/*
 * stats pages: the page map, a line for each page, for a tool to draw; and the
 * fragmentation of each class.
 *
 *   STAT page:7 state=used node=0 class=12 size=184 used=5690/5698 live=0.962 age=3.1 heat=1.25 expires=40
 *
 * If there are more than ROWS pages, evenly spread ones have a line.
 */
#include <stdio.h>

#include "base/clock.h"
#include "server/server.h"
#include "server/stats/stats_groups.h"

enum { ROWS = 4096 };

/* The pages of a class that have a line, and the part of them that is live. */
struct tally {
    uint64_t n;
    double live; /* in pages */
};

struct source {
    uint32_t step;
    const struct store_page *page;
    const char *chunks, *expires; /* of a used page */
    const struct tally *tally;
};

#define USED(s) ((s)->page->state == STORE_PAGE_USED)

static const char *
state_name(const struct store_page *p)
{
    static const char *const states[] = {
        [STORE_PAGE_ABSENT] = "absent",
        [STORE_PAGE_FREE] = "free",
        [STORE_PAGE_USED] = "used",
        [STORE_PAGE_DRAINING] = "draining",
    };
    MUST(p->state <= STORE_PAGE_DRAINING);
    return states[p->state];
}

static double
fragmentation_of(const struct tally *t)
{
    return t->n == 0 ? 0.0 : 1.0 - t->live / (double)t->n;
}

#define STATS_OF_pages STATS_OF_THIS_FILE
#include "server/stats/stats_fill.h"

static void
add_page(struct stat_list *l, const struct store_page *p)
{
    char instance[16], chunks[32], expires[16] = "never";
    uint32_t now = clock_now_s();
    snprintf(instance, sizeof instance, "%u", p->number);
    snprintf(chunks, sizeof chunks, "%u/%u", p->n_used, p->n_chunks);
    if (p->expires != 0)
        snprintf(expires, sizeof expires, "%u", p->expires > now ? p->expires - now : 0);
    struct source s = {.page = p, .chunks = chunks, .expires = expires};
    fill(l, STAT_FAMILY_pages_PAGE, instance, &s);
}

static void
add_class(struct stat_list *l, uint32_t id, const struct tally *t)
{
    char instance[16];
    snprintf(instance, sizeof instance, "%u", id);
    fill(l, STAT_FAMILY_pages_CLASS, instance, &(struct source){.tally = t});
}

static uint32_t
step_for(struct store *store)
{
    struct store_stats s;
    store_stats(store, &s);
    return (uint32_t)((s.n_pages_used + s.n_pages_free) / ROWS) + 1;
}

void
stats_pages(const struct stats_ask *ask)
{
    struct store *store = ask->ctx->server->store;
    struct tally classes[STORE_CLASSES_MAX + 1] = {{0}}, all = {0};
    struct store_page page;
    uint32_t step = step_for(store);
    store_settle(ask->ctx->thread);
    fill(ask->list, STAT_FAMILY_pages_NONE, "", &(struct source){.step = step});
    for (uint32_t after = 0; store_next_page(ask->ctx->thread, after, &page);
         after = page.number + step - 1) {
        add_page(ask->list, &page);
        if (page.state != STORE_PAGE_USED)
            continue;
        MUST(page.class_id <= STORE_CLASSES_MAX);
        classes[page.class_id].n++;
        classes[page.class_id].live += page.live;
        all.n++;
        all.live += page.live;
    }
    for (uint32_t id = 1; id <= store_n_classes(store); id++)
        if (classes[id].n > 0)
            add_class(ask->list, id, &classes[id]);
    fill(ask->list, STAT_FAMILY_pages_ALL, "", &(struct source){.tally = &all});
}
