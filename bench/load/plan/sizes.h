/*
 * sizes: the size of the next value, from --data-size, --data-size-range or --data-size-list.
 *
 * Threads: read-only once it is made.
 */
#ifndef BENCH_LOAD_PLAN_SIZES_H
#define BENCH_LOAD_PLAN_SIZES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/must.h"
#include "bench/load/plan/random.h"

struct options;

struct sizes_row {
    size_t size;
    uint64_t up_to; /* sum of the weights up to this row */
};

struct sizes {
    size_t min, max;
    bool is_spread; /* the size is a function of the key, evenly spread over the keys */
    uint64_t first_key, n_keys;
    struct sizes_row *rows; /* of the list, or NULL */
    size_t n_rows;
};

enum sizes_result { SIZES_OK, SIZES_NO_LIST, SIZES_NO_MEMORY };

/* SIZES_NO_LIST: --data-size-list is malformed. */
MUST_USE enum sizes_result sizes_init(struct sizes *, const struct options *);
void sizes_fini(struct sizes *);

size_t sizes_next(const struct sizes *, uint64_t key, struct random *);

#endif
