/*
 * history: what some clients did to one key, which there was not at first.
 *
 * As a file, an operation is a line, and # begins a comment:
 *
 *     CLIENT START END [@SECOND[-SECOND]] REQUEST[|VALUE] => REPLY[|VALUE]
 *
 * START and END are points in time of any unit.  An operation that ended before
 * another started came before it; of one client's, the line above came first.
 * The seconds are the server's, 1000 if none are given.  A line `tight` says
 * that memory was short: the server may refuse what needs some.
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

/* Must `a` have come before `b`?  By their numbers. */
bool history_precedes(const struct history *, int a, int b);

void history_write(const struct history *, FILE *);

/* false: a line makes no sense; its number is in *line. */
bool history_read(struct history *, FILE *, int *line);

#endif
