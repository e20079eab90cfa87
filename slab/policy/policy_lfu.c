/*
 * policy_lfu: what is read least often, and of that what was read longest ago.
 *
 * Heat ages: what was read often and is not any more goes in the end.  One read
 * more outweighs being idle for four times as long.
 */
#include "slab/policy/policy.h"

enum { LFU_BITS_A_READ = 2, LFU_BITS = 2 * 16 };

uint64_t
policy_lfu_rank(const struct policy_item *item)
{
    unsigned bits = item->heat * LFU_BITS_A_READ;
    return (2 * (uint64_t)item->age + 1) << (LFU_BITS - 2) >> (bits < LFU_BITS - 2 ? bits : LFU_BITS - 2);
}
