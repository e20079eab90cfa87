/*
 * memory_limit: what the store may use: what the operator says (-m, a reload,
 * cache_memlimit) less what the process needs beside the store, or less than
 * that while the host or its control group have less.
 *
 *   the store's limit == min(configured - beside, available)
 *
 * So a full cache without connections is about as large as the operator configured.
 * `beside` is measured once everything has started (code, libraries, heap,
 * stacks), and what the store says of itself is added.  It is an eighth of
 * `configured` at most, and never so much that two of the largest values would not
 * fit any more.
 *
 * Threads: any.
 * Locks:   one of its own, LOCK_LISTENER, held while the store takes the limit.
 */
#ifndef SERVER_MEMORY_MEMORY_LIMIT_H
#define SERVER_MEMORY_MEMORY_LIMIT_H

#include <stdatomic.h>
#include <stddef.h>

#include "base/lock.h"

struct store;

struct memory_limit {
    struct store *store;
    size_t item_max;
    struct lock lock;
    /* Stored under the lock, and with the store's limit in step; loaded by anyone, relaxed. */
    _Atomic size_t configured;
    _Atomic size_t process;   /* bytes of the process, and nothing of the store; 0 before it is known */
    _Atomic size_t available; /* to the store, by the host or its control group; SIZE_MAX: all */
};

/* The store has been made with `configured`, for values of up to `item_max` bytes. */
void memory_limit_init(struct memory_limit *, struct store *, size_t configured, size_t item_max);
void memory_limit_fini(struct memory_limit *);

/* The process has started, and is so large without the store. */
void memory_limit_set_process(struct memory_limit *, size_t process);

/* The operator says another one.  false, and all is as it was, if the store cannot (store_resize). */
MUST_USE bool memory_limit_configure(struct memory_limit *, size_t configured);

/* The host or its control group leaves the store that much.  false if the store cannot go as low; then it stays where it is. */
bool memory_limit_set_available(struct memory_limit *, size_t available);

/* What was configured, and what holds: the same, or what the host or its control group allow the store.  Without the lock, as all below. */
size_t memory_limit_configured(const struct memory_limit *);
size_t memory_limit_now(const struct memory_limit *);

/* What of it is the store's: as far as the operator is concerned, and as it is now. */
size_t memory_limit_wanted_of_store(const struct memory_limit *);
size_t memory_limit_of_store(const struct memory_limit *);

#endif
