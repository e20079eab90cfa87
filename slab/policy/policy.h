/*
 * policy: which items are evicted first when memory is full.
 *
 * A policy is one pure function from the facts about an item to a rank: the item
 * with the highest rank is evicted first.  It never sees keys, clients or pages.
 * Ranks are compared only with others of the same policy, and on a logarithmic scale
 * (slab/policy/cutoff.h), so a factor matters more than a difference.
 *
 * To add one: slab/README.md, "To add a ...".
 *
 * Threads: any.
 */
#ifndef SLAB_POLICY_POLICY_H
#define SLAB_POLICY_POLICY_H

#include <stdint.h>

#include "base/clock.h"

enum {
    POLICY_NO_TTL = UINT32_MAX,
    /* In clock stamps: younger items are fresh, and rank below all others. */
    POLICY_MOMENT = 1 << (CLOCK_STAMP_SHIFT - 1),
};

struct policy_item {
    uint32_t heat;  /* reads, up to ITEM_HEAT_MAX */
    uint32_t age;   /* since the last access or the write, in clock stamps (base/clock.h) */
    uint32_t ttl_s; /* seconds until it expires, or POLICY_NO_TTL */
    uint64_t size;  /* bytes of memory that it holds */
};

typedef uint64_t policy_rank(const struct policy_item *);

struct policy {
    const char *name;
    policy_rank *rank;
};

extern const struct policy policy_table[]; /* by enum store_policy */

#define POLICY(name, text) policy_rank policy_##name##_rank;
#include "slab/policy/policy.def"
#undef POLICY

#endif
