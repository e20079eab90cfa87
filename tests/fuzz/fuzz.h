/*
 * fuzz: what a fuzz target is.
 *
 * A target looks at bytes and aborts when a promise is broken.  Built with
 * --enable-fuzz, libFuzzer makes up the bytes and learns from what they reach;
 * in every other build replay.c makes them from the target's words, the same
 * ones each time, so that `make check` runs it too.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

extern const char *const fuzz_words[]; /* what replay.c makes inputs of; ends with NULL */

static inline bool
fuzz_within(struct bytes part, struct bytes whole)
{
    return part.n == 0 || (part.p >= whole.p && part.n <= whole.n && part.p + part.n <= whole.p + whole.n);
}

/* From `at` to `end`, in memory of just that size, so that a byte too far is noticed; the caller frees it. */
static inline struct bytes
fuzz_piece(struct bytes all, size_t at, size_t end)
{
    char *p = malloc(end - at);
    MUST(p != NULL);
    memcpy(p, all.p + at, end - at);
    return bytes_of(p, end - at);
}

/* `step` further than `at`, as far as there is something. */
static inline size_t
fuzz_further(struct bytes all, size_t at, size_t step)
{
    return step < all.n - at ? at + step : all.n;
}

#endif
