/*
 * shadow: what each policy would have kept, for a sample of keys.
 *
 * Keys whose hash is below a threshold are followed, one in so many.  A thread
 * that reads, writes or deletes such a key leaves an event in a ring of its own;
 * the mover takes them out and plays them to four small caches that hold nothing
 * (slab/policy/policy_sim.h), one for each policy, with a budget that is the same part of
 * memory.  So the hits that are counted compare the policies on the same load.
 *
 *   thread: one compare -> [1 in n] ring -> mover -> sim of each policy
 *
 * What the sims may take is a small part of the limit; when one is full, half
 * of the keys are followed no more, by all of them (SHARDS with a bounded size:
 * Waldspurger et al., FAST 2015).  A ring that is full loses events, and counts them.
 *
 * A read that finds nothing in a sim is taken for a miss that a client fills: the
 * item comes into the sim as it is in the real cache, or with the client's set.
 *
 * Threads: shadow_note on the thread whose ring it is, inside its epoch; the rest any.
 * Locks:   threads_lock while events are taken out, then the shadow's own (LOCK_LEAF) while they are played.
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
    uint32_t what; /* bytes / SHADE_UNIT << 2 | kind; a read of 0 bytes found nothing */
};

enum { SHADOW_RING = 1024 };
static_assert((SHADOW_RING & (SHADOW_RING - 1)) == 0, "a ring goes on where its 32-bit counts wrap");

struct shadow_ring {
    _Alignas(RING_LINE) struct ring ring; /* the thread writes, shadow_play reads under threads_lock */
    counter n_lost;                       /* the thread's */
    struct shadow_event event[SHADOW_RING];
};

struct shadow {
    uint32_t one_in; /* 0: nothing is followed; fixed */
    struct lock lock;
    struct policy_sim sims[STORE_N_POLICIES]; /* [lock] */
    uint32_t mask;                            /* [lock] keys with one of these bits are followed no more */
    uint64_t n_for_items;                     /* [lock] bytes of memory that items may have */
    uint64_t flush_seq;                       /* [lock] the flush that the sims have seen */
    uint64_t n_lost;                          /* [threads_lock] by threads that have gone */
};

/* false: out of memory. */
MUST_USE bool shadow_init(struct shadow *, uint32_t one_in, size_t limit);
void shadow_fini(struct shadow *);

/* Bytes that the sims have when they are as large as they get. */
size_t shadow_bytes_most(const struct shadow *);

/* Hashes below this are followed. */
static inline uint64_t
shadow_threshold(const struct shadow *s)
{
    return s->one_in == 0 ? 0 : UINT64_MAX / s->one_in;
}

/* A thread's ring comes, if any is needed, and goes (under threads_lock). */
MUST_USE bool shadow_join(struct store_thread *);
void shadow_part(struct store_thread *);

/* What happened to a key that is followed; `it` may be NULL: it was not there. */
void shadow_note(struct store_thread *, uint64_t hash, enum shadow_kind, const struct item *it);

/* Plays to the sims what has happened since. */
void shadow_play(struct store *);

/* Counts from 0 again; what the sims hold stays. */
void shadow_reset(struct shadow *);

#endif
