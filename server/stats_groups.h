/*
 * stats_groups: what each group of `stats` says, name by name.
 *
 * Names, order and number formats are memcached 1.6.45's, built with TLS and
 * without extstore and proxy: monitors know them by heart (memcached's doc/protocol.txt
 * and t/stats.t).  What memcached counts and larder has no such thing of is 0.
 * What only larder has is in `stats larder`, `memory`, `numa`, `pages` and `policy`, never in a group of memcached's.
 *
 * Private to cmd_stats.c and stats_*.c.
 *
 * Threads: on a worker, outside its store epoch, with server->looking held; they read what other threads count and may be a little behind.
 */
#ifndef SERVER_STATS_GROUPS_H
#define SERVER_STATS_GROUPS_H

#include "server/cmd.h"
#include "server/stat_list.h"

struct options;

void stats_general(const struct server *, struct stat_list *);
void stats_settings(const struct server *, struct stat_list *);
void stats_items(const struct cmd_ctx *, struct stat_list *);
void stats_slabs(const struct cmd_ctx *, struct stat_list *);
void stats_sizes(const struct cmd_ctx *, struct stat_list *);
void stats_conns(const struct server *, struct stat_list *);
void stats_larder(const struct server *, struct stat_list *);
void stats_memory(const struct cmd_ctx *, struct stat_list *);
void stats_pages(const struct cmd_ctx *, struct stat_list *);
void stats_numa(const struct server *, struct stat_list *);
void stats_policy(const struct server *, struct stat_list *);

/* ---- stats_pressure.c: part of the last ---- */

void stats_add_pressure(const struct server *, struct stat_list *);

/* ---- stats_tls.c: parts of the first two; `n` is the workers' counters, summed ---- */

void stats_add_tls(const struct server *, const uint64_t *n, struct stat_list *);
void stats_add_tls_settings(const struct options *, struct stat_list *);

#endif
