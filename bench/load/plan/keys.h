/*
 * keys: which keys a load asks for, and how a key's number becomes its bytes.
 *
 * A key is the prefix and a decimal number from `min` to `min + n - 1`.  The
 * pattern decides how to choose the next number: R uniform, G Gaussian, Z Zipf, S
 * in sequence from the lowest to the highest, P in sequence through a part of the
 * range that belongs to this client alone.
 *
 * Threads: a struct keys is read-only once it is made; a struct keys_place belongs to its client.
 */
#ifndef BENCH_LOAD_PLAN_KEYS_H
#define BENCH_LOAD_PLAN_KEYS_H

#include <stdbool.h>
#include <string.h>

#include "base/bytes.h"
#include "base/must.h"
#include "bench/load/plan/random.h"
#include "bench/load/plan/zipf.h"
#include "proto/compose.h"

struct options;

enum { KEYS_DIGITS_MAX = 20, KEYS_MAX = 250 };

struct keys {
    const char *prefix;
    size_t n_prefix;
    uint64_t min, n;
    double middle, deviation; /* of G */
    struct zipf zipf;
};

/* A client's position in a sequence: `n` numbers from `first` on, of which it has used `at`. */
struct keys_place {
    uint64_t first, n, at;
};

void keys_init(struct keys *, const struct options *);

/* The part of the range that client `me` of `n_clients` uses under `pattern`. */
struct keys_place keys_place(const struct keys *, char pattern, uint64_t me, uint64_t n_clients);

uint64_t keys_next(const struct keys *, char pattern, struct keys_place *, struct random *);

/* How many decimal digits `number` has. */
unsigned keys_n_digits(uint64_t number);

/* Writes at most KEYS_MAX bytes; returns their end. */
static inline char *
keys_write(const struct keys *k, char *at, uint64_t number)
{
    memcpy(at, k->prefix, k->n_prefix);
    return compose_u64(at + k->n_prefix, number);
}

static inline size_t
keys_size(const struct keys *k, uint64_t number)
{
    return k->n_prefix + keys_n_digits(number);
}

/* Reads the number of a key; false if it is not one of our keys. */
MUST_USE bool keys_read(const struct keys *, struct bytes key, uint64_t *number);

#endif
