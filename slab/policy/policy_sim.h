/*
 * sim: what a cache of one policy would hold, without holding it.
 *
 * A table of items as a policy sees them, without keys and values, and a budget
 * of bytes.  When it is over its budget, of a few items that are drawn by lot the
 * one that the policy ranks highest goes.  It is fed with a sample of the real
 * cache's keys (slab/core/shadow.h), and counts which reads would have found something.
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

enum { SHADE_HEAT_BITS = 3, SHADE_UNIT = 8 };
static_assert(ITEM_HEAT_MAX < 1 << SHADE_HEAT_BITS, "a sim gets as hot as an item");

struct policy_sim_item {
    uint32_t key; /* of its hash */
    uint32_t stamp;
    uint32_t exptime;
    uint32_t heat : SHADE_HEAT_BITS;
    uint32_t units : 32 - SHADE_HEAT_BITS; /* bytes / SHADE_UNIT; 0: the slot is free */
};
static_assert(sizeof(struct policy_sim_item) == 16, "four to a line");

struct policy_sim {
    const struct policy *policy;
    struct policy_sim_item *slots; /* a power of two of them; by linear probing */
    unsigned bits, bits_max;
    uint32_t n;
    uint64_t bytes;
    uint64_t random;
    uint64_t hits, misses;
};

/* When something happened. */
struct policy_sim_time {
    uint32_t stamp, now_s;
};

/* At most 2^bits_max slots.  false: out of memory. */
MUST_USE bool policy_sim_init(struct policy_sim *, const struct policy *, unsigned bits_max);
void policy_sim_fini(struct policy_sim *);

/* Would a read have found it?  Counts it, and the item gets warmer. */
bool policy_sim_read(struct policy_sim *, uint32_t key, const struct policy_sim_time *);

/* Its new expiry, if it is there. */
void policy_sim_touch(struct policy_sim *, uint32_t key, uint32_t exptime);

/*
 * The item comes, instead of its former self if there is one, and others go until
 * `budget` is kept; what is larger than that is not taken in.  false: there is no
 * slot for it; nothing has changed but that its former self is gone.
 */
MUST_USE bool policy_sim_write(struct policy_sim *, uint32_t key, uint64_t bytes, uint32_t exptime,
    uint64_t budget, const struct policy_sim_time *);

void policy_sim_drop(struct policy_sim *, uint32_t key);

/* All items whose keys have a bit of `mask` go; ~0: all. */
void policy_sim_thin(struct policy_sim *, uint32_t mask);

#endif
