/*
 * policy: what goes first when memory is full.
 *
 * A policy is one pure function from what is known of an item to a rank: the
 * higher, the sooner it goes.  It never sees keys, clients or pages.  Ranks are
 * compared with others of the same policy only, and on a logarithmic scale
 * (slab/policy/cutoff.h), so a factor means more than a difference.
 *
 * To add one: slab/policy_<name>.c with its function, a row in policy.def,
 * tests/unit/slab/t_policy_<name>.c.
 *
 * Threads: any.
 */
#ifndef SLAB_POLICY_POLICY_H
#define SLAB_POLICY_POLICY_H

#include <stdint.h>

#include "base/clock.h"

enum {
    POLICY_NO_TTL = UINT32_MAX,
    POLICY_MOMENT =
        1 << (CLOCK_STAMP_SHIFT - 1), /* stamps: what is younger is fresh, and ranks below all else */
};

struct policy_item {
    uint32_t heat;  /* times that it was read, up to ITEM_HEAT_MAX */
    uint32_t age;   /* since the last access or the write, in stamps (base/clock.h) */
    uint32_t ttl_s; /* seconds that it has left, or POLICY_NO_TTL */
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
