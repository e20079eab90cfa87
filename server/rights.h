/*
 * rights: the table of commands that a connection may use.
 *
 * Each table has a function for every kind of command; for a kind that is not allowed, this function
 * refuses it.  The table of a connection is chosen when its client logs in, so checking a right
 * costs a command nothing.  The tables come from the effects in proto/commands.def:
 *
 *                     BEFORE_LOGIN   MONITOR   READ   WRITE   ALL
 *   NONE              .              x         x      x       x
 *   LOOKS             .              part      part   part    x     part: no keys, no changes
 *   READS             .              .         x      x       x
 *   READS_OR_WRITES   .              .         part   x       x     part: without the flags that write
 *   WRITES            .              .         .      x       x
 *   ADMINS            .              .         .      .       x
 *   LOGS_IN           x              x         x      x       x
 *
 * Before a login, clients may also use the text protocol's `set`, which then is the
 * login, and the commands that memcached answers to every client (cmd_auth.c).
 *
 * Threads: any; the tables are constant.
 */
#ifndef SERVER_RIGHTS_H
#define SERVER_RIGHTS_H

#include "server/cmd/cmd.h"

extern const struct cmd_tables rights_tables;

#endif
