/*
 * chain: the links of a value that does not fit one chunk.
 *
 *   item -> link -> link -> 0
 *
 * A link's first word, its mark, shows the sweep that the chunk is a link, and names its
 * item.  Marks are set just before the item is published and cleared when it is unlinked:
 *
 *   a link is marked  =>  its chunk is reused only after a grace period
 *
 * So a sweep that has read a mark may follow it for as long as it stays inside its
 * epoch.  No sweep can have found a chain that was never marked, for example because
 * its client disconnected, and its chunks are reused immediately.
 *
 * Offsets are from `base`, the beginning of the arena.
 *
 * Threads: inside an epoch.
 */
#ifndef SLAB_INDEX_CHAIN_H
#define SLAB_INDEX_CHAIN_H

#include "slab/index/item.h"

/* The link whose chunk begins at `offset`, and the inverse. */
static inline struct link *
chain_at(const char *base, uint64_t offset)
{
    CHECKED_MUST(peek_bytes_left(base, offset) >= sizeof(struct link));
    return (struct link *)(base + offset);
}

static inline uint64_t
chain_offset(const char *base, const struct link *link)
{
    return (uint64_t)((const char *)link - base);
}

/*
 * All walks along a chain use these two:
 *
 *   for (link = chain_first(base, it); link != NULL; link = chain_next(base, link))
 *
 * The first link is NULL if the item is not chained, or has no link yet.
 */
static inline struct link *
chain_first(const char *base, const struct item *it)
{
    uint64_t next = (item_flags(it) & ITEM_CHAINED) ? *item_next(it) : 0;
    return next != 0 ? chain_at(base, next) : NULL;
}

static inline struct link *
chain_next(const char *base, const struct link *link)
{
    uint64_t next = atomic_load_explicit(&link->next, memory_order_acquire);
    return next != 0 ? chain_at(base, next) : NULL;
}

/*
 * Appends a link to a chain that no other thread can see: after `tail`, or after
 * the item if `tail` is NULL.
 */
static inline void
chain_append(const char *base, struct item *it, struct link *tail, const struct link *link)
{
    if (tail == NULL)
        *item_next(it) = chain_offset(base, link);
    else
        atomic_store_explicit(&tail->next, chain_offset(base, link), memory_order_relaxed);
}

/* Makes an unmarked link for `n` bytes from a free chunk; the caller appends it. */
static inline struct link *
chain_link(const char *base, uint64_t chunk, uint32_t n)
{
    struct link *link = chain_at(base, chunk);
    CHECKED_MUST(n > 0 && n <= peek_bytes_left(base, chunk) - sizeof *link);
    atomic_store_explicit(&link->next, 0, memory_order_relaxed);
    atomic_store_explicit(&link->holds, 0, memory_order_relaxed);
    link->n = n;
    return link;
}

void chain_mark(const char *base, const struct item *);
void chain_unmark(const char *base, const struct item *);

/*
 * Senders of a chain are counted in its first link, and those of an item's own
 * chunk in the item: a longer value may take over the chain and not the chunk.
 */
void chain_hold(const char *base, const struct item *);
/* true: this was the last sender, and the chain has been retired: the caller frees the links. */
MUST_USE bool chain_release(const char *base, const struct item *);
/* After the grace period no thread can newly hold the chain.  false: the last sender frees it. */
MUST_USE bool chain_retire(const char *base, const struct item *);
bool chain_is_held(const char *base, const struct item *);

/*
 * Prevents senders from holding the chain, if none holds it; under the bucket's
 * lock, for a few instructions until chain_end_claim.
 */
MUST_USE bool chain_try_claim(const char *base, const struct item *);
void chain_end_claim(const char *base, const struct item *);

/* Is it marked?  All of its links are, or none. */
static inline bool
chain_is_marked(const char *base, const struct item *it)
{
    const struct link *first = chain_first(base, it);
    return first != NULL && atomic_load_explicit(&first->mark, memory_order_relaxed) != 0;
}

#endif
