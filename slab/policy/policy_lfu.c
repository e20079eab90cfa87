/*
 * policy_lfu: evicts items that are read least often, and of these the one that
 * was read longest ago.
 *
 * Heat decays: an item that was read often and is no longer read is evicted in
 * the end.  One more read outweighs four times the idle time.
 */
#include "slab/policy/policy.h"

enum { LFU_BITS_A_READ = 2, LFU_BITS = 2 * 16 };

uint64_t
policy_lfu_rank(const struct policy_item *item)
{
    unsigned bits = item->heat * LFU_BITS_A_READ;
    return (2 * (uint64_t)item->age + 1) << (LFU_BITS - 2) >> (bits < LFU_BITS - 2 ? bits : LFU_BITS - 2);
}
