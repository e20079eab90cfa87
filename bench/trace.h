/*
 * trace: recorded requests to a cache, read from a file.
 *
 * A line is "time,key,key size,value size,client,op,ttl", as those of the
 * published traces of Twitter are; a line with another shape (a head, say) is
 * left out and counted, and so is one with another op than get or gets:
 * reading through writes what it misses.  A key that is no number becomes one
 * by its hash.
 *
 * Threads: the main thread's.
 */
#ifndef BENCH_TRACE_H
#define BENCH_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/must.h"

enum { TRACE_KEY_MAX = 240, TRACE_VALUE_MAX = 1000000 }; /* bytes; larger ones are cut to that */

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

/* `path` NULL: standard input; one that ends in .zst goes through zstd.  False, with the reason on `err`. */
MUST_USE bool trace_read(struct trace *, const char *path, FILE *err);
void trace_fini(struct trace *);

/* Takes one line; for tests too.  False when out of memory. */
MUST_USE bool trace_take_line(struct trace *, const char *line);

#endif
