/*
 * hash: the one hash of a key, 64 bits of XXH3 with a seed.
 *
 * The index takes its bucket from the low bits and its tag from the high ones,
 * so both ends must be good; XXH3's are (xxhash's own documentation).  The
 * server draws the seed at start, so that a client cannot choose keys that all
 * fall into one bucket.
 *
 * Threads: the seed is written before any key is hashed, or by a test alone.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

extern uint64_t hash_seed; /* 0 until somebody sets it */

/* Draws a seed from the kernel. */
void hash_seed_randomly(void);

/* By the seed of another process, which its superblock names (slab/layout.h). */
static inline uint64_t
hash_key_with(uint64_t seed, const char *key, size_t n)
{
    return XXH3_64bits_withSeed(key, n, seed);
}

static inline uint64_t
hash_key(const char *key, size_t n)
{
    return hash_key_with(hash_seed, key, n);
}

#endif
