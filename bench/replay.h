/*
 * replay: a trace, read through a cache: a get, and where it misses, a set of what was not there.
 *
 * K copies of the trace run at once, so that a cache of any size can be filled.
 * Each has a connection of its own and one get out at a time, so that what
 * happens to a key happens in the order of the trace; its set rides with the
 * next get.  Each copy begins a little behind the one before.
 *
 * A value is a pure function of copy, key and size, and random, so that no
 * server can compress it; each that comes back is verified.  When all is over
 * every key is asked for once more: what still answers is the payload.
 *
 * Threads: one, the main thread.
 */
#ifndef BENCH_REPLAY_H
#define BENCH_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/must.h"
#include "bench/witness.h"

struct options;
struct target;
struct trace;

struct replay {
    uint64_t n_gets, n_misses;           /* of all */
    uint64_t n_late_gets, n_late_misses; /* of the second half of each copy */
    uint64_t n_wrong, n_errors;
    uint64_t n_found, n_payload; /* keys that still answer in the end, and bytes of them and their values */
    double length_s;
    struct witness before, after; /* the server, around the replay; what is asked in the end comes later */
    char error[128];              /* something that the server said was wrong */
    char why[300];                /* it ended early, or "" */
};

/* False when it ended early, and replay.why says why. */
MUST_USE bool replay_do(struct replay *, const struct options *, const struct target *, const struct trace *);

void replay_report(const struct replay *, const struct options *, const struct trace *, FILE *out);
void replay_report_json(const struct replay *, const struct options *, const struct trace *, FILE *out);

/* What is stored; `size` bytes. */
void replay_value(char *at, uint64_t copy, uint64_t key, size_t size);

#endif
