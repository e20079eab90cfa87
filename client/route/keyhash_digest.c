/*
 * MD5 and the first word of SHA-1, of strings.
 *
 * They place keys and servers on rings that other programs define, once for each lookup.
 * These few dozen lines take a tenth of the time that OpenSSL needs to set up a digest,
 * and work where a policy forbids MD5 for secrets.
 */
#include "client/route/keyhash.h"

#include <endian.h>
#include <string.h>

enum { BLOCK = 64, N_LENGTH = 8 };

/* floor(2^32 * |sin(i + 1)|) */
static const uint32_t md5_sine[64] = {
    0xd76aa478,
    0xe8c7b756,
    0x242070db,
    0xc1bdceee,
    0xf57c0faf,
    0x4787c62a,
    0xa8304613,
    0xfd469501,
    0x698098d8,
    0x8b44f7af,
    0xffff5bb1,
    0x895cd7be,
    0x6b901122,
    0xfd987193,
    0xa679438e,
    0x49b40821,
    0xf61e2562,
    0xc040b340,
    0x265e5a51,
    0xe9b6c7aa,
    0xd62f105d,
    0x02441453,
    0xd8a1e681,
    0xe7d3fbc8,
    0x21e1cde6,
    0xc33707d6,
    0xf4d50d87,
    0x455a14ed,
    0xa9e3e905,
    0xfcefa3f8,
    0x676f02d9,
    0x8d2a4c8a,
    0xfffa3942,
    0x8771f681,
    0x6d9d6122,
    0xfde5380c,
    0xa4beea44,
    0x4bdecfa9,
    0xf6bb4b60,
    0xbebfbc70,
    0x289b7ec6,
    0xeaa127fa,
    0xd4ef3085,
    0x04881d05,
    0xd9d4d039,
    0xe6db99e5,
    0x1fa27cf8,
    0xc4ac5665,
    0xf4292244,
    0x432aff97,
    0xab9423a7,
    0xfc93a039,
    0x655b59c3,
    0x8f0ccc92,
    0xffeff47d,
    0x85845dd1,
    0x6fa87e4f,
    0xfe2ce6e0,
    0xa3014314,
    0x4e0811a1,
    0xf7537e82,
    0xbd3af235,
    0x2ad7d2bb,
    0xeb86d391,
};
/* clang-format off */
static const uint8_t md5_turn[64] = {
    7, 12, 17, 22, 7, 12, 17, 22, 7, 12, 17, 22, 7, 12, 17, 22,
    5,  9, 14, 20, 5,  9, 14, 20, 5,  9, 14, 20, 5,  9, 14, 20,
    4, 11, 16, 23, 4, 11, 16, 23, 4, 11, 16, 23, 4, 11, 16, 23,
    6, 10, 15, 21, 6, 10, 15, 21, 6, 10, 15, 21, 6, 10, 15, 21,
};
/* clang-format on */

/* The four rounds differ in how they mix three words, and in the order of the block's words. */
static inline uint32_t
md5_round(uint32_t s[4], const uint32_t m[16], int i)
{
    uint32_t f;
    int g;
    if (i < 16)
        f = s[3] ^ (s[1] & (s[2] ^ s[3])), g = i;
    else if (i < 32)
        f = s[2] ^ (s[3] & (s[1] ^ s[2])), g = (5 * i + 1) & 15;
    else if (i < 48)
        f = s[1] ^ s[2] ^ s[3], g = (3 * i + 5) & 15;
    else
        f = s[2] ^ (s[1] | ~s[3]), g = (7 * i) & 15;
    return s[1] + keyhash_rotate(s[0] + f + md5_sine[i] + m[g], md5_turn[i]);
}

static void
md5_block(uint32_t state[4], const unsigned char *block)
{
    uint32_t m[16], s[4];
    memcpy(m, block, BLOCK);
    for (int i = 0; i < 16; i++)
        m[i] = le32toh(m[i]);
    memcpy(s, state, sizeof s);
#pragma GCC unroll 64
    for (int i = 0; i < 64; i++) {
        uint32_t b = md5_round(s, m, i);
        s[0] = s[3];
        s[3] = s[2];
        s[2] = s[1];
        s[1] = b;
    }
    for (int i = 0; i < 4; i++)
        state[i] += s[i];
}

static void
sha1_block(uint32_t state[5], const unsigned char *block)
{
    uint32_t w[80], s[5];
    memcpy(w, block, BLOCK);
    for (int i = 0; i < 16; i++)
        w[i] = be32toh(w[i]);
    for (int i = 16; i < 80; i++)
        w[i] = keyhash_rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    memcpy(s, state, sizeof s);
    for (int i = 0; i < 80; i++) {
        uint32_t f;
        if (i < 20)
            f = (s[3] ^ (s[1] & (s[2] ^ s[3]))) + 0x5a827999u;
        else if (i < 40)
            f = (s[1] ^ s[2] ^ s[3]) + 0x6ed9eba1u;
        else if (i < 60)
            f = ((s[1] & s[2]) | (s[3] & (s[1] | s[2]))) + 0x8f1bbcdcu;
        else
            f = (s[1] ^ s[2] ^ s[3]) + 0xca62c1d6u;
        uint32_t a = keyhash_rotate(s[0], 5) + f + s[4] + w[i];
        s[4] = s[3];
        s[3] = s[2];
        s[2] = keyhash_rotate(s[1], 30);
        s[1] = s[0];
        s[0] = a;
    }
    for (int i = 0; i < 5; i++)
        state[i] += s[i];
}

/* Both digests read the text, then a set bit, then the length in bits at the end of a block. */
static void
each_block(const char *text, size_t n, void (*block)(uint32_t *, const unsigned char *), uint32_t *state,
    bool big_endian)
{
    size_t at = 0;
    for (; n - at >= BLOCK; at += BLOCK)
        block(state, (const unsigned char *)text + at);
    unsigned char last[2 * BLOCK] = {0};
    size_t rest = n - at;
    if (rest > 0)
        memcpy(last, text + at, rest);
    last[rest] = 0x80;
    size_t end = rest < BLOCK - N_LENGTH ? BLOCK : 2 * BLOCK;
    uint64_t n_bits = big_endian ? htobe64(8 * (uint64_t)n) : htole64(8 * (uint64_t)n);
    memcpy(last + end - N_LENGTH, &n_bits, N_LENGTH);
    for (at = 0; at < end; at += BLOCK)
        block(state, last + at);
}

void
keyhash_md5_words(const char *text, size_t n, uint32_t word[4])
{
    word[0] = 0x67452301u;
    word[1] = 0xefcdab89u;
    word[2] = 0x98badcfeu;
    word[3] = 0x10325476u;
    each_block(text, n, md5_block, word, false);
}

uint64_t
keyhash_md5(const char *key, size_t n)
{
    uint32_t word[4];
    keyhash_md5_words(key, n, word);
    return word[0];
}

uint32_t
keyhash_sha1_word(const char *text, size_t n)
{
    uint32_t state[5] = {0x67452301u, 0xefcdab89u, 0x98badcfeu, 0x10325476u, 0xc3d2e1f0u};
    each_block(text, n, sha1_block, state, true);
    return state[0];
}
