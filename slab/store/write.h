/*
 * write: takes memory for an item and fills in everything except its value.
 *
 * The new item is private to the caller until it is published: no reader can
 * find it, and the sweep sees its chunks as free.  publish_abandon frees it.
 *
 * Threads: inside an epoch, which it may leave and enter again to reclaim memory.
 */
#ifndef SLAB_STORE_WRITE_H
#define SLAB_STORE_WRITE_H

#include "slab/core/store_thread.h"

/*
 * STORE_OK, STORE_TOO_LARGE, STORE_NO_MEMORY (counted by the caller that refuses
 * the client) or STORE_BUSY (slab/reclaim/reclaim_ask.h).
 */
MUST_USE enum store_result write_item(
    struct store_thread *, const struct store_key *, const struct store_spec *, struct item **);

/* The part of an unpublished item that has chunks: the first `n` bytes of its value. */
struct write_extent {
    uint32_t n;
    uint64_t tail; /* offset of the last link, 0: there is none yet */
};

/*
 * The same in steps, as the bytes of the value arrive: first the item's own
 * chunk, then links until the extent covers the value.  `upto`: how far the
 * caller wants to extend, so that memory is reclaimed once for all of it.
 */
MUST_USE enum store_result write_begin(struct store_thread *, const struct store_key *,
    const struct store_spec *, struct item **, struct write_extent *);
MUST_USE enum store_result write_extend(
    struct store_thread *, struct item *, struct write_extent *, uint32_t upto);

/* Sizes of the chunks that these two take; 0 for an item over item_max. */
uint32_t write_first_chunk(const struct store_thread *, const struct store_key *, const struct store_spec *);
uint32_t write_next_chunk(const struct store_thread *, const struct item *, const struct write_extent *);

enum store_result write_refuse(struct store_thread *, struct item **); /* STORE_NO_MEMORY, counted */

/* Counts a result if it refuses a client's value; returns it. */
enum store_result write_count(struct store_thread *, enum store_result);

/*
 * The same for a new key.  In an emergency it is refused, while existing items
 * may change, since a change frees as much memory as it takes.
 */
static inline bool
write_may_be_new(const struct store_thread *t)
{
    return LIKELY(
        atomic_load_explicit(&t->store->pressure, memory_order_relaxed) != STORE_PRESSURE_EMERGENCY);
}

static inline MUST_USE enum store_result
write_new_item(
    struct store_thread *t, const struct store_key *key, const struct store_spec *spec, struct item **out)
{
    return write_may_be_new(t) ? write_item(t, key, spec, out) : write_refuse(t, out);
}

/*
 * The last position in a chain: the chunk that holds byte `from`.  All zero is
 * the beginning.  Continuing from there saves a walk of the chain for every piece
 * of a large value; a lower offset starts at the beginning again.
 */
struct write_cursor {
    uint64_t link; /* offset of the link, 0 = the item's own chunk */
    uint32_t from; /* the first byte of the value there */
};

/* Copies `n` bytes into the value from byte `at` on, across links. */
void write_value_from(
    struct store_thread *, struct item *, struct write_cursor *, uint32_t at, const char *, uint32_t n);

static inline void
write_value(struct store_thread *t, struct item *it, uint32_t at, const char *p, uint32_t n)
{
    if (UNLIKELY(item_flags(it) & ITEM_CHAINED)) {
        struct write_cursor c = {0, 0};
        write_value_from(t, it, &c, at, p, n);
        return;
    }
    MUST(n <= item_n_stored(it) && at <= item_n_stored(it) - n);
    if (LIKELY(n > 0)) /* an empty body may have a NULL pointer */
        memcpy(item_value(it) + at, p, n);
}

/*
 * Copies a whole value into another's from byte `at` on.  If the item has been unlinked since it was found, perhaps
 * nothing: the caller finds out when it swings the slot.
 */
void write_value_of(struct store_thread *, struct item *to, uint32_t at, const struct item *from);

/*
 * The value as spans from byte *at on, at most `max`, and moves *at past them;
 * for reading and for filling.
 */
size_t write_spans(
    const struct store_thread *, const struct item *, uint32_t *at, struct iovec *, size_t max);
size_t write_spans_from(const struct store_thread *, const struct item *, struct write_cursor *, uint32_t *at,
    struct iovec *, size_t max);

#endif
