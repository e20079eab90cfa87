/*
 * fuzz: the interface of a fuzz target.
 *
 * A target parses bytes and aborts when an assertion fails.  Built with
 * --enable-fuzz, libFuzzer makes the bytes and learns which ones reach new code.
 * In every other build replay.c makes them from the target's words, the same ones
 * each time, so that `make check` runs it too.
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

extern const char *const fuzz_words[]; /* replay.c makes inputs of these; NULL ends them */

static inline bool
fuzz_within(struct bytes part, struct bytes whole)
{
    return part.n == 0 || (part.p >= whole.p && part.n <= whole.n && part.p + part.n <= whole.p + whole.n);
}

/*
 * A copy of `at` to `end` in memory of exactly this size, so that the sanitizer finds a read beyond it;
 * the caller frees it.
 */
static inline struct bytes
fuzz_piece(struct bytes all, size_t at, size_t end)
{
    char *p = malloc(end - at);
    MUST(p != NULL);
    memcpy(p, all.p + at, end - at);
    return bytes_of(p, end - at);
}

/* `at` plus `step`, but not beyond the end. */
static inline size_t
fuzz_further(struct bytes all, size_t at, size_t step)
{
    return step < all.n - at ? at + step : all.n;
}

#endif
