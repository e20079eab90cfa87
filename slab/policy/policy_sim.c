#include "slab/policy/policy_sim.h"

#include <stdlib.h>

enum {
    BITS_FIRST = 8,
    DRAWS = 8,
    STRIDE = 8, /* slots that are inspected for one draw, at most */
    UNITS_MAX = (1 << (32 - POLICY_SIM_HEAT_BITS)) - 1,
};

bool
policy_sim_init(struct policy_sim *g, const struct policy *policy, unsigned bits_max)
{
    MUST(policy != NULL && bits_max >= 1 && bits_max < 32);
    unsigned bits = bits_max < BITS_FIRST ? bits_max : BITS_FIRST;
    *g = (struct policy_sim){.policy = policy, .bits = bits, .bits_max = bits_max, .random = 1};
    g->slots = calloc((size_t)1 << bits, sizeof *g->slots);
    return g->slots != NULL;
}

void
policy_sim_fini(struct policy_sim *g)
{
    free(g->slots);
    g->slots = NULL;
}

/* ---- the table ---------------------------------------------------------- */

static uint32_t
mask_of(const struct policy_sim *g)
{
    return (UINT32_C(1) << g->bits) - 1;
}

static uint32_t
home_of(const struct policy_sim *g, uint32_t key)
{
    return key * UINT32_C(0x9E3779B1) >> (32 - g->bits);
}

/* The key's slot, or the free slot where it would be. */
static struct policy_sim_item *
find(const struct policy_sim *g, uint32_t key)
{
    uint32_t at = home_of(g, key);
    while (g->slots[at].units != 0 && g->slots[at].key != key)
        at = (at + 1) & mask_of(g);
    CHECKED_MUST(at <= mask_of(g));
    return &g->slots[at];
}

/* Frees a slot; later ones move up, so that they are still found. */
static void
remove_item(struct policy_sim *g, struct policy_sim_item *it)
{
    MUST(it->units != 0 && g->n > 0 && g->bytes >= (uint64_t)it->units * POLICY_SIM_UNIT);
    uint32_t mask = mask_of(g), hole = (uint32_t)(it - g->slots);
    g->n--;
    g->bytes -= (uint64_t)it->units * POLICY_SIM_UNIT;
    for (uint32_t at = (hole + 1) & mask; g->slots[at].units != 0; at = (at + 1) & mask) {
        uint32_t home = home_of(g, g->slots[at].key);
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            g->slots[hole] = g->slots[at];
            hole = at;
        }
    }
    g->slots[hole].units = 0;
}

static void
insert(struct policy_sim *g, const struct policy_sim_item *it)
{
    CHECKED_MUST(it->units != 0);
    *find(g, it->key) = *it;
    g->n++;
    g->bytes += (uint64_t)it->units * POLICY_SIM_UNIT;
}

static bool
grow(struct policy_sim *g)
{
    struct policy_sim old = *g;
    struct policy_sim_item *slots =
        g->bits < g->bits_max ? calloc((size_t)2 << g->bits, sizeof *slots) : NULL;
    if (slots == NULL)
        return false;
    g->slots = slots;
    g->bits++;
    g->n = 0;
    g->bytes = 0;
    for (uint32_t i = 0; i <= mask_of(&old); i++)
        if (old.slots[i].units != 0)
            insert(g, &old.slots[i]);
    free(old.slots);
    return true;
}

/* ---- eviction ------------------------------------------------------------ */

/* The highest is evicted first; as in slab/reclaim/sweep.c, fresh items rank below all others. */
static uint64_t
rank_of(const struct policy_sim *g, const struct policy_sim_item *it, const struct policy_sim_time *when)
{
    if (it->exptime != 0 && it->exptime <= when->now_s)
        return UINT64_MAX;
    const struct policy_item facts = {
        .heat = it->heat,
        .age = clock_age(when->stamp, it->stamp),
        .ttl_s = it->exptime == 0 ? POLICY_NO_TTL : it->exptime - when->now_s,
        .size = (uint64_t)it->units * POLICY_SIM_UNIT,
    };
    uint64_t rank = g->policy->rank(&facts) / 2;
    return facts.age < POLICY_MOMENT ? rank / 2 : rank | UINT64_C(1) << 63;
}

static uint32_t
draw(struct policy_sim *g)
{
    g->random = g->random * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)(g->random >> 32);
}

static void
evict(struct policy_sim *g, const struct policy_sim_time *when)
{
    MUST(g->n > 0);
    struct policy_sim_item *worst = NULL;
    uint64_t highest = 0;
    uint32_t mask = mask_of(g);
    for (int i_draw = 0; i_draw < DRAWS || worst == NULL; i_draw++) {
        uint32_t at = draw(g) & mask;
        for (int i = 0; i < STRIDE && g->slots[at].units == 0; i++)
            at = (at + 1) & mask;
        if (g->slots[at].units == 0)
            continue;
        uint64_t rank = rank_of(g, &g->slots[at], when);
        if (worst == NULL || rank > highest) {
            worst = &g->slots[at];
            highest = rank;
        }
    }
    remove_item(g, worst);
}

/* ---- events -------------------------------------------------------------- */

bool
policy_sim_read(struct policy_sim *g, uint32_t key, const struct policy_sim_time *when)
{
    struct policy_sim_item *it = find(g, key);
    if (it->units != 0 && it->exptime != 0 && it->exptime <= when->now_s) {
        remove_item(g, it);
        it = NULL;
    }
    if (it == NULL || it->units == 0) {
        g->misses++;
        return false;
    }
    g->hits++;
    it->stamp = when->stamp;
    if (it->heat < ITEM_HEAT_MAX)
        it->heat++;
    return true;
}

void
policy_sim_touch(struct policy_sim *g, uint32_t key, uint32_t exptime)
{
    struct policy_sim_item *it = find(g, key);
    if (it->units != 0)
        it->exptime = exptime;
}

bool
policy_sim_write(struct policy_sim *g, uint32_t key, uint64_t bytes, uint32_t exptime, uint64_t budget,
    const struct policy_sim_time *when)
{
    uint32_t units = (uint32_t)((bytes + POLICY_SIM_UNIT - 1) / POLICY_SIM_UNIT);
    policy_sim_drop(g, key);
    if (bytes == 0 || bytes > budget)
        return true;
    while (g->n > 0 && g->bytes + bytes > budget)
        evict(g, when);
    if (g->n >= (mask_of(g) + 1) / 4 * 3 && !grow(g))
        return false;
    insert(g, &(struct policy_sim_item){
                  .key = key, .stamp = when->stamp, .exptime = exptime, .units = units & UNITS_MAX});
    return true;
}

void
policy_sim_drop(struct policy_sim *g, uint32_t key)
{
    struct policy_sim_item *it = find(g, key);
    if (it->units != 0)
        remove_item(g, it);
}

void
policy_sim_thin(struct policy_sim *g, uint32_t mask)
{
    for (uint32_t i = 0; i <= mask_of(g);)
        if (g->slots[i].units != 0 && (mask == UINT32_MAX || (g->slots[i].key & mask) != 0))
            remove_item(g, &g->slots[i]); /* inspect the slot again: another item may have moved there */
        else
            i++;
}
