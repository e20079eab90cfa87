/*
 * shadow: how each policy would perform, for a sample of keys.
 *
 * Keys whose hash is below a threshold are followed.  A thread that reads, writes or deletes
 * such a key leaves an event in a ring of its own.  The mover replays the events to simulated
 * caches (slab/policy/policy_sim.h), one for each policy, with the same share of memory as
 * their budget.  So their hits compare the policies on the same load.
 *
 *   thread: one compare -> [1 in n] ring -> mover -> sim of each policy
 *
 * The sims may use a small part of the limit.  When one is full, half of the keys
 * are no longer followed, in all of them (SHARDS with a bounded size: Waldspurger
 * et al., FAST 2015).  A full ring loses events, and counts them.
 *
 * A miss in a sim counts as a miss that a client fills: the sim stores the item
 * as it is in the real cache, or with the client's set.
 *
 * Threads: shadow_note on the thread whose ring it is, inside its epoch; the rest any.
 * Locks:   threads_lock while events are taken out, then the shadow's own (LOCK_LEAF)
 *          while they are replayed.
 */
#ifndef SLAB_CORE_SHADOW_H
#define SLAB_CORE_SHADOW_H

#include "base/counter.h"
#include "base/hash.h"
#include "base/lock.h"
#include "base/ring.h"
#include "slab/policy/policy_sim.h"

struct store_thread;

enum shadow_kind { SHADOW_READ, SHADOW_WRITE, SHADOW_DROP };

struct shadow_event {
    uint32_t key; /* of the hash */
    uint32_t stamp;
    uint32_t exptime;
    uint32_t what; /* bytes / POLICY_SIM_UNIT << 2 | kind; a read of 0 bytes was a miss */
};

enum { SHADOW_RING = 1024 };
static_assert((SHADOW_RING & (SHADOW_RING - 1)) == 0, "a ring continues when its 32-bit counts wrap");

struct shadow_ring {
    _Alignas(RING_LINE) struct ring ring; /* the thread writes, shadow_play reads under threads_lock */
    counter n_lost;                       /* events lost; the thread's counter */
    struct shadow_event event[SHADOW_RING];
};

struct shadow {
    uint32_t one_in; /* 0: no key is followed; fixed */
    struct lock lock;
    struct policy_sim sims[STORE_N_POLICIES]; /* [lock] */
    uint32_t mask;                            /* [lock] keys with one of these bits are no longer followed */
    uint64_t n_for_items;                     /* [lock] bytes of memory that items may have */
    uint64_t flush_seq;                       /* [lock] the last flush that the sims have seen */
    uint64_t n_lost;                          /* [threads_lock] by threads that have ended */
};

/* false: out of memory. */
MUST_USE bool shadow_init(struct shadow *, uint32_t one_in, size_t limit);
void shadow_fini(struct shadow *);

/* Bytes of the sims at their maximum size. */
size_t shadow_bytes_most(const struct shadow *);

/* Hashes below this are followed. */
static inline uint64_t
shadow_threshold(const struct shadow *s)
{
    return s->one_in == 0 ? 0 : UINT64_MAX / s->one_in;
}

/* Allocates a thread's ring, if it needs one, and frees it (under threads_lock). */
MUST_USE bool shadow_join(struct store_thread *);
void shadow_part(struct store_thread *);

/* Reports an event of a key that is followed; `it` is NULL if there was no item. */
void shadow_note(struct store_thread *, uint64_t hash, enum shadow_kind, const struct item *it);

/* Replays all events since the last call to the sims. */
void shadow_play(struct store *);

/* Resets the counts to 0; the sims keep their items. */
void shadow_reset(struct shadow *);

#endif
