/* stats larder: the server as a whole, beyond memcached's statistics. */
#include "server/stats/stats_groups.h"

#include "base/log.h"
#include "server/auth/auth.h"
#include "server/auth/checker.h"
#include "server/conn/conn_memory.h"
#include "server/memory/memory_limit.h"
#include "server/usage/memory_report.h"
#include "server/usage/leak_watch.h"
#include "server/options/options.h"
#include "server/pressure/pressure.h"
#include "server/pressure/pressure_level.h"
#include "server/server.h"
#include "server/stats/stats_sums.h"

struct source {
    struct stats_sums sums;
    const struct server *server;
    struct pressure_now pressure;
    uint64_t logins_waiting;
};

#define STATS_OF_larder STATS_OF_THIS_FILE
#include "server/stats/stats_fill.h"

void
stats_larder(const struct stats_ask *ask)
{
    const struct server *server = ask->ctx->server;
    struct source s = {
        .server = server,
        .logins_waiting = server->checker == NULL ? 0 : checker_n_waiting(server->checker),
    };
    sums_take(server, &s.sums);
    pressure_now(server->pressure, &s.pressure);
    fill(ask->list, STAT_FAMILY_larder_NONE, "", &s);
}
