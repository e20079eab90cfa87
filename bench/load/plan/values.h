/*
 * values: the stored bytes, a pure function of key and size.
 *
 * A value is a stamp of 8 bytes (less if the value is shorter), then a run of a pool
 * that all values share.  The start of the run and the stamp are computed from the
 * key and the size.  So composing a value is a copy, any part of a value can be
 * compared by itself, and the value of another key is recognized as wrong.
 *
 *   byte i >= 8  ==  pool[(place + i) mod VALUES_POOL]
 *
 * The pool is text, which compresses about threefold, or random bytes.
 *
 * Threads: read-only once it is made.
 */
#ifndef BENCH_LOAD_PLAN_VALUES_H
#define BENCH_LOAD_PLAN_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must.h"

enum { VALUES_POOL = 128 << 10, VALUES_STAMP = 8 };

struct values {
    char *pool; /* stored twice, so that a run of up to VALUES_POOL bytes is contiguous */
    bool is_random;
};

MUST_USE bool values_init(struct values *, bool is_random); /* false when out of memory */
void values_fini(struct values *);

void values_write(const struct values *, char *at, uint64_t key, size_t size);

/* True if the `n` bytes at `p` equal the value of `key` with `size` bytes, from `offset` on. */
bool values_match(const struct values *, uint64_t key, size_t size, size_t offset, const char *p, size_t n);

#endif
