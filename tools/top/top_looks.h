/*
 * top_looks: asks servers for their statistics, each in a thread of its own, so that one that is slow or gone neither
 * holds up the others nor the keyboard.
 *
 * Threads: looker i calls its own handle; everything that the main thread sees of it is under the one lock.
 *          Whoever has heard an answer writes a byte into a pipe, which the main thread polls.
 * Signals: all are blocked in the lookers: they are the main thread's.
 */
#ifndef TOOLS_TOP_TOP_LOOKS_H
#define TOOLS_TOP_TOP_LOOKS_H

#include "tools/cli/cli.h"
#include "tools/top/top_row.h"

struct top_looks; /* top_looks.c */

/* NULL after saying why. */
struct top_looks *top_looks_new(const struct cli *);

/* Waits for answers that are still due, no longer than the servers' timeouts. */
void top_looks_free(struct top_looks **);

/* Asks all servers that are not being asked yet. */
void top_looks_ask(struct top_looks *);

/* Becomes readable when a server has been heard. */
int top_looks_fd(const struct top_looks *);

/* Takes what is known now, a row for each server in their order; true if no answer is due. */
bool top_looks_take(struct top_looks *, struct top_row *rows);

#endif
