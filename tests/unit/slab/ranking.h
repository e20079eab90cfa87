/*
 * ranking: the rank of items with every property from its minimum to its maximum.
 *
 * A file that includes this defines RANK, the function that it tests.
 */
#ifndef TESTS_UNIT_SLAB_RANKING_H
#define TESTS_UNIT_SLAB_RANKING_H

#include "slab/index/item.h"
#include "slab/policy/policy.h"

#include "tests/unit/unit.h"

static const uint32_t ages[] = {0, 1, 2, 3, 16, 17, 1000, 65535, 1 << 20, INT32_MAX};
static const uint64_t sizes[] = {48, 56, 1000, 4096, 1 << 20, (1 << 30) - 8, 1 << 30};
static const uint32_t ttls[] = {1, 2, 59, 60, 3600, 16384, 1 << 20, INT32_MAX, UINT32_MAX - 1};

static inline uint64_t
rank_of(uint32_t heat, uint32_t age, uint32_t ttl_s, uint64_t size)
{
    const struct policy_item item = {.heat = heat, .age = age, .ttl_s = ttl_s, .size = size};
    return RANK(&item);
}

#define FOR_EACH(i, array) for (size_t i = 0; i < N_OF(array); i++)

/* Of two items that differ only in age, the older one never ranks lower; `strictly`: it ranks higher. */
static inline void
assert_older_goes_first(uint32_t ttl_s, bool strictly)
{
    for (uint32_t heat = 0; heat <= ITEM_HEAT_MAX; heat++)
        FOR_EACH(k, sizes)
    for (size_t i = 1; i < N_OF(ages); i++) {
        uint64_t younger = rank_of(heat, ages[i - 1], ttl_s, sizes[k]);
        uint64_t older = rank_of(heat, ages[i], ttl_s, sizes[k]);
        assert_true(strictly ? older > younger : older >= younger);
    }
}

#endif
