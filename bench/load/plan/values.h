/*
 * values: the stored bytes, a pure function of key and size, so that any part of a value can be compared by itself.
 *
 * With a content (content.h) a value consists of parts of equal size, one after another:
 *
 *   part i of n  ==  bytes size * i / n to size * (i + 1) / n - 1, and each part has its own seed
 *
 * Without one it is a stamp of 8 bytes (less if the value is shorter), then a run of a
 * pool that all values share.  The start of the run and the stamp are computed from the
 * key and the size.  So composing a value is a copy, and the value of another key is
 * recognized as wrong.  But a server that compresses values finds the pool in all of them.
 *
 *   byte i >= 8  ==  pool[(place + i) mod VALUES_POOL]
 *
 * The pool is text, which compresses about threefold, or random bytes.
 *
 * Duplicates: some keys have, instead of a value of their own, one of VALUES_COMMON
 * values of each size.
 *
 * Threads: read-only once it is made.
 */
#ifndef BENCH_LOAD_PLAN_VALUES_H
#define BENCH_LOAD_PLAN_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must.h"
#include "bench/load/plan/content.h"

enum { VALUES_POOL = 128 << 10, VALUES_STAMP = 8, VALUES_COMMON = 256 };

enum values_kind { VALUES_POOL_OF_TEXT, VALUES_POOL_RANDOM, VALUES_OF_CONTENT };

struct values {
    enum values_kind kind;
    const struct content *content;
    char *pool; /* or NULL; stored twice, so that a run of up to VALUES_POOL bytes is contiguous */
    unsigned duplicates_pct;
};

/* False when out of memory.  `content`: of the kind VALUES_OF_CONTENT. */
MUST_USE bool values_init(struct values *, enum values_kind, const struct content *, unsigned duplicates_pct);
void values_fini(struct values *);

/* True if the key is a duplicate; then *common is the number of its value, below VALUES_COMMON. */
bool values_is_duplicate(const struct values *, uint64_t key, uint64_t *common);

void values_write(const struct values *, char *at, uint64_t key, size_t size);

/* True if the `n` bytes at `p` equal the value of `key` with `size` bytes, from `offset` on. */
bool values_match(const struct values *, uint64_t key, size_t size, size_t offset, const char *p, size_t n);

#endif
