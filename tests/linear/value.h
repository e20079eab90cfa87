/*
 * value: what the checker knows of a value: its length, a hash, and its beginning.
 *
 * The hash of two joined values is computed from theirs, so the model can append
 * to a value of half a megabyte without storing it.  The beginning is long enough
 * to tell whether the value is a number, and which.
 */
#ifndef TESTS_LINEAR_VALUE_H
#define TESTS_LINEAR_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VALUE_HEAD = 24 }; /* a number has 20 digits at most, and a byte after it shows that it has ended */

struct value {
    uint64_t hash;
    uint32_t n;
    char head[VALUE_HEAD]; /* the first bytes; zeros after a shorter value */
};

struct value value_of(const char *bytes, size_t n);

/* The first value and the second after it. */
struct value value_join(const struct value *, const struct value *);

bool value_equal(const struct value *, const struct value *);

/* Is it a decimal number, perhaps with spaces after it? */
bool value_number(const struct value *, uint64_t *number);

/* The number's digits, padded with spaces to `n` bytes. */
struct value value_of_number(uint64_t number, uint32_t n);

/*
 * As a word in a history: the bytes as they are, a space as \s; a long value as its length, hash and
 * beginning.  `to` has space for VALUE_WORD bytes.
 */
enum { VALUE_WORD = 128 };
void value_write(const struct value *, char *to);
bool value_read(const char *word, size_t n, struct value *);

#endif
