/*
 * policy_ttl: what expires soonest, for it would go soonest anyway.
 *
 * What never expires goes last, and among its like what was read longest ago.
 */
#include "slab/policy/policy.h"

uint64_t
policy_ttl_rank(const struct policy_item *item)
{
    if (item->ttl_s == POLICY_NO_TTL)
        return item->age >> 3; /* below 2^29 */
    return (UINT64_C(1) << 62) / ((uint64_t)item->ttl_s + 1);
}
