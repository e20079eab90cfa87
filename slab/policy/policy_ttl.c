/*
 * policy_ttl: evicts the item that expires soonest, since it would be removed soonest anyway.
 *
 * Items that never expire are evicted last, and of these the one that was read longest ago.
 */
#include "slab/policy/policy.h"

uint64_t
policy_ttl_rank(const struct policy_item *item)
{
    if (item->ttl_s == POLICY_NO_TTL)
        return item->age >> 3; /* below 2^29 */
    return (UINT64_C(1) << 62) / ((uint64_t)item->ttl_s + 1);
}
