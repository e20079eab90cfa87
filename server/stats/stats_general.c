/* stats: the answer of `stats` without a group. */
#include "server/stats/stats_groups.h"

#include <event2/event.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "server/memory/memory_limit.h"
#include "server/options/options.h"
#include "server/process/privileges.h"
#include "server/server.h"
#include "server/stats/stats_sums.h"
#include "server/net/tls.h"

struct source {
    struct stats_sums sums;
    const struct server *server;
    const struct options *o;
    struct rusage usage;
};

static double
seconds_of(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static uint32_t
power_of(uint64_t n)
{
    return n == 0 ? 0 : 63 - (uint32_t)__builtin_clzll(n);
}

/* A crawl or a dump that a client asked for; the mover's sweep of every second does not count. */
static bool
crawler_runs(const struct source *s)
{
    return s->sums.store.crawling ||
           atomic_load_explicit(&s->server->crawler.n_dumps, memory_order_relaxed) > 0;
}

static uint64_t
crawler_starts(const struct source *s)
{
    return s->sums.store.n_sweeps + s->sums.store.n_crawls +
           atomic_load_explicit(&s->server->crawler.n_dumped, memory_order_relaxed);
}

#define STATS_OF_general STATS_OF_THIS_FILE
#include "server/stats/stats_fill.h"

void
stats_general(const struct stats_ask *ask)
{
    const struct server *server = ask->ctx->server;
    struct source s = {.server = server, .o = server->options};
    sums_take(server, &s.sums);
    getrusage(RUSAGE_SELF, &s.usage);
    fill(ask->list, STAT_FAMILY_general_NONE, "", &s);
}
