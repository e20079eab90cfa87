/*
 * locality: which nodes read an item, and requests to migrate it to its reader.
 *
 *   remote read -> 4 bits in the item -> 15 in a row -> ring of the thread -> mover of its node -> relocate
 *
 * Where there are several nodes, each read is counted as local or remote, by the item's place in
 * the arena.  A remote read counts in the item, at most once per tick of the access clock (a
 * sixteenth of a second), and a local read resets this count to 0.  So an item migrates when for
 * about a second only other nodes have read it, and an item that two nodes read stays.
 *
 * For this a read takes no lock, allocates nothing and never waits: if a ring is
 * full, the thread requests again with the next tick.  If the reader's node has no
 * free chunk, the item stays until it has been read as often again.
 *
 * Threads: a store_thread's own, except locality_take: a mover; locality_sum_node and
 *          locality_reset: any.  The ring has one writer, its thread, and one reader, the
 *          node's mover, which holds threads_lock so that the thread is not freed.
 */
#ifndef SLAB_CORE_LOCALITY_H
#define SLAB_CORE_LOCALITY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/must.h"
#include "base/ring.h"
#include "slab/core/store_thread.h"

enum { LOCALITY_REQUESTS = 1024, LOCALITY_BATCH = 64 };

static_assert(
    (LOCALITY_REQUESTS & (LOCALITY_REQUESTS - 1)) == 0, "a ring continues when its 32-bit counts wrap");
static_assert((ITEM_REMOTE_READS & 0xFFFF) == ITEM_REMOTE_READS && (ITEM_REMOTE_READS >> 15) == 1,
    "the uppermost bits, so that a carry is lost");

/* A request to migrate an item to the node of the requesting thread. */
struct migrate_request {
    uint64_t hash, offset;
};

struct locality_ring {
    _Alignas(RING_LINE) struct ring ring; /* the thread writes, its node's mover reads under threads_lock */
    struct migrate_request request[LOCALITY_REQUESTS];
};

/* A thread begins (its node and store are set) and ends (under threads_lock).  false: out of memory. */
MUST_USE bool locality_join(struct store_thread *);
void locality_part(struct store_thread *);

/* An event of a key that locality or shadow follows: a read, a write, a removal. */
void locality_note_wanted(struct store_thread *, uint64_t hash, enum shadow_kind, const struct item *it);

/*
 * Reports an event to locality, to slab/core/shadow.h, or both.  For a key that
 * is not followed, on one node, this comparison is the only cost.
 */
static inline void
locality_note(struct store_thread *t, uint64_t hash, enum shadow_kind kind, const struct item *it)
{
    if (UNLIKELY(hash < t->noted_below))
        locality_note_wanted(t, hash, kind, it);
}

/*
 * Takes requests of the thread with that record, if it belongs to `node`, at
 * most LOCALITY_BATCH; returns how many.
 */
size_t locality_take(struct store *, int node, int record, struct migrate_request *);

/* The sum of a node's threads, including those that have ended, since the start or locality_reset. */
struct locality_sum locality_sum_node(struct store *, int node);

/* Resets the counts to 0; under threads_lock. */
void locality_reset(struct store *);

#endif
