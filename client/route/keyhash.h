/*
 * keyhash: the hashes with which clients and proxies map keys to servers.
 *
 * Each follows its published description, with the deviations of the programs that use
 * it: several were written for signed chars, so a byte above 127 counts as negative.  None
 * of them is meant for secrets or for larder's own index.
 */
#ifndef CLIENT_ROUTE_KEYHASH_H
#define CLIENT_ROUTE_KEYHASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum keyhash_kind {
    KEYHASH_OWN, /* the hash of the ring's dialect */
#define KEYHASH(kind, word, function) KEYHASH_##kind,
#include "client/route/keyhash.def"
#undef KEYHASH
    N_KEYHASHES
};

/* A hash of 32 bits has 0 in the upper half. */
typedef uint64_t (*keyhash_function)(const char *key, size_t n);

keyhash_function keyhash_of(enum keyhash_kind);
const char *keyhash_word(enum keyhash_kind);

/* "default" is KEYHASH_OWN.  False if no hash has this name. */
bool keyhash_named(const char *word, enum keyhash_kind *);

uint64_t keyhash_one_at_a_time(const char *, size_t); /* Jenkins 1997; signed bytes */
uint64_t keyhash_md5(const char *, size_t);           /* the digest's first word, little endian */
uint64_t keyhash_crc16(const char *, size_t);   /* CCITT from 0, with the bits that are shifted out of it */
uint64_t keyhash_crc32(const char *, size_t);   /* 15 bits of it, as in memcached clients since Perl's */
uint64_t keyhash_crc32a(const char *, size_t);  /* all 32 bits, as in zlib */
uint64_t keyhash_fnv1_64(const char *, size_t); /* the lower half; signed bytes */
uint64_t keyhash_fnv1a_64(
    const char *, size_t); /* 64-bit constants, cut to 32 bits before hashing; signed bytes */
uint64_t keyhash_fnv1_32(const char *, size_t);  /* signed bytes */
uint64_t keyhash_fnv1a_32(const char *, size_t); /* signed bytes */
uint64_t keyhash_hsieh(const char *, size_t);    /* SuperFastHash from 0 */
uint64_t keyhash_murmur(const char *, size_t);   /* MurmurHash2; the seed is 0xdeadbeef times the length */
uint64_t keyhash_murmur3(const char *, size_t);  /* MurmurHash3 x86_32, the same seed */
uint64_t keyhash_jenkins(const char *, size_t);  /* lookup3's hashlittle from 13 */
uint64_t keyhash_xxh3(const char *, size_t);     /* 64 bits, no seed */

/* Digests for the points of servers on rings. */
void keyhash_md5_words(const char *, size_t, uint32_t word[4]); /* little endian */
uint32_t keyhash_sha1_word(const char *, size_t);               /* the first, big endian */

/* MurmurHash3's steps, to hash many strings with the same end. */
static inline uint32_t
keyhash_rotate(uint32_t x, int n)
{
    return x << n | x >> (32 - n);
}

static inline uint32_t
keyhash_murmur3_word(uint32_t k)
{
    return keyhash_rotate(k * 0xcc9e2d51u, 15) * 0x1b873593u;
}

static inline uint32_t
keyhash_murmur3_mix(uint32_t h, uint32_t scrambled)
{
    return keyhash_rotate(h ^ scrambled, 13) * 5 + 0xe6546b64u;
}

static inline uint32_t
keyhash_murmur3_end(uint32_t h, uint32_t n)
{
    h ^= n;
    h = (h ^ h >> 16) * 0x85ebca6bu;
    h = (h ^ h >> 13) * 0xc2b2ae35u;
    return h ^ h >> 16;
}

#endif
