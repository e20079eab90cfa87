/*
 * epoch: when may memory that readers might still read be reused?
 *
 * A thread is inside an epoch while it serves one connection, and outside while it waits.
 * Unlinked memory is recorded with the epoch of that moment.  The epoch advances only when
 * every thread inside has seen the present one.  The unlinking store may become visible
 * later than the epoch was read, by at most the time that its thread stays inside.  So the
 * grace period is one epoch longer than the textbook's two:
 *
 *   free to reuse  <=>  unlinked + EPOCH_GRACE <= epoch_now
 *
 * The word that says "inside" also guards the private parts of an absent thread
 * (its magazines and limbo).  A thread that needs the memory of an idle thread
 * raids it, and if the idle thread enters at that time, it waits for those few
 * microseconds.  So an idle worker never withholds memory from the others.
 *
 * Everything is C11 atomics, so that the thread sanitizer understands it.
 * Source: Fraser, "Practical lock-freedom" (2004), chapter 5.
 *
 * Threads: a record belongs to one thread, which alone enters and leaves with it.
 */
#ifndef SLAB_MEM_EPOCH_H
#define SLAB_MEM_EPOCH_H

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/must.h"

enum { EPOCH_RECORDS = 576, EPOCH_NO_RECORD = -1, EPOCH_GRACE = 3 };

struct epoch_record {
    /* 0 outside; epoch << 1 | 1 inside; EPOCH_RAIDED; EPOCH_UNUSED.  All changes are compare-and-swap or by the
     * owner while inside; acquire and release pair between owner, raider and epoch_try_advance. */
    _Alignas(64) _Atomic uint64_t state;
#ifdef LARDER_CHECKS
    _Atomic uintptr_t owner; /* the thread that is inside, or raids; stored by it, relaxed */
#endif
};

struct epoch {
    _Alignas(64) _Atomic uint64_t now; /* release in epoch_try_advance pairs with acquire everywhere */
    struct epoch_record record[EPOCH_RECORDS];
    _Atomic int n_records; /* those ever used; only grows */
};

#define EPOCH_OUTSIDE UINT64_C(0)
#define EPOCH_RAIDED  UINT64_C(2)
#define EPOCH_UNUSED  UINT64_C(4)
static_assert(((EPOCH_OUTSIDE | EPOCH_RAIDED | EPOCH_UNUSED) & 1) == 0, "the low bit says inside");
static_assert(sizeof(struct epoch_record) == 64, "no two threads write to one line");

void epoch_init(struct epoch *);

/* A record for the calling thread, or EPOCH_NO_RECORD when all are taken. */
int epoch_join(struct epoch *);
void epoch_part(struct epoch *, int record); /* outside */

void epoch_wait_raid(struct epoch *, int record);

#ifdef LARDER_CHECKS
/* The caller must be the thread that is inside with this record. */
void epoch_must_be_inside(const struct epoch *, int record);
/* The caller must be inside with this record, or have raided it. */
void epoch_must_own(const struct epoch *, int record);
void epoch_note_owner(struct epoch *, int record); /* the caller owns the record from now on */
#else
static inline void
epoch_must_be_inside(const struct epoch *e, int record)
{
    (void)e;
    (void)record;
}
static inline void
epoch_must_own(const struct epoch *e, int record)
{
    (void)e;
    (void)record;
}
static inline void
epoch_note_owner(struct epoch *e, int record)
{
    (void)e;
    (void)record;
}
#endif

static inline uint64_t
epoch_now(const struct epoch *e)
{
    return atomic_load_explicit(&e->now, memory_order_acquire);
}

/*
 * Makes earlier stores visible to others before any later load.  gcc's thread
 * sanitizer does not support fences, and orders more than the machine does.
 */
static inline void
epoch_fence(void)
{
#ifndef __SANITIZE_THREAD__
    atomic_thread_fence(memory_order_seq_cst);
#endif
}

static inline void
epoch_enter(struct epoch *e, int record)
{
    _Atomic uint64_t *state = &e->record[record].state;
    uint64_t outside = EPOCH_OUTSIDE;
    /* No later load may move before the moment when others can see that this thread is inside. */
    while (UNLIKELY(!atomic_compare_exchange_strong(state, &outside, epoch_now(e) << 1 | 1))) {
        epoch_wait_raid(e, record);
        outside = EPOCH_OUTSIDE;
    }
    epoch_note_owner(e, record);
#ifndef __x86_64__
    /* On other machines than x86 a compare-and-swap does not order its store before later loads. */
    epoch_fence();
#endif
}

static inline void
epoch_leave(struct epoch *e, int record)
{
    epoch_must_be_inside(e, record);
    atomic_store_explicit(&e->record[record].state, EPOCH_OUTSIDE, memory_order_release);
}

static inline bool
epoch_inside(const struct epoch *e, int record)
{
    CHECKED_MUST(record >= 0 && record < EPOCH_RECORDS);
    return atomic_load_explicit(&e->record[record].state, memory_order_relaxed) & 1;
}

static inline void
epoch_must_be_outside(const struct epoch *e, int record)
{
    MUST(!epoch_inside(e, record));
}

/* Advances the epoch if every thread inside has seen it.  Never waits. */
bool epoch_try_advance(struct epoch *);

/* Is the grace period over, at the epoch `now`, of memory that was unlinked in an earlier or the same one? */
static inline bool
epoch_passed(uint64_t unlinked, uint64_t now)
{
    CHECKED_MUST(unlinked <= now);
    return unlinked + EPOCH_GRACE <= now;
}

/*
 * Locks an absent thread out until epoch_end_raid; false if it is inside,
 * already raided, or the record is unused.
 */
MUST_USE bool epoch_try_raid(struct epoch *, int record);
void epoch_end_raid(struct epoch *, int record);

#endif
