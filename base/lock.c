#include "base/lock.h"

#include <errno.h>
#include <time.h>

#ifdef LARDER_CHECKS
enum { HELD_MAX = 16 };
static _Thread_local enum lock_rank held[HELD_MAX];
static _Thread_local int n_held;
static _Thread_local char self; /* its address identifies the thread */

void
lock_rank_enter(enum lock_rank r)
{
    MUST(n_held < HELD_MAX);
    MUST(n_held == 0 || held[n_held - 1] < r); /* lock order: see enum lock_rank */
    held[n_held++] = r;
}

void
lock_rank_leave(enum lock_rank r)
{
    MUST(n_held > 0);
    int i = n_held - 1;
    while (i > 0 && held[i] != r)
        i--;
    MUST(held[i] == r);
    for (; i < n_held - 1; i++)
        held[i] = held[i + 1];
    n_held--;
}

void
lock_must_own(const struct lock *l)
{
    MUST(atomic_load_explicit(&l->owner, memory_order_relaxed) == (uintptr_t)&self);
}

static void
owner_set(struct lock *l, bool mine)
{
    atomic_store_explicit(&l->owner, mine ? (uintptr_t)&self : 0, memory_order_relaxed);
}
#else
static inline void
owner_set(struct lock *l, bool mine)
{
    (void)l;
    (void)mine;
}
#endif

void
lock_init(struct lock *l, enum lock_rank rank)
{
    MUST(pthread_mutex_init(&l->mutex, NULL) == 0);
    l->rank = rank;
    atomic_init(&l->n_takes, 0);
    atomic_init(&l->n_waits, 0);
    owner_set(l, false);
}

void
lock_fini(struct lock *l)
{
    MUST(pthread_mutex_destroy(&l->mutex) == 0);
}

/* A plain add: only the holder of the lock stores it. */
static void
count_take(struct lock *l)
{
    uint64_t n = atomic_load_explicit(&l->n_takes, memory_order_relaxed);
    atomic_store_explicit(&l->n_takes, n + 1, memory_order_relaxed);
}

bool
lock_try_take(struct lock *l)
{
    int rc = pthread_mutex_trylock(&l->mutex);
    MUST(rc == 0 || rc == EBUSY);
    if (rc != 0)
        return false;
    lock_rank_enter(l->rank);
    owner_set(l, true);
    count_take(l);
    return true;
}

void
lock_take(struct lock *l)
{
    if (lock_try_take(l))
        return;
    atomic_fetch_add_explicit(&l->n_waits, 1, memory_order_relaxed);
    lock_rank_enter(l->rank);
    MUST(pthread_mutex_lock(&l->mutex) == 0);
    owner_set(l, true);
    count_take(l);
}

void
lock_give(struct lock *l)
{
    lock_must_own(l);
    owner_set(l, false);
    lock_rank_leave(l->rank);
    MUST(pthread_mutex_unlock(&l->mutex) == 0);
}

void
lock_cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attr;
    MUST(pthread_condattr_init(&attr) == 0);
    MUST(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0);
    MUST(pthread_cond_init(cond, &attr) == 0);
    pthread_condattr_destroy(&attr);
}

bool
lock_wait(struct lock *l, pthread_cond_t *cond, uint64_t until_ns)
{
    lock_must_own(l);
    struct timespec until = {(time_t)(until_ns / 1000000000u), (long)(until_ns % 1000000000u)};
    owner_set(l, false);
    int rc = pthread_cond_timedwait(cond, &l->mutex, &until);
    MUST(rc == 0 || rc == ETIMEDOUT);
    owner_set(l, true);
    return rc == 0;
}
