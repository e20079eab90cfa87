/*
 * fastlz: the default compression of php-memcached.
 *
 * The data is a run of instructions; the first one's top bits are the level, 0 or 1:
 *
 *   000LLLLL                        L + 1 bytes follow, and are copied
 *   LLLDDDDD [len] dddddddd         L + 2 bytes from D*256 + d + 1 before; to an L of 7 len
 *                                   is added, in level 1 also further ones while they are 255
 *   LLL11111 [len] 11111111 hi lo   level 1: from 8191 + hi*256 + lo + 1 before
 *
 * fastlz_pack writes level 0.
 *
 * Threads: any.
 */
#ifndef CLIENT_PACKING_FASTLZ_H
#define CLIENT_PACKING_FASTLZ_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/must.h"

/* Compresses into the `room` bytes at `dst`.  Returns the length; 0 if it does not fit. */
size_t fastlz_pack(struct bytes, char *dst, size_t room);

/* Decompresses to exactly `n` bytes; false if the data does not give that. */
MUST_USE bool fastlz_unpack(struct bytes, char *dst, size_t n);

#endif
