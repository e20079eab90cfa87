/*
 * value: the bytes of a value as clients see them, whatever its form.
 *
 * Threads: inside an epoch.
 */
#ifndef SLAB_FORM_VALUE_H
#define SLAB_FORM_VALUE_H

#include "slab/core/store_thread.h"

enum {
    VALUE_ROOM_MAX = CODEC_LARGE_MAX + CODEC_SPARE
}; /* the most bytes that value_copy needs for a packed value */

/*
 * Copies the whole value, item_n_value bytes, to `to`.  If it is packed, there must be room for CODEC_SPARE more.  Of a
 * shared one, pass the item that body_holder returns, unless the item is certain to be linked: otherwise its body may be
 * gone.
 */
void value_copy(const struct store_thread *, const struct item *, char *to);

/*
 * The same with a packed value and any coder; `to` has room for CODEC_SPARE more.  false: the stored bytes are
 * damaged, and `to` has any bytes.
 */
MUST_USE bool value_unpack(const struct store *, const struct coder *, const struct item *, char *to);

/* Reads a value that is not shared from its first byte to its last. */
struct value_reader {
    const char *base;
    const char *p;           /* the next bytes that lie in one piece, ... */
    uint32_t n;              /* ... how many, ... */
    uint32_t left;           /* ... and how many in all */
    const struct link *link; /* the last one that was begun; NULL: none */
    const struct item *it;
};

/* `room`: VALUE_ROOM_MAX bytes, to which a packed value is unpacked; they belong to the reader as long as it reads. */
void value_read_begin(const struct store_thread *, struct value_reader *, const struct item *, char *room);

/* The same with bytes that lie in one piece. */
static inline void
value_read_bytes(struct value_reader *r, const char *bytes, uint32_t n)
{
    *r = (struct value_reader){.p = bytes, .n = n, .left = n};
}

/* Copies the next n bytes, which must exist. */
void value_read(struct value_reader *, char *to, uint32_t n);

/* A hash of the bytes that clients see: of two equal values, in any form but shared, the same one. */
uint64_t value_hash(const struct store_thread *, const struct item *, uint64_t seed, char *room);

/* Are all bytes of the two values equal?  Neither is shared; each has a room of its own. */
bool value_equals(
    const struct store_thread *, const struct item *, char *room, const struct item *, char *other_room);

#endif
