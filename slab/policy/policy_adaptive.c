/*
 * policy_adaptive: what is read least often for the memory that it holds.
 *
 * An item earns hits at about (1 + 2 * heat) / age (a read tells more than the
 * write that it followed), and takes up its size: it goes by the memory that it
 * holds for each of them.  That is greedy-dual-size with
 * frequency (Cherkasova, HPL-98-69) by ranks instead of a queue.  The half stamp
 * tells sizes and heat apart among what was read just now.
 */
#include "slab/policy/policy.h"

uint64_t
policy_adaptive_rank(const struct policy_item *item)
{
    return (2 * (uint64_t)item->age + 1) * item->size / (1 + 2 * item->heat);
}
