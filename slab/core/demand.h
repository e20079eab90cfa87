/*
 * demand: what the mover of a node is wanted for, and the bell that wakes it.
 *
 * Whoever finds that a mover has work says so here, and needs to know nothing of
 * the mover (slab/reclaim/mover.h).  A demand says no more than that there is something
 * to do: what it is the mover finds out when it looks.
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
    _Alignas(64) _Atomic bool awake;          /* a hint that spares waking it twice; relaxed */
};

/* One for each node, as store->demands.  false: out of memory. */
MUST_USE bool demand_init(struct store *);
/* No thread looks at them any more; without demand_init nothing is done. */
void demand_fini(struct store *);

/* ---- any thread; where there are no movers nothing is done ---------------- */

/* Pages are wanted, if memory is full and the node's pool is low. */
void demand_note_pages(struct store *, int node);

/* The events of slab/core/shadow.h are to be taken out. */
void demand_note_events(struct store *);

/* The requests of slab/core/locality.h are to be taken out. */
void demand_note_requests(struct store *, int node);

/* The index may be waiting for memory. */
void demand_note_index(struct store *);

/* A thread has asked for room (slab/reclaim/reclaim_ask.h). */
void demand_note_ask(struct store *, int node);

/* The operator has asked for something: it is looked for. */
void demand_note_order(struct store *);

/* ---- movers --------------------------------------------------------------- */

enum { DEMAND_FIRST = 0 }; /* this node's mover does what there is to do only once */

/* Sleeps until there is something to do; false: to end.  *tick: a second has passed. */
MUST_USE bool demand_await(struct demand *, bool *tick);

/* There is more to do: the next demand_await does not sleep. */
void demand_again(struct demand *);

/* ---- the store's owner ---------------------------------------------------- */

/* A second has passed. */
void demand_tick(struct demand *);

void demand_stop(struct demand *);

/* Waits until the mover is at rest, and keeps it so. */
void demand_pause(struct demand *);
void demand_resume(struct demand *);

/* ---- how much ------------------------------------------------------------- */

/* Is the host or the control group short of memory?  Then what is dead goes sooner, and more is kept ready. */
bool demand_is_pressed(const struct store *);

/* Has the limit been used up? */
bool demand_is_full(const struct store *);

/* Pages that a node's pool should have when memory is full: whichever class runs out next takes one. */
uint64_t demand_reserve(const struct store *);

#endif
