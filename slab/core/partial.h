/*
 * partial: how much values whose bytes are still coming may hold.
 *
 * A client that announces a value gets memory for it chunk by chunk, as its
 * bytes come, and what all such values hold together has a bound: an eighth of
 * the limit, unless the owner sets another.  So clients that announce values
 * and do not send them cannot empty the cache.
 *
 * A value that meets the bound waits until another is finished or given up.
 * All of them might wait for each other then, each with half of its bytes.
 * Therefore one at a time, the *elder*, is exempt from the bound:
 *
 *   bytes <= bound + one item
 *   announced <= limit and a quarter of it
 *
 * What has been announced and has not come holds nothing.  But far more than
 * could ever be stored at once is not accepted: such a value is refused at once.
 *
 * Threads: any, inside an epoch or not.
 */
#ifndef SLAB_CORE_PARTIAL_H
#define SLAB_CORE_PARTIAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/must.h"

struct store;

struct partials {
    _Atomic uint64_t announced; /* bytes of all values that are coming, whole; relaxed */
    _Atomic uint64_t bytes;     /* of chunks that such values hold; seq_cst, with `awaited` */
    _Atomic uint64_t bound;     /* as the owner set it; 0: an eighth of the limit; relaxed */
    _Atomic uint64_t elder;     /* ticket of the value that is exempt, 0: none; seq_cst */
    _Atomic uint64_t n_tickets; /* ever; relaxed */
    _Atomic uint64_t n_waits;   /* times that a value met the bound; relaxed */
    _Atomic bool awaited;       /* a value has met the bound since the owner was told last; seq_cst */
    _Atomic bool refused;       /* a value was, since another ended: too much is announced; relaxed */
};

/* A value of `n` bytes is coming, and is known by *ticket from now on.  false: too much is announced. */
MUST_USE bool partial_announce(struct store *, uint64_t n, uint64_t *ticket);

/* Takes `n` bytes for the value with that ticket; false: it must wait for store_hooks.freed. */
MUST_USE bool partial_take(struct store *, uint64_t ticket, uint64_t n);

/* Gives back `n` bytes of a value; `ends`: it is not partial any more. */
void partial_give(struct store *, uint64_t ticket, uint64_t n, bool ends);

/* It is not coming any more: what it announced, and what it holds still. */
void partial_end(struct store *, uint64_t ticket, uint64_t n_announced, uint64_t n_held);

/* Bytes that they may hold together, as it is now. */
uint64_t partial_bound(const struct store *);

#endif
