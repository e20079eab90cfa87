/*
 * stats_groups: a function for each group of `stats`, from the rows GROUP of stats.def.
 *
 * Names, order and number formats of memcached's groups are those of memcached
 * 1.6.45, built with TLS and without extstore and proxy: monitors rely on them
 * (memcached's doc/protocol.txt and t/stats.t).
 *
 * Private to cmd_stats.c and stats_*.c.
 *
 * Threads: on a worker, outside its store epoch, with server->looking held if the group reads
 *          WORKERS; counters of other threads may be slightly out of date.
 */
#ifndef SERVER_STATS_STATS_GROUPS_H
#define SERVER_STATS_STATS_GROUPS_H

#include "server/cmd/cmd.h"
#include "server/stats/stat_list.h"

/* A `stats` command that is being answered. */
struct stats_ask {
    struct cmd_ctx *ctx;
    const struct request *req;
    struct bytes args; /* the words after the group's name */
    struct stat_list *list;
    struct response *rsp;
};

/* Fills the list, which is rendered afterwards, or sets the response. */
typedef void stats_fn(const struct stats_ask *);

#define GROUP(name, ...) stats_fn stats_##name;
#include "server/stats/stats.def"

/* Answers with this text, which is in the list; if not `ok`, with an out-of-memory error. */
static inline void
stats_answer_text(const struct stats_ask *ask, struct bytes text, bool ok)
{
    if (!ok) {
        cmd_fail_as(ask->rsp, FAILURE_NO_MEMORY, BYTES("SERVER_ERROR out of memory writing stats"));
        return;
    }
    ask->rsp->kind = RSP_TEXT;
    ask->rsp->text = text;
}

/* Answers with an error: in text with this line, in binary with "no such group". */
static inline void
stats_refuse(const struct stats_ask *ask, struct bytes text)
{
    cmd_fail_as(ask->rsp, FAILURE_NO_GROUP, text);
}

#endif
