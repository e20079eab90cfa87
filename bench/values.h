/*
 * values: what is stored: bytes that are a pure function of key and size.
 *
 * A value is a stamp of 8 bytes (or as many as it has), then a run of a pool
 * that all values share: where the run begins, and the stamp, come from the key
 * and the size.  So composing is a copy, any part of a value can be compared
 * without the rest, and the value of another key does not pass for this one's.
 *
 *   byte i >= 8  ==  pool[(place + i) mod VALUES_POOL]
 *
 * The pool is text, which compresses about threefold, or random bytes.
 *
 * Threads: only read once it is made.
 */
#ifndef BENCH_VALUES_H
#define BENCH_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must.h"

enum { VALUES_POOL = 128 << 10, VALUES_STAMP = 8 };

struct values {
    char *pool; /* twice over, so that a run of up to VALUES_POOL bytes is in one piece */
    bool is_random;
};

MUST_USE bool values_init(struct values *, bool is_random); /* false when out of memory */
void values_fini(struct values *);

void values_write(const struct values *, char *at, uint64_t key, size_t size);

/* Whether the `n` bytes at `p` are those from `offset` on of the value of `key` that has `size` bytes. */
bool values_match(const struct values *, uint64_t key, size_t size, size_t offset, const char *p, size_t n);

#endif
