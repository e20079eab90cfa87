/*
 * memory_limit: what the store may use: what the operator says (-m, a reload,
 * cache_memlimit), or less while our surroundings have less.
 *
 *   the store's limit == min(said, allowed)
 *
 * Threads: any.
 * Locks:   one of its own, LOCK_LISTENER, held while the store takes the limit.
 */
#ifndef SERVER_MEMORY_LIMIT_H
#define SERVER_MEMORY_LIMIT_H

#include <stdatomic.h>
#include <stddef.h>

#include "base/lock.h"

struct store;

struct memory_limit {
    struct store *store;
    struct lock lock;
    /* Stored under the lock, and with the store's limit in step; loaded by anyone, relaxed. */
    _Atomic size_t said;
    _Atomic size_t allowed; /* by our surroundings; SIZE_MAX: all */
};

/* The store has been made with `said`. */
void memory_limit_init(struct memory_limit *, struct store *, size_t said);
void memory_limit_fini(struct memory_limit *);

/* The operator says another one.  false, and all is as it was, if the store cannot (store_resize). */
MUST_USE bool memory_limit_say(struct memory_limit *, size_t said);

/* Our surroundings allow that much.  false if the store cannot go as low; then it stays where it is. */
bool memory_limit_allow(struct memory_limit *, size_t allowed);

/* What was said, and what holds; without the lock. */
size_t memory_limit_said(const struct memory_limit *);
size_t memory_limit_now(const struct memory_limit *);

#endif
