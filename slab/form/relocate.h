/*
 * relocate: moves an item to another chunk while other threads continue to read it, perhaps
 * in another form.
 *
 * The caller chooses the node: the item's own, or another.
 *
 * It copies the item, swings the slot if that still refers to the old chunk, and retires the
 * old chunk.  A chain is copied as a whole, wherever its links are.  The item stays the
 * same: same CAS number, expiry, access history.  A lost race costs one copy.
 *
 * Threads: inside an epoch.
 * Locks:   one bucket.
 */
#ifndef SLAB_FORM_RELOCATE_H
#define SLAB_FORM_RELOCATE_H

#include "slab/form/value.h"

enum { RELOCATE_MOST = 8 << 20 }; /* bytes: they are copied inside one epoch, some milliseconds */

enum relocate_result {
    RELOCATE_DONE,
    RELOCATE_GONE,     /* it has been unlinked or replaced */
    RELOCATE_NO_CHUNK, /* the node has no free chunk, or the item is over RELOCATE_MOST */
};

MUST_USE enum relocate_result relocate(struct store_thread *, struct item *, uint64_t hash, int node);

/* A value in the form that the item is to have (0: plain, or one of ITEM_FORM). */
struct relocate_value {
    uint32_t form;
    const void *bytes;
    uint32_t n; /* bytes as stored */
};

/* The bytes of the chunks that the item would take with `n` stored bytes of that form. */
uint64_t relocate_memory(const struct class_set *, const struct item *, uint32_t form, uint32_t n);

/* The class of the chunk that the item itself would take. */
uint32_t relocate_class(const struct class_set *, const struct item *, uint32_t form, uint32_t n);

/*
 * The same to another form.  The caller has made the value from the item's, in this epoch.  It becomes a
 * chain if it does not fit one chunk.  RELOCATE_NO_CHUNK: for a form other than plain, the class that lacks a
 * chunk has asked for a page (slab/mem/room.h).
 */
MUST_USE enum relocate_result relocate_as(
    struct store_thread *, struct item *, uint64_t hash, int node, const struct relocate_value *);

/* ---- the parts of it, for an item that is not a copy of another ----------- */

/* How an item with these flags, length of its key and stored bytes lies: in one chunk, or as a chain. */
struct relocate_shape {
    uint32_t flags;          /* with ITEM_CHAINED if it does not fit one chunk */
    uint32_t here, class_id; /* bytes of the value in the item's own chunk; the class of that */
};
struct relocate_shape relocate_shape(const struct class_set *, uint32_t flags, uint32_t nkey, uint32_t n);

/* A free chunk of the class on the node, or 0.  `asks`: then the class asks for a page (slab/mem/room.h). */
uint64_t relocate_take_chunk(struct store_thread *, int node, uint32_t class_id, bool asks);

/* Makes links for the bytes that are left; false: a chunk was missing, and the caller frees what was made. */
MUST_USE bool relocate_fill_links(
    struct store_thread *, struct item *, int node, struct value_reader *, bool asks);

#endif
