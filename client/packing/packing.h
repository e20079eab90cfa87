/*
 * packing: values compressed in the formats of other clients, so that each client can read
 * what another one has stored.
 *
 * A format says which of an item's flags mean that its value is compressed, and how.  The
 * library hides these flags from the program, which may not set them.
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
struct unpacked; /* values that were returned to the caller */

/* False if no format has this name.  *packing is NULL for "none". */
MUST_USE bool packing_named(const char *name, const struct packing **packing);

/* Whether the library that the format needs is installed. */
bool packing_works(const struct packing *);

/* The flags that belong to the format. */
uint32_t packing_flags(const struct packing *);

/*
 * *packed is for free(3); NULL if the value stays as it is, because it would not
 * get smaller.  Else the flags are set.
 */
void packing_pack(
    const struct packing *, struct bytes value, char **packed, uint32_t *n_packed, uint32_t *flags);

/*
 * Replaces the value by the original one, of at most `max` bytes, which stays valid until
 * packing_forget.  An enum larder_code; after an error the value is empty.
 */
MUST_USE int packing_unpack(
    const struct packing *, struct bytes *value, uint32_t *flags, size_t max, struct unpacked **);
void packing_forget(struct unpacked **);

#endif
