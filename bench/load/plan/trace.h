/*
 * trace: recorded requests to a cache, read from a file.
 *
 * A line is "time,key,key size,value size,client,op,ttl", the format of Twitter's
 * published traces.  A line of another format (such as a header), or with an op
 * other than get or gets, is skipped and counted: after a miss replay sends its own
 * set.  A key that is no number is hashed to one.
 *
 * Threads: the main thread's.
 */
#ifndef BENCH_LOAD_PLAN_TRACE_H
#define BENCH_LOAD_PLAN_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/must.h"

enum { TRACE_KEY_MAX = 240, TRACE_VALUE_MAX = 1000000 }; /* bytes; larger sizes are cut to these */

struct trace_request {
    uint64_t key;
    uint32_t n_value, ttl_s;
    uint8_t n_key;
};

struct trace {
    struct trace_request *requests;
    size_t n;
    size_t n_skipped; /* lines */
    uint32_t value_max;
};

/*
 * `path` NULL: standard input; a file ending in .zst is read through zstd.
 * False, with the reason on `err`.
 */
MUST_USE bool trace_read(struct trace *, const char *path, FILE *err);
void trace_fini(struct trace *);

#endif
