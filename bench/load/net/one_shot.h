/*
 * one_shot: sends one request over its own connection and waits for the reply.
 *
 * Threads: the caller's; it blocks until the reply is complete or the timeout expires.
 */
#ifndef BENCH_LOAD_NET_ONE_SHOT_H
#define BENCH_LOAD_NET_ONE_SHOT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/must.h"

struct options;
struct target;

/*
 * Reads the server's counters as "STAT name value\r\n" lines, or as the text of
 * Redis's INFO, followed by a zero byte.  False if it cannot connect, the reply is
 * not complete within `wait_ms`, or `text` is too small for it.
 */
MUST_USE bool one_shot_ask_stats(
    const struct options *, const struct target *, char *text, size_t n_text, unsigned wait_ms);

#endif
