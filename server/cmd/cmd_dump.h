/*
 * cmd_dump: all items, or those of some classes, line by line.
 *
 * A dump is a job of its connection (cmd.h).  Each turn walks on until one
 * buffer of lines is full, so however large the store is, a dump holds no more
 * than that, a slow reader holds up nobody, and many may be going on at once.
 */
#ifndef SERVER_CMD_CMD_DUMP_H
#define SERVER_CMD_CMD_DUMP_H

#include "server/cmd/cmd.h"

enum dump_format { DUMP_METADUMP, DUMP_MGDUMP };

enum { DUMP_CLASSES = 256 };

/* Leaves a dump in ctx->job; `wanted` is by class id, the engine's.  false: out of memory. */
MUST_USE bool cmd_dump_begin(struct cmd_ctx *, enum dump_format, const bool wanted[DUMP_CLASSES]);

#endif
