/*
 * Hashes that take four or more bytes at a time: MurmurHash2 and 3, lookup3,
 * SuperFastHash, XXH3.  All read little endian, on every machine.
 */
#include "client/route/keyhash.h"

#include <endian.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* The programs that use the Murmur hashes multiply the seed by the length. */
#define MURMUR_SEED 0xdeadbeefu

static inline uint32_t
word_at(const char *p)
{
    uint32_t w;
    memcpy(&w, p, sizeof w);
    return le32toh(w);
}

/* The last `n` < 4 bytes; the missing ones are 0. */
static inline uint32_t
rest_at(const char *p, size_t n)
{
    uint32_t w = 0;
    for (size_t i = 0; i < n; i++)
        w |= (uint32_t)(unsigned char)p[i] << (8 * i);
    return w;
}

uint64_t
keyhash_murmur(const char *key, size_t n)
{
    const uint32_t m = 0x5bd1e995u;
    uint32_t h = MURMUR_SEED * (uint32_t)n ^ (uint32_t)n;
    size_t i = 0;
    for (; n - i >= 4; i += 4) {
        uint32_t k = word_at(key + i) * m;
        h = h * m ^ (k ^ k >> 24) * m;
    }
    if (i < n)
        h = (h ^ rest_at(key + i, n - i)) * m;
    h = (h ^ h >> 13) * m;
    return h ^ h >> 15;
}

uint64_t
keyhash_murmur3(const char *key, size_t n)
{
    uint32_t h = MURMUR_SEED * (uint32_t)n;
    size_t i = 0;
    for (; n - i >= 4; i += 4)
        h = keyhash_murmur3_mix(h, keyhash_murmur3_word(word_at(key + i)));
    h ^= keyhash_murmur3_word(rest_at(key + i, n - i));
    return keyhash_murmur3_end(h, (uint32_t)n);
}

static inline void
jenkins_mix(uint32_t s[3])
{
    static const int turn[6] = {4, 6, 8, 16, 19, 4};
    for (int i = 0; i < 6; i++) {
        uint32_t *a = &s[i % 3], *b = &s[(i + 1) % 3], *c = &s[(i + 2) % 3];
        *a = (*a - *c) ^ keyhash_rotate(*c, turn[i]);
        *c += *b;
    }
}

static inline void
jenkins_end(uint32_t s[3])
{
    static const int turn[7] = {14, 11, 25, 16, 4, 14, 24};
    for (int i = 0; i < 7; i++) {
        uint32_t *c = &s[(i + 2) % 3], b = s[(i + 1) % 3];
        *c = (*c ^ b) - keyhash_rotate(b, turn[i]);
    }
}

uint64_t
keyhash_jenkins(const char *key, size_t n)
{
    uint32_t start = 0xdeadbeefu + (uint32_t)n + 13;
    uint32_t s[3] = {start, start, start};
    size_t i = 0;
    for (; n - i > 12; i += 12) {
        for (int w = 0; w < 3; w++)
            s[w] += word_at(key + i + 4 * w);
        jenkins_mix(s);
    }
    if (n == 0)
        return s[2];
    for (int w = 0; i < n; w++) {
        size_t step = n - i < 4 ? n - i : 4;
        s[w] += rest_at(key + i, step);
        i += step;
    }
    jenkins_end(s);
    return s[2];
}

static inline uint32_t
half_at(const char *p)
{
    return rest_at(p, 2);
}

static uint32_t
hsieh_rest(uint32_t h, const char *p, size_t n)
{
    switch (n) {
    case 3:
        h += half_at(p);
        h ^= h << 16;
        h ^= (uint32_t)(int32_t)(signed char)p[2] << 18;
        return h + (h >> 11);
    case 2:
        h += half_at(p);
        h ^= h << 11;
        return h + (h >> 17);
    case 1:
        h += (unsigned char)p[0];
        h ^= h << 10;
        return h + (h >> 1);
    }
    return h;
}

uint64_t
keyhash_hsieh(const char *key, size_t n)
{
    uint32_t h = 0;
    size_t i = 0;
    for (; n - i >= 4; i += 4) {
        h += half_at(key + i);
        h = h << 16 ^ (half_at(key + i + 2) << 11 ^ h);
        h += h >> 11;
    }
    h = hsieh_rest(h, key + i, n - i);
    h ^= h << 3;
    h += h >> 5;
    h ^= h << 4;
    h += h >> 17;
    h ^= h << 25;
    return h + (h >> 6);
}

uint64_t
keyhash_xxh3(const char *key, size_t n)
{
    return XXH3_64bits(key, n);
}
