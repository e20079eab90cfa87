/*
 * demand: requests to the mover of a node, and its wake-up.
 *
 * A thread that finds work for a mover reports it here, and needs to know nothing of the mover
 * (slab/reclaim/mover.h).  A demand says only that there is work; the mover finds out which.
 *
 * Threads: demand_note_* from any, inside an epoch or not, and never waiting;
 *          demand_await from the node's mover; the rest from the store's owner.
 * Locks:   LOCK_MOVER, for a few instructions.
 */
#ifndef SLAB_CORE_DEMAND_H
#define SLAB_CORE_DEMAND_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/lock.h"
#include "base/must.h"

struct store;

/* A node's. */
struct demand {
    struct lock lock;
    pthread_cond_t wake;
    pthread_cond_t rest;                      /* signalled when `working` ends */
    bool stop, tick, wanted, paused, working; /* [lock] */
    _Alignas(64) _Atomic bool awake;          /* a hint that saves a second wake-up; relaxed */
};

/* One for each node, as store->demands.  false: out of memory. */
MUST_USE bool demand_init(struct store *);
/* When no thread uses them any more; without demand_init it does nothing. */
void demand_fini(struct store *);

/* ---- any thread; does nothing where there are no movers ------------------ */

/*
 * Pages are needed, if memory is full and the node's pool is low; or memory is nearly full; or an eighth of it is used for
 * the first time.
 */
void demand_note_pages(struct store *, int node);

/* The events of slab/core/shadow.h must be read. */
void demand_note_events(struct store *);

/* The requests of slab/core/locality.h must be read. */
void demand_note_requests(struct store *, int node);

/* The index may need memory. */
void demand_note_index(struct store *);

/* A thread has asked for memory (slab/reclaim/reclaim_ask.h). */
void demand_note_ask(struct store *, int node);

/* The operator has asked for an action: the mover searches for it. */
void demand_note_order(struct store *);

/* ---- movers --------------------------------------------------------------- */

enum { DEMAND_FIRST = 0 }; /* this node's mover does the work that is done once per store */

/* Sleeps until there is work; false: the mover must end.  *tick: a second has passed. */
MUST_USE bool demand_await(struct demand *, bool *tick);

/* There is more work: the next demand_await does not sleep. */
void demand_again(struct demand *);

/* ---- the store's owner ---------------------------------------------------- */

/* A second has passed. */
void demand_tick(struct demand *);

void demand_stop(struct demand *);

/* Waits until the mover is idle, and keeps it so. */
void demand_pause(struct demand *);
void demand_resume(struct demand *);

/* ---- how much ------------------------------------------------------------- */

/*
 * Is there memory pressure of the host or the control group? Then the mover
 * frees expired items sooner, and keeps a larger reserve.
 */
bool demand_is_under_pressure(const struct store *);

/* Is the limit used up, or an eighth of it? */
bool demand_is_full(const struct store *);
bool demand_is_eighth_full(const struct store *);
/* Is less than a sixteenth of it left, in units and in pages without a class?  Without evictions: an eighth? */
bool demand_is_nearly_full(const struct store *);

/* Pages that a node's pool should have when memory is full, for the next class that runs out. */
uint64_t demand_reserve(const struct store *);

#endif
