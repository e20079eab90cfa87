/*
 * cmd_dump: lists all items, or those of some classes, line by line.
 *
 * A dump is a job of its connection (cmd.h).  Each turn continues the walk until one buffer of
 * lines is full.  So a dump never holds more than this buffer, however large the store is; a
 * slow reader delays no other client, and many dumps may run at the same time.
 */
#ifndef SERVER_CMD_CMD_DUMP_H
#define SERVER_CMD_CMD_DUMP_H

#include "server/cmd/cmd.h"

enum dump_format { DUMP_METADUMP, DUMP_MGDUMP };

enum { DUMP_CLASSES = 256 };

/* Leaves a dump in ctx->job; `wanted` is by the engine's class id.  false: out of memory. */
MUST_USE bool cmd_dump_begin(struct cmd_ctx *, enum dump_format, const bool wanted[DUMP_CLASSES]);

#endif
