/*
 * kind: the shape of a key: the key without its parts that differ from item to item.
 *
 * Items whose keys have one shape usually have values that one dictionary compresses well.  A
 * separator need not be configured.  Numbers and ids become '#':
 *
 *   user:123:profile                      user:#:profile
 *   sess:550e8400-e29b-41d4-a716-446655440000   sess:#
 *   PHPSESSID_0k2v9f7a3q8r1m5t            PHPSESSID_#
 *   img: and 16 random bytes              img:#
 *
 * A name or a slug in a key cannot be told from a fixed word: user:jsmith, page:/blog/how-to-cook.
 * So a kind has three levels: its whole shape, and two beginnings of it, which end after the
 * second and after the first separator that follows a word (user:..., page:/blog/..., page:...).
 * slab/codec/kinds.h counts an item at the first level that many items share.
 *
 * Only the first KIND_KEY_MAX bytes of a key are read.  The seed of the hash is the server's, so
 * that a client cannot choose shapes that collide.
 *
 * Threads: any.
 */
#ifndef SLAB_CODEC_KIND_H
#define SLAB_CODEC_KIND_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/must.h"

enum { KIND_LEVELS = 3, KIND_KEY_MAX = 128 };

struct kind {
    uint8_t n[KIND_LEVELS];      /* the length of each level's text, which begins at text[0]; never growing */
    char text[KIND_KEY_MAX + 1]; /* printable ASCII and spaces */
};

void kind_of_key(struct kind *, struct bytes key);

/* Level 0 is the whole shape.  The same text has another hash as a whole shape than as a beginning. */
static inline uint64_t
kind_hash(const struct kind *kind, unsigned level)
{
    CHECKED_MUST(level < KIND_LEVELS);
    return hash_key_with(hash_seed + (level > 0), kind->text, kind->n[level]);
}

#endif
