/*
 * keys: which keys are asked for, and how a key's number becomes its bytes.
 *
 * A key is the prefix and a decimal number from `min` to `min + n - 1`.  How the
 * next number is chosen is a pattern: R uniform, G Gaussian, Z Zipf, S in
 * sequence from the least to the greatest, P the same in a part of the range
 * that only this client has.
 *
 * Threads: struct keys is only read once it is made, a struct keys_place is its client's.
 */
#ifndef BENCH_KEYS_H
#define BENCH_KEYS_H

#include <stdbool.h>
#include <string.h>

#include "base/bytes.h"
#include "base/must.h"
#include "bench/random.h"
#include "bench/zipf.h"

struct options;

enum { KEYS_DIGITS_MAX = 20, KEYS_MAX = 250 };

struct keys {
    const char *prefix;
    size_t n_prefix;
    uint64_t min, n;
    double middle, deviation; /* of G */
    struct zipf zipf;
};

/* Where a client is in a sequence: the numbers from `first`, `n` of them, `at` of which are behind it. */
struct keys_place {
    uint64_t first, n, at;
};

void keys_init(struct keys *, const struct options *);

/* The part of the range that client `me` of `n_clients` goes through under `pattern`. */
struct keys_place keys_place(const struct keys *, char pattern, uint64_t me, uint64_t n_clients);

uint64_t keys_next(const struct keys *, char pattern, struct keys_place *, struct random *);

/* Bytes of the decimal digits of `number`, and the digits themselves. */
unsigned keys_n_digits(uint64_t number);
char *keys_write_number(char *at, uint64_t number);

/* At most KEYS_MAX bytes; returns their end. */
static inline char *
keys_write(const struct keys *k, char *at, uint64_t number)
{
    memcpy(at, k->prefix, k->n_prefix);
    return keys_write_number(at + k->n_prefix, number);
}

static inline size_t
keys_size(const struct keys *k, uint64_t number)
{
    return k->n_prefix + keys_n_digits(number);
}

/* The number in a key; false if it is none of ours. */
MUST_USE bool keys_read(const struct keys *, struct bytes key, uint64_t *number);

#endif
