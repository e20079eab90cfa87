/*
 * memory_limit: the memory that the store may use: what the operator configured
 * (-m, a reload, cache_memlimit) less what the process needs besides the store, and
 * less than that while the host or its control group has less.
 *
 *   the store's limit == min(configured - beside, available)
 *
 * So a full cache without connections is about as large as the operator configured.
 * `beside` is measured once everything has started (code, libraries, heap, stacks),
 * plus what the store reports for itself.  It is at most an eighth of `configured`,
 * and always leaves room for two of the largest values.
 *
 * Threads: any.
 * Locks:   one of its own, LOCK_LISTENER, held while the store applies the limit.
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
    /* Written under the lock, together with the store's limit; read by any thread, relaxed. */
    _Atomic size_t configured;
    _Atomic size_t process;   /* bytes of the process without the store; 0 until it is known */
    _Atomic size_t available; /* to the store, from the host or its control group; SIZE_MAX: no bound */
};

/* The store was made with `configured`, for values of up to `item_max` bytes. */
void memory_limit_init(struct memory_limit *, struct store *, size_t configured, size_t item_max);
void memory_limit_fini(struct memory_limit *);

/* Sets the size of the started process without the store. */
void memory_limit_set_process(struct memory_limit *, size_t process);

/* Sets another configured limit.  false, and nothing changes, if the store cannot use it (store_resize). */
MUST_USE bool memory_limit_configure(struct memory_limit *, size_t configured);

/*
 * Sets what the host or its control group leaves to the store.  false, and
 * nothing changes, if the store cannot shrink that far.
 */
bool memory_limit_set_available(struct memory_limit *, size_t available);

/*
 * The limit that was configured, and the one in force: the same, or what the host or its
 * control group allows the store.  These and the functions below do without the lock.
 */
size_t memory_limit_configured(const struct memory_limit *);
size_t memory_limit_now(const struct memory_limit *);

/* The store's part: of the configured limit, and of the one in force. */
size_t memory_limit_wanted_of_store(const struct memory_limit *);
size_t memory_limit_of_store(const struct memory_limit *);

#endif
