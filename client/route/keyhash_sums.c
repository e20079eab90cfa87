/*
 * Hashes that take a byte at a time: one-at-a-time, the FNV family, checksums.
 */
#include "client/route/keyhash.h"

/* A byte as `*(char *)key` reads it on x86: above 127 it is negative. */
static inline uint32_t
signed_byte(char c)
{
    return (uint32_t)(int32_t)(signed char)c;
}

uint64_t
keyhash_one_at_a_time(const char *key, size_t n)
{
    uint32_t h = 0;
    for (size_t i = 0; i < n; i++) {
        h += signed_byte(key[i]);
        h += h << 10;
        h ^= h >> 6;
    }
    h += h << 3;
    h ^= h >> 11;
    return h + (h << 15);
}

#define FNV_32_START 0x811c9dc5u
#define FNV_32_PRIME 0x01000193u
#define FNV_64_START 0xcbf29ce484222325u
#define FNV_64_PRIME 0x00000100000001b3u

uint64_t
keyhash_fnv1_64(const char *key, size_t n)
{
    uint64_t h = FNV_64_START;
    for (size_t i = 0; i < n; i++)
        h = h * FNV_64_PRIME ^ (uint64_t)(int64_t)(signed char)key[i];
    return (uint32_t)h;
}

uint64_t
keyhash_fnv1a_64(const char *key, size_t n)
{
    uint32_t h = (uint32_t)FNV_64_START;
    for (size_t i = 0; i < n; i++)
        h = (h ^ signed_byte(key[i])) * (uint32_t)FNV_64_PRIME;
    return h;
}

uint64_t
keyhash_fnv1_32(const char *key, size_t n)
{
    uint32_t h = FNV_32_START;
    for (size_t i = 0; i < n; i++)
        h = h * FNV_32_PRIME ^ signed_byte(key[i]);
    return h;
}

uint64_t
keyhash_fnv1a_32(const char *key, size_t n)
{
    uint32_t h = FNV_32_START;
    for (size_t i = 0; i < n; i++)
        h = (h ^ signed_byte(key[i])) * FNV_32_PRIME;
    return h;
}

/* The effect of four bits on a checksum; two steps process a byte. */
static const uint32_t crc32_nibble[16] = {
    0x00000000,
    0x1db71064,
    0x3b6e20c8,
    0x26d930ac,
    0x76dc4190,
    0x6b6b51f4,
    0x4db26158,
    0x5005713c,
    0xedb88320,
    0xf00f9344,
    0xd6d6a3e8,
    0xcb61b38c,
    0x9b64c2b0,
    0x86d3d2d4,
    0xa00ae278,
    0xbdbdf21c,
};
static const uint16_t crc16_nibble[16] = {
    0x0000,
    0x1021,
    0x2042,
    0x3063,
    0x4084,
    0x50a5,
    0x60c6,
    0x70e7,
    0x8108,
    0x9129,
    0xa14a,
    0xb16b,
    0xc18c,
    0xd1ad,
    0xe1ce,
    0xf1ef,
};

uint64_t
keyhash_crc32a(const char *key, size_t n)
{
    uint32_t c = ~0u;
    for (size_t i = 0; i < n; i++) {
        c ^= (unsigned char)key[i];
        c = c >> 4 ^ crc32_nibble[c & 15];
        c = c >> 4 ^ crc32_nibble[c & 15];
    }
    return (uint32_t)~c;
}

uint64_t
keyhash_crc32(const char *key, size_t n)
{
    return keyhash_crc32a(key, n) >> 16 & 0x7fff;
}

/* The upper half is not cut off: it has the bits that were shifted out of the checksum, and they count. */
uint64_t
keyhash_crc16(const char *key, size_t n)
{
    uint32_t c = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t step = (c ^ (uint32_t)(unsigned char)key[i] << 8) & 0xff00;
        step = (step << 4 & 0xffff) ^ crc16_nibble[step >> 12];
        step = (step << 4 & 0xffff) ^ crc16_nibble[step >> 12];
        c = c << 8 ^ step;
    }
    return c;
}
