/*
 * mask: removes from a dictionary what only one value had.
 *
 * zstd's trainer copies whole stretches of samples into the dictionary, and with them strings that only
 * one value had: a token, a name, an address.  They would stay there when the value is deleted.  So the
 * bytes that make a stretch unique are masked by zeros, and this holds for the result:
 *
 *   A string of MASK_WINDOW bytes of the dictionary that any sample has, at least MASK_WITNESSES samples
 *   have.  (A string of zeros is excepted, since it may be a mask.)
 *
 * No two samples have the same key or the same value (sample.h).  So two keys had such a string, in values
 * that differed.
 *
 *   stretch  {"name":"Marie Garcia","token":"5f0c91e2b7","role":"user"}
 *   masked   {"name":"Mari__Garcia","token":"5________7","role":"user"}
 *
 * Two rules do that.  A byte is masked that is in no window with enough witnesses.  And where two strings
 * meet that have enough witnesses each, but not together, two bytes in the middle of what they make unique
 * are masked.  The second rule is repeated, since the result has new windows.
 *
 * What this does not promise: a shorter string, such as the first digits of a number, may be of one
 * value.  Frequent strings may follow each other as in one value, if what is between them is frequent, too,
 * or is masked.  A secret in the values of two keys is kept like any other string, even if one of them
 * is a client's guess.
 *
 * Masked bytes keep their room: then the distances between the fixed parts of a record are those of the
 * values, for which zstd has its shortest codes.  Or they are cut out, which is better for common words
 * among random bytes.
 *
 * Threads: any; all memory is the caller's.
 */
#ifndef SLAB_CODEC_MASK_H
#define SLAB_CODEC_MASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must.h"

enum {
    MASK_WINDOW = 8,
    MASK_WITNESSES = 2,
    MASK_LEAST = 256, /* bytes that must be left */
    MASK_CONTENTS_MAX = 128 << 10,
};

/* Samples, one after the other. */
struct mask_source {
    const char *bytes;
    const size_t *sizes;
    size_t n;      /* samples */
    uint64_t seed; /* unknown to clients */
};

/* Bytes of scratch for contents of `n` bytes. */
size_t mask_scratch(size_t n);

/*
 * Masks `n` bytes of `contents` in their place; `cut` removes the masked ones.  `scratch` is aligned to 8
 * bytes, and has secrets afterwards.  Returns the new number of bytes.  0: fewer than MASK_LEAST are not
 * masked, or the samples are such that each mask makes another string unique.
 */
size_t mask_unique(const struct mask_source *, char *contents, size_t n, bool cut, void *scratch);

#endif
