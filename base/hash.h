/*
 * hash: the one hash of a key, 64 bits of XXH3.
 *
 * The index takes its bucket from the low bits and its tag from the high ones,
 * so both ends must be good; XXH3's are (xxhash's own documentation).
 * It is not keyed: see ARCHITECTURE.md, "What a hostile key can do".
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static inline uint64_t
hash_key(const char *key, size_t n)
{
    return XXH3_64bits(key, n);
}

#endif
