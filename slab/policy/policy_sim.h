/*
 * policy_sim: the items that a cache with one policy would hold.
 *
 * A table of items as a policy sees them, without keys and values, and a budget of
 * bytes.  When it exceeds its budget, it draws a few items at random and evicts the
 * one that the policy ranks highest.  It is fed with a sample of the real cache's keys
 * (slab/core/shadow.h), and counts which reads would have been hits.
 *
 *   sum of the items' bytes == bytes;  3/4 of the slots are used at most
 *
 * Threads: one at a time.
 */
#ifndef SLAB_POLICY_POLICY_SIM_H
#define SLAB_POLICY_POLICY_SIM_H

#include "base/must.h"
#include "slab/index/item.h"
#include "slab/policy/policy.h"

enum { POLICY_SIM_HEAT_BITS = 3, POLICY_SIM_UNIT = 8 };
static_assert(ITEM_HEAT_MAX < 1 << POLICY_SIM_HEAT_BITS, "a sim gets as hot as an item");

struct policy_sim_item {
    uint32_t key; /* of its hash */
    uint32_t stamp;
    uint32_t exptime;
    uint32_t heat : POLICY_SIM_HEAT_BITS;
    uint32_t units : 32 - POLICY_SIM_HEAT_BITS; /* bytes / POLICY_SIM_UNIT; 0: the slot is free */
};
static_assert(sizeof(struct policy_sim_item) == 16, "four to a line");

struct policy_sim {
    const struct policy *policy;
    struct policy_sim_item *slots; /* a power of two, with linear probing */
    unsigned bits, bits_max;
    uint32_t n;
    uint64_t bytes;
    uint64_t random;
    uint64_t hits, misses;
};

/* The time of an event. */
struct policy_sim_time {
    uint32_t stamp, now_s;
};

/* At most 2^bits_max slots.  false: out of memory. */
MUST_USE bool policy_sim_init(struct policy_sim *, const struct policy *, unsigned bits_max);
void policy_sim_fini(struct policy_sim *);

/* Would a read be a hit?  Counts it, and increases the item's heat. */
bool policy_sim_read(struct policy_sim *, uint32_t key, const struct policy_sim_time *);

/* Changes an item's expiry, if the item exists. */
void policy_sim_touch(struct policy_sim *, uint32_t key, uint32_t exptime);

/*
 * Stores the item, replaces an older one of the same key, and evicts others until the
 * rest is within `budget`; an item larger than the budget is not stored.  false: there is
 * no slot for it; nothing has changed, except that the older one is removed.
 */
MUST_USE bool policy_sim_write(struct policy_sim *, uint32_t key, uint64_t bytes, uint32_t exptime,
    uint64_t budget, const struct policy_sim_time *);

void policy_sim_drop(struct policy_sim *, uint32_t key);

/* Removes all items whose keys have a bit of `mask`; ~0: all. */
void policy_sim_thin(struct policy_sim *, uint32_t mask);

#endif
