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

#include "server/cmd/cmd.h"

extern const struct cmd_tables rights_tables;

#endif
