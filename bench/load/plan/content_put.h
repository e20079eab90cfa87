/*
 * content_put: random numbers and text for the files of content.
 *
 * The functions that write return the end of what they wrote, and may overwrite some
 * bytes after it: at most 16 in all.
 *
 * Threads: all functions use only their arguments.
 */
#ifndef BENCH_LOAD_PLAN_CONTENT_PUT_H
#define BENCH_LOAD_PLAN_CONTENT_PUT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "bench/load/plan/random.h"

/* A short text that is copied as 16 bytes. */
struct content_word {
    char text[15];
    uint8_t n;
};

#define CONTENT_WORD(text)     \
    {                          \
        text, sizeof(text) - 1 \
    }

extern const struct content_word content_words[]; /* for prose */
extern const uint32_t content_n_words;

/* The next random number; independent of the one before, so that a processor computes several at once. */
static inline uint64_t
content_draw(uint64_t *state)
{
    return random_mix(*state += 0x9e3779b97f4a7c15ull);
}

/* Maps the lower 16 bits of `x` to 0 to n - 1; n is small, so that the bias does not matter. */
static inline uint32_t
content_below(uint64_t x, uint32_t n)
{
    return (uint32_t)(x & 0xffff) * n >> 16;
}

static inline char *
content_put_word(char *at, const struct content_word *w)
{
    memcpy(at, w, 16);
    return at + w->n;
}

/* Writes 8 hexadecimal digits. */
static inline char *
content_put_hex(char *at, uint32_t x)
{
    uint64_t s = (uint64_t)(x >> 16) << 32 | (x & 0xffff);
    s = (s << 8 | s) & 0x00ff00ff00ff00ffull;
    s = (s << 4 | s) & 0x0f0f0f0f0f0f0f0full; /* one digit in each byte */
    uint64_t is_letter = (s + 0x0606060606060606ull) >> 4 & 0x0101010101010101ull;
    s += 0x3030303030303030ull + is_letter * ('a' - '0' - 10);
    memcpy(at, &s, 8);
    return at + 8;
}

/* Writes 8 random decimal digits, one from each byte of `x`. */
static inline char *
content_put_digits(char *at, uint64_t x)
{
    const uint64_t even = 0x00ff00ff00ff00ffull;
    uint64_t digits = ((x & even) * 10 >> 8 & even) | (((x >> 8 & even) * 10) & ~even);
    digits += 0x3030303030303030ull;
    memcpy(at, &digits, 8);
    return at + 8;
}

/* Writes a random number of `n` digits, at most 8; it does not begin with 0. */
static inline char *
content_put_number(char *at, uint64_t x, unsigned n)
{
    content_put_digits(at, x);
    at[0] = (char)('1' + content_below(x, 9));
    return at + n;
}

/* Writes two decimal digits; x < 100. */
static inline char *
content_put_two(char *at, uint32_t x)
{
    at[0] = (char)('0' + x / 10);
    at[1] = (char)('0' + x % 10);
    return at + 2;
}

#endif
