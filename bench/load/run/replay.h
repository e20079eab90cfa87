/*
 * replay: sends a trace's gets through a cache, and after each miss a set of the missing item.
 *
 * K copies of the trace run at once, so that a cache of any size can be filled.
 * Each copy has its own connection and one outstanding get, so that a key's
 * requests keep the order of the trace; a set is sent together with the next get.
 * Each copy starts a little after the one before.
 *
 * A value is a pure function of copy, key and size (values.h), and random unless
 * --values chooses another content; every value that a get returns is compared.  At the end
 * replay asks for every key once more: the items found are the payload.
 *
 * Threads: one, the main thread.
 */
#ifndef BENCH_LOAD_RUN_REPLAY_H
#define BENCH_LOAD_RUN_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/must.h"
#include "bench/load/net/server_stats.h"

struct options;
struct target;
struct trace;

struct replay {
    uint64_t n_gets, n_misses;           /* over all copies */
    uint64_t n_late_gets, n_late_misses; /* of the second half of each copy */
    uint64_t n_wrong, n_errors;
    uint64_t n_found, n_payload; /* keys found at the end, and the bytes of them and their values */
    double length_s;
    struct server_stats before,
        after;       /* the server, before and after the replay; taken before the final gets */
    char error[128]; /* an error message of the server */
    char why[300];   /* why it ended early, or "" */
};

/* False if it ended early; replay.why has the reason. */
MUST_USE bool replay_do(struct replay *, const struct options *, const struct target *, const struct trace *);

void replay_report(const struct replay *, const struct options *, const struct trace *, FILE *out);
void replay_report_json(const struct replay *, const struct options *, const struct trace *, FILE *out);

#endif
