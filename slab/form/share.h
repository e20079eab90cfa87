/*
 * share: finds items with equal values at the hand, and lets them share one (slab/form/bodies.h).
 *
 *   the hand -> content hash -> a body has it -> compared -> referer
 *                            -> an item was noted with it -> compared -> a body, and two referers
 *                            -> else noted
 *
 * A note is eight bytes of a table of fixed size: the item's place in the index, by the hash of its key.  So it holds
 * whatever form or chunk the item has by then.  If the store has more items than the table has places, only
 * values whose sketch (length and a few bytes) lies in a window are noted in one half of it, and the window moves on with
 * every round of the hand: otherwise equal values that are far from each other would never meet.  The others displace
 * each other in the other half, where values that many items have meet soon.
 *
 * At the end of a round the share of values in the window that had an equal one is known.  Below half a percent, the
 * values outside the window are not even hashed, until it is above one percent again, and seven of eight rounds look
 * at no value: so distinct values cost a sketch each in one round of eight, and one in 16 of these a hash.
 *
 * While what is shared is more than an eighth of what the hand meets, that makes the room, and nothing is evicted.
 *
 * Threads: only a mover shares; share_init and share_fini while there are none; the settings and sums: any.
 * Locks:   one bucket at a time.
 */
#ifndef SLAB_FORM_SHARE_H
#define SLAB_FORM_SHARE_H

#include "slab/form/bodies.h"

enum { SHARE_PART = 512 }; /* the table is at most this part of the limit at the start */

struct share;

/* Sets store->share.  false: out of memory. */
MUST_USE bool share_init(struct store *);
void share_fini(struct store *);

void share_set(struct store *, bool on);
bool share_is_on(const struct store *);

/* Is there a prospect that sharing frees memory: is it on, and have enough of the values an equal one? */
bool share_may_gain(const struct store *);

/* Bytes of the table, at most. */
size_t share_memory(const struct store *);

/* Does sharing make room now, so that nothing is evicted? */
bool share_grows(const struct store *);

struct share_counts {
    uint64_t n_shared;    /* items that became referers, ever */
    uint64_t n_bodies;    /* bodies that were made, ever */
    uint64_t n_differed;  /* values that had the hash of another */
    uint64_t n_no_chunk;  /* items that stayed as they were, because no chunk was free */
    uint64_t saved_bytes; /* of chunks, by all of it, less those of bodies */
    bool looks_at_all;    /* and not only at a sample */
};
void share_counts(const struct store *, struct share_counts *);

/* One run of a sweep. */
struct share_pass {
    bool on;     /* the thread may share, ... */
    bool shares; /* and does in this run */
    bool all;    /* and hashes all values, not only those in the window */
    bool grows;  /* nothing is evicted */
    uint32_t one_in, window, shift;
    uint64_t n_met, n_tried,
        n_found;               /* items; of these, values in the window; of these, those with an equal one */
    uint64_t met, saved, work; /* bytes */
};

void share_begin(struct store_thread *, struct share_pass *);
void share_end(struct store_thread *, struct share_pass *, uint64_t window);

/* Is an item that the hand meets, no body, to be tried?  `bytes` is what it holds. */
bool share_wants(const struct store_thread *, struct share_pass *, const struct item *, uint64_t bytes);

/* Tries; returns the bytes of chunks that became free, 0 if nothing changed. */
uint64_t share_item(struct store_thread *, struct share_pass *, struct item *, uint64_t hash);

#endif
