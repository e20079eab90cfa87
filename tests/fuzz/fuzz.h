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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

extern const char *const fuzz_words[]; /* what replay.c makes inputs of; ends with NULL */

#endif
