/* stats memory: the uses of the resident memory; each byte is in one line only, and the sum is at the end. */
#include "server/conn/conn_memory.h"
#include "server/memory/memory_limit.h"
#include "server/usage/memory_report.h"
#include "server/server.h"
#include "server/stats/stats_groups.h"

struct source {
    const struct server *server;
    struct memory_report report;
    uint64_t sum;
};

#define STATS_OF_memory STATS_OF_THIS_FILE
#include "server/stats/stats_fill.h"

void
stats_memory(const struct stats_ask *ask)
{
    struct source s = {.server = ask->ctx->server};
    lock_must_own(&s.server->looking);
    store_settle(ask->ctx->thread);
    memory_report_take(s.server, &s.report, true);
    s.sum = memory_report_sum(&s.report);
    fill(ask->list, STAT_FAMILY_memory_NONE, "", &s);
}
