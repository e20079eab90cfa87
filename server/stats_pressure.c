/* stats larder: its lines about our surroundings. */
#include "server/stats_groups.h"

#include "server/memory_limit.h"
#include "server/memory_watch.h"
#include "server/pressure.h"
#include "server/pressure_level.h"
#include "server/server.h"

static void
add_levels(const struct pressure_now *now, struct stat_list *l)
{
    stat_list_add(l, "pressure_level", "%s", level_name(now->level));
    stat_list_u64(l, "pressure_warnings", now->n_entered[STORE_PRESSURE_WARNING]);
    stat_list_u64(l, "pressure_criticals", now->n_entered[STORE_PRESSURE_CRITICAL]);
    stat_list_u64(l, "pressure_emergencies", now->n_entered[STORE_PRESSURE_EMERGENCY]);
    stat_list_u64(l, "pressure_normals", now->n_entered[STORE_PRESSURE_NORMAL]);
}

void
stats_add_pressure(const struct server *server, struct stat_list *l)
{
    struct pressure_now now;
    struct memory_limit *limit = server->memory;
    pressure_now(server->pressure, &now);
    add_levels(&now, l);
    stat_list_add(l, "pressure_cgroup", "%s", now.version);
    stat_list_u64(l, "pressure_cgroup_limit", now.reading.limit);
    stat_list_u64(l, "pressure_cgroup_used", now.reading.used);
    stat_list_u64(l, "pressure_machine_total", now.reading.machine);
    stat_list_u64(l, "pressure_machine_available", now.reading.available);
    stat_list_add(l, "pressure_stalls", "%s", now.stalls);
    stat_list_add(l, "pressure_stall_some", "%.4f", now.reading.some_stall);
    stat_list_add(l, "pressure_stall_full", "%.4f", now.reading.full_stall);
    stat_list_u64(l, "pressure_looks", now.n_looks);
    stat_list_u64(l, "pressure_alarms", now.n_alarms);
    stat_list_u64(l, "pressure_heap_trims", now.n_trims);
    stat_list_u64(l, "pressure_commands_run", now.command.n_run);
    stat_list_u64(l, "pressure_commands_failed", now.command.n_failed);
    stat_list_u64(l, "pressure_commands_killed", now.command.n_killed);
    stat_list_u64(l, "memory_limit_said", memory_limit_said(limit));
    stat_list_u64(l, "memory_limit_now", memory_limit_now(limit));
    stat_list_u64(l, "memory_taken", store_taken(server->store));
    stat_list_u64(l, "memory_growth_found", memory_watch_count(server->memory_watch));
}
