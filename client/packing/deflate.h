/*
 * deflate: zlib's format, by the zlib that the machine has.
 *
 * It is only looked for when it is wanted, so that the library needs none.
 *
 * Threads: any.
 */
#ifndef CLIENT_PACKING_DEFLATE_H
#define CLIENT_PACKING_DEFLATE_H

#include "base/bytes.h"
#include "base/must.h"

#include <stdbool.h>

/* Whether there is a zlib. */
bool deflate_there(void);

/* What it comes to, in the `room` bytes at `dst`; 0 if it does not fit. */
size_t deflate_pack(struct bytes, char *dst, size_t room);

/*
 * Into memory of its own, for free(3), `before` bytes behind its beginning; up to `max` bytes.
 * An enum larder_code.
 */
MUST_USE int deflate_unpack(struct bytes, size_t before, size_t max, char **room, size_t *n);

#endif
