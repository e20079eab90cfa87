/*
 * policy_adaptive: evicts items that are read least often for the memory that they hold.
 *
 * An item earns hits at about (1 + 2 * heat) / age (a read predicts more than the write
 * before it).  Its rank is the memory that it holds for each of them.  That is
 * greedy-dual-size with frequency (Cherkasova, HPL-98-69) by ranks instead of a queue.
 * The half stamp distinguishes sizes and heat among items that were read just now.
 */
#include "slab/policy/policy.h"

uint64_t
policy_adaptive_rank(const struct policy_item *item)
{
    return (2 * (uint64_t)item->age + 1) * item->size / (1 + 2 * item->heat);
}
