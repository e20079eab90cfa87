/*
 * deflate: zlib's format, by the zlib that is installed.
 *
 * zlib is loaded when it is first needed, so the library does not depend on it.
 *
 * Threads: any.
 */
#ifndef CLIENT_PACKING_DEFLATE_H
#define CLIENT_PACKING_DEFLATE_H

#include "base/bytes.h"
#include "base/must.h"

#include <stdbool.h>

/* Whether zlib is installed. */
bool deflate_available(void);

/* Compresses into the `room` bytes at `dst`.  Returns the length; 0 if it does not fit. */
size_t deflate_pack(struct bytes, char *dst, size_t room);

/*
 * Decompresses into new memory, for free(3), that begins with `before` unused bytes; at
 * most `max` bytes.  An enum larder_code.
 */
MUST_USE int deflate_unpack(struct bytes, size_t before, size_t max, char **room, size_t *n);

#endif
