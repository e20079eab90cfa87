/*
 * top_looks: asks each server for its statistics in a thread of its own, so that a slow or failed server delays
 * neither the others nor the keyboard.
 *
 * Threads: looker i uses its own handle; the lock guards everything that the main thread reads of a looker.
 *          After an answer, a looker writes a byte to a pipe, which the main thread polls.
 * Signals: the lookers block all signals, so the main thread receives them.
 */
#ifndef TOOLS_TOP_TOP_LOOKS_H
#define TOOLS_TOP_TOP_LOOKS_H

#include "tools/cli/cli.h"
#include "tools/top/top_row.h"

struct top_looks; /* top_looks.c */

/* NULL after a message. */
struct top_looks *top_looks_new(const struct cli *);

/* Waits for outstanding answers, at most for the servers' timeouts. */
void top_looks_free(struct top_looks **);

/* Asks all servers, except those with an outstanding request. */
void top_looks_ask(struct top_looks *);

/* Becomes readable when a server has answered or failed. */
int top_looks_fd(const struct top_looks *);

/* Sets a row for each server, in their order, from the latest answers; true if no answer is outstanding. */
bool top_looks_take(struct top_looks *, struct top_row *rows);

#endif
