/*
 * hash: the hash of a key, 64 bits of XXH3 with a seed.
 *
 * The index uses the low bits as the bucket and the high ones as the tag, so both
 * ends must be well distributed; XXH3's are (xxhash's own documentation).  The
 * server draws the seed at start, so that a client cannot choose keys that all
 * fall into one bucket.
 *
 * Threads: the seed is written before any key is hashed; otherwise only by tests.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

extern uint64_t hash_seed; /* 0 until it is drawn */

/* Draws the seed from the kernel. */
void hash_seed_randomly(void);

/* With the seed of another process, from its superblock (slab/layout.h). */
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
