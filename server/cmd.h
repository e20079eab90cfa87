/*
 * cmd: from a request's kind to the function that does it.
 *
 * One function per command, in cmd_get.c, cmd_put.c, cmd_arith.c, cmd_meta.c,
 * cmd_admin.c and cmd_stats.c; the table in cmd.c comes from proto/commands.def.
 * A command makes one store call and fills the response.  A get of many keys
 * sends each value with cmd_send_value and leaves the END to its response.
 *
 * Threads: on the connection's worker, inside its store epoch.
 */
#ifndef SERVER_CMD_H
#define SERVER_CMD_H

#include "base/counter.h"
#include "proto/request.h"
#include "proto/response.h"
#include "slab/store.h"

struct server;
struct worker;
struct conn;

struct cmd_ctx {
    struct server *server;
    struct worker *worker;
    struct conn *conn;
    struct store_thread *thread;
    counter *counters; /* the worker's */
    struct store_key key; /* the hash of req->key, when the request has one */
};

typedef void cmd_fn(struct cmd_ctx *, const struct request *, struct response *);

/* By kind: cmd_table[req->kind].  NULL for storing kinds, whose body comes first: see cmd_put.c. */
extern cmd_fn *const cmd_table[CMD_N_KINDS];

#define CMD_FN(name) void name(struct cmd_ctx *, const struct request *, struct response *)
CMD_FN(cmd_stats);      /* cmd_stats.c: stats and all its groups; RSP_TEXT whose text lives until the next command */
CMD_FN(cmd_version);    /* cmd_admin.c, and the rest of the ADMINS and NONE kinds: */
CMD_FN(cmd_verbosity);
CMD_FN(cmd_flush_all);
CMD_FN(cmd_shutdown);
CMD_FN(cmd_slabs);
CMD_FN(cmd_meta_nop);
CMD_FN(cmd_debugtime);
CMD_FN(cmd_debugitem);

#endif
