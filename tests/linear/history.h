/*
 * history: the operations of some clients on one key, which does not exist at first.
 *
 * In a file an operation is a line, and # begins a comment:
 *
 *     CLIENT START END [@SECOND[-SECOND]] REQUEST[|VALUE] => REPLY[|VALUE]
 *
 * START and END are points in time in any unit.  An operation that ended before
 * another one started precedes it; the operations of one client are in the order of
 * their lines.  SECOND is the server's clock, 1000 if not given.  A line `tight` says
 * that memory was short: the server may refuse a command that needs memory.
 */
#ifndef TESTS_LINEAR_HISTORY_H
#define TESTS_LINEAR_HISTORY_H

#include <stdio.h>

#include "tests/linear/op.h"

enum { HISTORY_MAX = 64, HISTORY_CLIENTS = 16 };

struct history {
    int n;
    bool tight;
    struct op ops[HISTORY_MAX]; /* of each client in its order */
};

/* Must operation `a` precede `b`?  Both are numbers in `ops`. */
bool history_precedes(const struct history *, int a, int b);

void history_write(const struct history *, FILE *);

/* false: a line is malformed; its number is in *line. */
bool history_read(struct history *, FILE *, int *line);

#endif
