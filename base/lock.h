/*
 * lock: a mutex that knows its place.
 *
 * The lock order is enum lock_rank: acquire downwards in this list, never
 * upwards and never two of one rank.  With --enable-checks a per-thread stack
 * aborts on the first violation; without, a struct lock is a plain mutex plus
 * a counter of the times that somebody had to wait.
 *
 * The index's bucket lock is a bit in the bucket (slab/index/index.c), not a struct
 * lock; it joins the same order through lock_rank_enter and lock_rank_leave.
 */
#ifndef BASE_LOCK_H
#define BASE_LOCK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/must.h"

enum lock_rank {
    LOCK_RELOAD,   /* certificates are read again, by one at a time: held for as long as that takes */
    LOCK_LISTENER, /* the list of workers, while they are being taken apart; the memory limit */
    LOCK_CHECKER,  /* logins that wait for their turn; answers are posted to workers under it */
    LOCK_INBOX,    /* what has arrived for a worker */
    LOCK_MOVER,    /* pause, wake and stop of background work */
    LOCK_GROW,     /* the index's split pointer: one splitter at a time */
    LOCK_BUCKET,   /* one index bucket: a few instructions, nothing allocated under it */
    LOCK_CLASS,    /* pages and free chunks of a (node, class) */
    LOCK_PAGES,    /* a node's pool of free pages, and the budget */
    LOCK_LEAF,     /* log, statistics: nothing may be taken under these */
};

struct lock {
    pthread_mutex_t mutex;
    enum lock_rank rank;
    _Atomic uint64_t n_takes; /* acquisitions; stored by the holder, relaxed */
    _Atomic uint64_t n_waits; /* those of them that found it taken; relaxed */
#ifdef LARDER_CHECKS
    _Atomic uintptr_t owner; /* stored by the holder; a thread only ever compares it with itself */
#endif
};

void lock_init(struct lock *, enum lock_rank);
void lock_fini(struct lock *);
void lock_take(struct lock *);
MUST_USE bool lock_try_take(struct lock *);
void lock_give(struct lock *);

/* Waits on `cond` until woken or until CLOCK_MONOTONIC passes `until_ns`; false when it was the time. */
bool lock_wait(struct lock *, pthread_cond_t *cond, uint64_t until_ns);

/* A condition for lock_wait (CLOCK_MONOTONIC). */
void lock_cond_init(pthread_cond_t *);

#ifdef LARDER_CHECKS
void lock_must_own(const struct lock *);
void lock_rank_enter(enum lock_rank);
void lock_rank_leave(enum lock_rank);
#else
static inline void
lock_must_own(const struct lock *l)
{
    (void)l;
}
static inline void
lock_rank_enter(enum lock_rank r)
{
    (void)r;
}
static inline void
lock_rank_leave(enum lock_rank r)
{
    (void)r;
}
#endif

#endif
