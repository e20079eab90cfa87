/*
 * bodies: makes bodies, and makes items refer to them (slab/index/body.h).
 *
 * Giving an item the form SHARED is a relocation (slab/form/relocate.h): the item stays the same to clients.
 * Two values are equal only if all of their bytes are; a hash that two different values have costs a comparison.
 *
 *   bodies_make:   body, one reference of its maker -> bodies_refer for some items -> publish_leave_body
 *   bodies_refer:  compared -> counted up -> relocated; if that fails, counted down
 *
 * Threads: inside an epoch; those that have joined (pack_join), since packed values are unpacked in their packer.
 * Locks:   one bucket at a time.
 */
#ifndef SLAB_FORM_BODIES_H
#define SLAB_FORM_BODIES_H

#include "slab/form/pack.h"

enum { BODIES_LEAST = 64 }; /* bytes of a value that may be shared */

/* The hash of an item's value, by which its body is found.  The item is not shared. */
uint64_t bodies_content(const struct store_thread *, const struct item *);

/* May the item become a referer? */
static inline bool
bodies_may(const struct item *it)
{
    uint32_t flags = item_flags(it);
    return !(flags & (ITEM_BODY | ITEM_PINNED)) && (flags & ITEM_FORM) != ITEM_SHARED;
}

/* Are the values of two items equal?  Neither is shared. */
bool bodies_equal(const struct store_thread *, const struct item *, const struct item *);

/* The bytes of chunks that become free if the item becomes a referer; 0: it does not pay. */
uint64_t bodies_saving(const struct store_thread *, const struct item *);

/*
 * Makes a body with the item's value, which is not shared, on the item's node; *body has one reference, which the
 * caller gives back with publish_leave_body.  PACK_GONE: another thread has made one, or the item is gone.
 */
MUST_USE enum pack_result bodies_make(
    struct store_thread *, const struct item *, uint64_t content, struct item **body);

/*
 * Makes the item a referer of a body that was found or made in this epoch.  PACK_VAIN: the values differ.
 * PACK_GONE: the item or the body is no longer in the index.
 */
MUST_USE enum pack_result bodies_refer(
    struct store_thread *, struct item *, uint64_t hash, struct item *body);

#ifdef LARDER_CHECKS_FULL
/* For tests; NULL otherwise.  Between the comparison and the count; instead of the hash. */
extern void (*bodies_between)(struct item *body);
extern uint64_t (*bodies_hash_instead)(uint64_t hash);
#endif

#endif
