/*
 * owner: which thread an object belongs to.
 *
 * owner_must_be_self replaces the comment "only the worker's own thread": with --enable-checks it aborts on another
 * thread.  Before its thread begins, and after it has ended, the object belongs to no thread, and any may use it.
 * Without --enable-checks owner_must_be_self does nothing.
 *
 * Threads: owner_take and owner_drop by a thread that no other races with.
 */
#ifndef SERVER_OWNER_H
#define SERVER_OWNER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "base/must.h"

struct owner {
    _Atomic uintptr_t thread; /* 0: none; relaxed, because a thread only compares it with itself */
};

/* The object belongs to the calling thread from now on. */
static inline void
owner_take(struct owner *o)
{
    atomic_store_explicit(&o->thread, (uintptr_t)pthread_self(), memory_order_relaxed);
}

static inline void
owner_drop(struct owner *o)
{
    atomic_store_explicit(&o->thread, 0, memory_order_relaxed);
}

static inline void
owner_must_be_self(const struct owner *o)
{
#ifdef LARDER_CHECKS
    uintptr_t thread = atomic_load_explicit(&o->thread, memory_order_relaxed);
    MUST(thread == 0 || thread == (uintptr_t)pthread_self());
#else
    (void)o;
#endif
}

#endif
