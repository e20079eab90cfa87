/*
 * fastlz: the format in which php-memcached compresses unless it is told otherwise.
 *
 * A run of instructions; the first one's top bits are the level, 0 or 1:
 *
 *   000LLLLL                        L + 1 bytes follow, and are copied
 *   LLLDDDDD [len] dddddddd         L + 2 bytes from D*256 + d + 1 before; an L of 7
 *                                   goes on in len, in level 1 in further ones while they are 255
 *   LLL11111 [len] 11111111 hi lo   level 1: from 8191 + hi*256 + lo + 1 before
 *
 * What is written is of level 0.
 *
 * Threads: any.
 */
#ifndef CLIENT_PACKING_FASTLZ_H
#define CLIENT_PACKING_FASTLZ_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/must.h"

/* What it comes to, in the `room` bytes at `dst`; 0 if it does not fit. */
size_t fastlz_pack(struct bytes, char *dst, size_t room);

/* Fills exactly `n` bytes; false if it is not that. */
MUST_USE bool fastlz_unpack(struct bytes, char *dst, size_t n);

#endif
