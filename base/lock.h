/*
 * lock: a mutex with a rank.
 *
 * The lock order is enum lock_rank: acquire downwards in this list, never
 * upwards and never two of one rank.  With --enable-checks a per-thread stack of
 * ranks aborts on the first violation; without it, a struct lock is a plain mutex
 * and counters of its acquisitions.
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
    LOCK_RELOAD,   /* reloading the certificates, by one thread at a time; held until they are loaded */
    LOCK_LISTENER, /* the list of workers while the server frees them; the memory limit */
    LOCK_CHECKER,  /* the queue of logins; held while answers are posted to workers */
    LOCK_INBOX,    /* a worker's incoming messages */
    LOCK_MOVER,    /* pause, wake and stop of background work */
    LOCK_GROW,     /* the index's split pointer: one splitter at a time */
    LOCK_BUCKET,   /* one index bucket, for a few instructions; no allocation under it */
    LOCK_CLASS,    /* pages and free chunks of a (node, class) */
    LOCK_PAGES,    /* a node's pool of free pages, and the budget */
    LOCK_LEAF,     /* log, statistics: no other lock may be taken under these */
};

struct lock {
    pthread_mutex_t mutex;
    enum lock_rank rank;
    _Atomic uint64_t n_takes; /* acquisitions; stored by the holder, relaxed */
    _Atomic uint64_t n_waits; /* acquisitions that had to wait; relaxed */
#ifdef LARDER_CHECKS
    _Atomic uintptr_t owner; /* stored by the holder; a thread only compares it with its own mark */
#endif
};

void lock_init(struct lock *, enum lock_rank);
void lock_fini(struct lock *);
void lock_take(struct lock *);
MUST_USE bool lock_try_take(struct lock *);
void lock_give(struct lock *);

/* Waits on `cond` until it is signalled or CLOCK_MONOTONIC passes `until_ns`; false on the timeout. */
bool lock_wait(struct lock *, pthread_cond_t *cond, uint64_t until_ns);

/* Initializes a condition for lock_wait (CLOCK_MONOTONIC). */
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
