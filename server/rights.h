/*
 * rights: what a connection may do, as the table of commands that it has.
 *
 * Each table has a function for every kind of command; where a kind is not
 * allowed, it is one that says so.  So a right is decided when a
 * client logs in, by which table its connection gets, and costs a command
 * nothing.  The tables come from the effects in proto/commands.def:
 *
 *                     BEFORE_LOGIN   MONITOR   READ   WRITE   ALL
 *   NONE              .              x         x      x       x
 *   LOOKS             .              part      part   part    x     part: nothing that shows keys or changes
 *   READS             .              .         x      x       x
 *   READS_OR_WRITES   .              .         part   x       x     part: without the flags that write
 *   WRITES            .              .         .      x       x
 *   ADMINS            .              .         .      .       x
 *   LOGS_IN           x              x         x      x       x
 *
 * Before a login there are, besides, the text protocol's `set`, which then is
 * the login, and what memcached answers to everyone (cmd_auth.c).
 *
 * Threads: any; the tables are constant.
 */
#ifndef SERVER_RIGHTS_H
#define SERVER_RIGHTS_H

#include <stdbool.h>

#include "server/cmd.h"

enum rights {
    RIGHTS_ALL, /* role admin, a user without a role, and everyone where nobody has to log in */
    RIGHTS_WRITE,
    RIGHTS_READ,
    RIGHTS_MONITOR,
    RIGHTS_BEFORE_LOGIN,
    RIGHTS_N
};

extern cmd_fn *const rights_tables[RIGHTS_N][CMD_N_KINDS];

/* The rights of a role, by its name; false if there is no such role. */
MUST_USE bool rights_of_role(struct bytes name, enum rights *);

/* What the tables have in place of a command (cmd_auth.c). */
cmd_fn cmd_before_login;
cmd_fn cmd_forbidden;
cmd_fn cmd_meta_get_only; /* mg that changes nothing (cmd_meta.c) */
cmd_fn cmd_config_only;   /* config that only gets (cmd_config.c) */
cmd_fn cmd_stats_only;    /* stats without what shows keys or changes something (cmd_stats.c) */

#endif
