/* policy_lru: evicts the item that was read longest ago, however large it is. */
#include "slab/policy/policy.h"

uint64_t
policy_lru_rank(const struct policy_item *item)
{
    return 2 * (uint64_t)item->age + 1;
}
