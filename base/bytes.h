/*
 * bytes: a borrowed run of bytes, pointer and length.
 *
 * It does not own the bytes; a function that returns one documents how long it
 * is valid.  The bytes need no terminating zero.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
    const char *p;
    size_t n;
};

#define BYTES(literal) ((struct bytes){(literal), sizeof(literal) - 1})

static inline struct bytes
bytes_of(const char *p, size_t n)
{
    return (struct bytes){p, n};
}

static inline bool
bytes_equal(struct bytes a, struct bytes b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool
bytes_begin_with(struct bytes a, struct bytes prefix)
{
    return a.n >= prefix.n && memcmp(a.p, prefix.p, prefix.n) == 0;
}

#endif
