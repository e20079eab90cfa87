/*
 * value: the bytes of a value as clients see them, whatever its form.
 *
 * Threads: inside an epoch.
 */
#ifndef SLAB_FORM_VALUE_H
#define SLAB_FORM_VALUE_H

#include "slab/core/store_thread.h"

/*
 * Copies the whole value, item_n_value bytes, to `to`.  Of a shared one, pass the item that body_holder
 * returns, unless the item is certain to be linked: otherwise its body may be gone.
 */
void value_copy(const struct store_thread *, const struct item *, char *to);

/* Reads a value that is not shared from its first byte to its last. */
struct value_reader {
    const char *base;
    const char *p;           /* the next bytes that lie in one piece, ... */
    uint32_t n;              /* ... how many, ... */
    uint32_t left;           /* ... and how many in all */
    const struct link *link; /* the last one that was begun; NULL: none */
    const struct item *it;
    char plain[CODEC_SMALL_MAX]; /* of a packed value */
};
void value_read_begin(const struct store_thread *, struct value_reader *, const struct item *);

/* Copies the next n bytes, which must exist. */
void value_read(struct value_reader *, char *to, uint32_t n);

/* A hash of the bytes that clients see: of two equal values, in any form but shared, the same one. */
uint64_t value_hash(const struct store_thread *, const struct item *, uint64_t seed);

/* Are all bytes of the two values equal?  Neither is shared. */
bool value_equals(const struct store_thread *, const struct item *, const struct item *);

#endif
