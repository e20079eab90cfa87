/*
 * partial: how much memory partial values, whose bytes are still arriving, may hold.
 *
 * A client that announces a value gets memory for it chunk by chunk, as its bytes arrive.
 * All partial values together have a bound: an eighth of the limit, unless the owner sets
 * another.  So clients that announce values and do not send them cannot empty the cache.
 *
 * A value that meets the bound waits until another is finished or cancelled.
 * Then all of them might wait for each other, each with half of its bytes.
 * Therefore one at a time, the *elder*, is exempt from the bound:
 *
 *   bytes <= bound + one item
 *   announced <= limit and a quarter of it
 *
 * A value that is announced and has not arrived holds no memory.  But if all announced
 * values are far more than can be stored at once, the next one is refused immediately.
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
    _Atomic uint64_t announced; /* bytes of all partial values, at full length; relaxed */
    _Atomic uint64_t bytes;     /* of chunks that partial values hold; seq_cst, with `awaited` */
    _Atomic uint64_t bound;     /* as the owner set it; 0: an eighth of the limit; relaxed */
    _Atomic uint64_t elder;     /* ticket of the value that is exempt, 0: none; seq_cst */
    _Atomic uint64_t n_tickets; /* ever; relaxed */
    _Atomic uint64_t n_waits;   /* times that a value met the bound; relaxed */
    _Atomic bool awaited;       /* a value has met the bound since the last report to the owner; seq_cst */
    _Atomic bool refused;       /* a value was refused since another ended: too much is announced; relaxed */
};

/* Registers a value of `n` bytes, which *ticket identifies from now on.  false: too much is announced. */
MUST_USE bool partial_announce(struct store *, uint64_t n, uint64_t *ticket);

/* Takes `n` bytes for the value with that ticket; false: it must wait for store_hooks.freed. */
MUST_USE bool partial_take(struct store *, uint64_t ticket, uint64_t n);

/* Returns `n` bytes of a value; `ends`: it is no longer partial. */
void partial_give(struct store *, uint64_t ticket, uint64_t n, bool ends);

/* The value is no longer partial: returns what it announced, and what it still holds. */
void partial_end(struct store *, uint64_t ticket, uint64_t n_announced, uint64_t n_held);

/* Bytes that all partial values may hold together, at present. */
uint64_t partial_bound(const struct store *);

#endif
