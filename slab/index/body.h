/*
 * body: the item that has the value of others.
 *
 * Items with equal values may share one (the form ITEM_SHARED): they are its referers, and name it by its
 * content hash, which is its key.  So the index is the table of bodies, and a body that is moved or packed
 * needs no other change.
 *
 * A body is counted up before a referer is linked, and down after it was unlinked (slab/core/publish.h).
 * The last referer to go unlinks it.  So a reader that has found a referer and no longer finds its body knows
 * that the referer has been unlinked since, and looks again; one that has locked the referer's bucket, and
 * found it there, always finds the body.
 *
 * Threads: inside an epoch, which also keeps a body that was found.  No lock.
 */
#ifndef SLAB_INDEX_BODY_H
#define SLAB_INDEX_BODY_H

#include "slab/index/index.h"

/* The key of the body with that content hash; it points to the hash. */
static inline struct store_key
body_key(const uint64_t *content)
{
    const char *p = (const char *)content;
    return (struct store_key){p, BODY_KEY | ITEM_KEY_OF_BODY, hash_key(p, BODY_KEY)};
}

/* The content hash of a body. */
static inline uint64_t
body_content(const struct item *body)
{
    uint64_t content;
    CHECKED_MUST(item_is_body(body) && body->nkey == BODY_KEY);
    memcpy(&content, item_key(body), sizeof content);
    return content;
}

/* The body with that content hash, or NULL. */
struct item *body_find(const struct index *, uint64_t content);

/*
 * The item whose memory has the value: the item itself, or its body.  NULL: the item has been unlinked since
 * it was found.
 */
static inline const struct item *
body_holder(const struct index *idx, const struct item *it)
{
    return LIKELY(!item_is_shared(it)) ? it : body_find(idx, item_shared(it).hash);
}

#endif
