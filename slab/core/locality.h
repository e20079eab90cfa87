/*
 * locality: who reads from which node, and items that move to where they are read.
 *
 *   read from afar -> 4 bits in the item -> 15 in a row -> ring of the thread -> mover of its node -> relocate
 *
 * Where there are several nodes each read is counted as local or remote, by where
 * the item lies in the arena.  A remote read counts in the item, at most once per
 * tick of the access clock (a sixteenth of a second), and a local one makes that 0
 * again: so an item moves when for about a second nobody but other nodes asked
 * for it, and one that two nodes both read stays where it is.
 *
 * A read takes no lock for this, allocates nothing and never waits: where a ring
 * is full the request comes again with the next tick.  What finds no room on its
 * reader's node stays, until it has been read as often again.
 *
 * Threads: a store_thread's own, but locality_take: a mover; locality_sum_node and
 * locality_reset: any.  The ring has one writer, its thread, and one reader, the
 * node's mover, under threads_lock, so that the thread stays.
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
    (LOCALITY_REQUESTS & (LOCALITY_REQUESTS - 1)) == 0, "a ring goes on where its 32-bit counts wrap");
static_assert((ITEM_REMOTE_READS & 0xFFFF) == ITEM_REMOTE_READS && (ITEM_REMOTE_READS >> 15) == 1,
    "the uppermost bits: what carries is lost");

/* An item, wanted on the node of whoever requests. */
struct migrate_request {
    uint64_t hash, offset;
};

struct locality_ring {
    _Alignas(RING_LINE) struct ring ring; /* the thread writes, its node's mover reads under threads_lock */
    struct migrate_request request[LOCALITY_REQUESTS];
};

/* A thread comes, its node and store known, and goes (under threads_lock).  false: out of memory. */
MUST_USE bool locality_join(struct store_thread *);
void locality_part(struct store_thread *);

/* A key that one of the two wants to hear of: a read, a write, a removal. */
void locality_note_wanted(struct store_thread *, uint64_t hash, enum shadow_kind, const struct item *it);

/* For us, for slab/core/shadow.h, or both: the first of what a followed key costs, and all that another does on one node. */
static inline void
locality_note(struct store_thread *t, uint64_t hash, enum shadow_kind kind, const struct item *it)
{
    if (UNLIKELY(hash < t->noted_below))
        locality_note_wanted(t, hash, kind, it);
}

/*
 * Takes out some of what the thread with that record requested, if it is of
 * `node`, at most LOCALITY_BATCH; returns how many.
 */
size_t locality_take(struct store *, int node, int record, struct migrate_request *);

/* Of all threads of a node that are and were, since the start or locality_reset. */
struct locality_sum locality_sum_node(struct store *, int node);

/* Counts from 0 again; under threads_lock. */
void locality_reset(struct store *);

#endif
