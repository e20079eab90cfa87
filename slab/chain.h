/*
 * chain: the links of a value that does not fit one chunk.
 *
 *   item -> link -> link -> 0
 *
 * A link's first word, its mark, tells the sweep that the chunk is a link and
 * names its item.  Marks are set just before the item is published and cleared
 * when it is unlinked:
 *
 *   a link is marked  =>  its chunk is reused only after a grace period
 *
 * So a sweep that has read a mark may follow it for as long as it stays inside
 * its epoch.  A chain that was never marked, one of which the client hung up,
 * cannot have been found, and its chunks are reused at once.
 *
 * Offsets are from `base`, the beginning of the arena.
 *
 * Threads: inside an epoch.
 */
#ifndef SLAB_CHAIN_H
#define SLAB_CHAIN_H

#include "slab/item.h"

/* The first link of a chained item, NULL if it has none yet. */
static inline struct link *
chain_first(char *base, const struct item *it)
{
    uint64_t next = *item_next(it);
    return next != 0 ? (struct link *)(base + next) : NULL;
}

static inline struct link *
chain_next(char *base, const struct link *link)
{
    uint64_t next = atomic_load_explicit(&link->next, memory_order_acquire);
    return next != 0 ? (struct link *)(base + next) : NULL;
}

static inline uint64_t
chain_offset(char *base, const struct link *link)
{
    return (uint64_t)((const char *)link - base);
}

/* Makes a link of a free chunk, unmarked, with room for `n` bytes; the caller hangs it on. */
static inline struct link *
chain_link(char *base, uint64_t chunk, uint32_t n)
{
    struct link *link = (struct link *)(base + chunk);
    atomic_store_explicit(&link->next, 0, memory_order_relaxed);
    atomic_store_explicit(&link->pins, 0, memory_order_relaxed);
    link->n = n;
    return link;
}

void chain_mark(char *base, const struct item *);
void chain_unmark(char *base, const struct item *);

/*
 * Senders of a chain are counted in its first link, and those of an item's own
 * chunk in the item: a longer value may take over the one and not the other.
 */
void chain_pin(char *base, const struct item *);
/* true: it was the last sender, and the chain has been retired: the caller frees the links. */
MUST_USE bool chain_unpin(char *base, const struct item *);
/* The grace period is over: no thread can pin it any more.  false: the last sender frees it. */
MUST_USE bool chain_retire(char *base, const struct item *);
bool chain_is_pinned(char *base, const struct item *);

/* Keeps senders from pinning it, if none has; under the bucket's lock.  Some instructions later it is ended. */
MUST_USE bool chain_try_claim(char *base, const struct item *);
void chain_end_claim(char *base, const struct item *);

/* Was it marked, and not unmarked since?  All links are, or none. */
static inline bool
chain_is_marked(char *base, const struct item *it)
{
    const struct link *first = chain_first(base, it);
    return first != NULL && atomic_load_explicit(&first->mark, memory_order_relaxed) != 0;
}

#endif
