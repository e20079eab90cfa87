/*
 * packing: values that are compressed as other clients do it, so that each can
 * read what the other has stored.
 *
 * A convention says which of an item's flags mean that its value is packed, and
 * how.  These flags are not shown to the program, and it may not set them.
 *
 * Threads: a list of unpacked values is its handle's; all else any.
 */
#ifndef CLIENT_PACKING_PACKING_H
#define CLIENT_PACKING_PACKING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/must.h"

struct packing;  /* packing.c */
struct unpacked; /* values, until they are given back */

/* false: there is none of this name.  *packing is NULL for "none". */
MUST_USE bool packing_named(const char *name, const struct packing **packing);

/* Whether this machine can do it. */
bool packing_works(const struct packing *);

/* What of the flags is the convention's. */
uint32_t packing_flags(const struct packing *);

/* *packed is for free(3), and NULL if the value is to stay as it is: it would not be smaller.  Else the flags are set. */
void packing_pack(
    const struct packing *, struct bytes value, char **packed, uint32_t *n_packed, uint32_t *flags);

/*
 * The value as it was, in place of the one that came; it stays until
 * packing_forget.  At most `max` bytes.  An enum larder_code; without LARDER_OK the
 * value is empty.
 */
MUST_USE int packing_unpack(
    const struct packing *, struct bytes *value, uint32_t *flags, size_t max, struct unpacked **);
void packing_forget(struct unpacked **);

#endif
