/* sample: a fair sample of the values that were offered; see sample.h. */
#include "slab/codec/sample.h"

#include "base/hash.h"

#include <string.h>
#include <sys/mman.h>

enum {
    HOLD_OUT_BITS = 3,   /* one key of 8 */
    BYTES_FOR_ONE = 128, /* room for so many samples; of smaller values there are enough anyway */
    TABLE_FOR_ONE = 4,   /* slots: half of them are free */
    LOWER_MAX = 2,
};
static_assert(SAMPLE_ROOM_MAX / BYTES_FOR_ONE < UINT16_MAX, "the table has 16 bits for a sample's number");
static_assert(SAMPLE_ROOM_MIN >> HOLD_OUT_BITS >= SAMPLE_MAX, "the longest value fits");

static const uint64_t LCG = UINT64_C(6364136223846793005), GOLDEN = UINT64_C(0x9E3779B97F4A7C15);

struct samples *
sample_new(size_t room, uint64_t seed)
{
    MUST(room >= SAMPLE_ROOM_MIN && room <= SAMPLE_ROOM_MAX);
    size_t n_max = room / BYTES_FOR_ONE, n_table = 1;
    while (n_table < n_max * TABLE_FOR_ONE)
        n_table *= 2;
    size_t mapped =
        sizeof(struct samples) + n_max * sizeof(struct sample) + n_table * sizeof(uint16_t) + room;
    struct samples *s = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (s == MAP_FAILED)
        return NULL;
    struct sample *of = (struct sample *)(s + 1);
    s->table = (uint16_t *)(of + n_max);
    s->bytes = (char *)(s->table + n_table);
    s->table_mask = (uint32_t)n_table - 1;
    s->seed = seed;
    s->mapped = mapped;
    uint32_t n_out = (uint32_t)n_max >> HOLD_OUT_BITS, out = (uint32_t)room >> HOLD_OUT_BITS;
    s->use[SAMPLE_TRAIN] = (struct sample_set){
        .of = of, .n_max = (uint32_t)n_max - n_out, .room = (uint32_t)room - out, .bar = UINT64_MAX};
    s->use[SAMPLE_HOLD_OUT] = (struct sample_set){.of = of + (n_max - n_out),
        .n_max = n_out,
        .from = (uint32_t)room - out,
        .room = out,
        .bar = UINT64_MAX};
    return s;
}

void
sample_free(struct samples **samples)
{
    struct samples *s = *samples;
    *samples = NULL;
    if (s == NULL)
        return;
    size_t mapped = s->mapped;
    explicit_bzero(s, mapped);
    munmap(s, mapped);
}

/* Samples of both uses have one sequence of numbers. */
static struct sample *
sample_number(const struct samples *s, uint32_t i)
{
    return s->use[SAMPLE_TRAIN].of + i;
}

/* The slot in which the sample with that draw or value is, or would be. */
static uint16_t *
slot_of(const struct samples *s, uint64_t hash)
{
    for (uint64_t i = hash * GOLDEN >> 32;; i++) {
        uint16_t *slot = &s->table[i & s->table_mask];
        if (*slot == 0)
            return slot;
        const struct sample *x = sample_number(s, *slot - 1u);
        if (x->draw == hash || x->value == hash)
            return slot;
    }
}

static void
note(struct samples *s, const struct sample *x)
{
    uint16_t number = (uint16_t)(x - sample_number(s, 0) + 1);
    *slot_of(s, x->draw) = number;
    *slot_of(s, x->value) = number;
}

static bool
is_below_bar(const struct sample_set *set, uint64_t draw, unsigned kind)
{
    return draw < set->bar >> set->lower[kind];
}

/* The kind with more than half of the bytes whose bar may fall alone; SAMPLE_KINDS: none. */
static unsigned
find_major(const struct sample_set *set)
{
    uint32_t bytes[SAMPLE_KINDS] = {0};
    for (uint32_t i = 0; i < set->n; i++)
        bytes[set->of[i].kind] += set->of[i].n;
    unsigned kind = 0;
    while (kind < SAMPLE_KINDS && (bytes[kind] <= set->used / 2 || set->lower[kind] == LOWER_MAX))
        kind++;
    return kind;
}

/* The samples below the bar, and `n` bytes more: do they fit? */
static bool
would_fit(const struct sample_set *set, uint32_t n)
{
    uint32_t bytes = n, count = 1;
    for (uint32_t i = 0; i < set->n; i++)
        if (is_below_bar(set, set->of[i].draw, set->of[i].kind)) {
            bytes += set->of[i].n;
            count++;
        }
    return bytes <= set->room && count <= set->n_max;
}

static void
drop_above_bar(struct samples *s, struct sample_set *set)
{
    uint32_t n = 0, at = set->from;
    for (uint32_t i = 0; i < set->n; i++) {
        struct sample x = set->of[i];
        if (!is_below_bar(set, x.draw, x.kind))
            continue;
        memmove(s->bytes + at, s->bytes + x.at, x.n);
        x.at = at;
        at += x.n;
        set->of[n++] = x;
    }
    set->n = n;
    set->used = at - set->from;
    memset(s->table, 0, (s->table_mask + 1) * sizeof *s->table);
    for (int use = 0; use < N_SAMPLE_USES; use++)
        for (uint32_t i = 0; i < s->use[use].n; i++)
            note(s, &s->use[use].of[i]);
}

static void
make_room(struct samples *s, struct sample_set *set, uint32_t n)
{
    if (set->used + n <= set->room && set->n < set->n_max)
        return;
    unsigned major = find_major(set);
    if (major < SAMPLE_KINDS)
        set->lower[major]++;
    while (!would_fit(set, n))
        set->bar -= set->bar / 4;
    drop_above_bar(s, set);
}

/* Of a long value a part is kept, so that the middles of long values are learned, too. */
static void
keep(struct samples *s, struct sample_set *set, struct sample x, const char *value, size_t n)
{
    MUST(set->used + x.n <= set->room && set->n < set->n_max);
    x.at = set->from + set->used;
    memcpy(s->bytes + x.at, value + x.value % (n - x.n + 1), x.n);
    set->used += x.n;
    set->of[set->n] = x;
    note(s, &set->of[set->n++]);
}

bool
sample_offer(struct samples *s, uint64_t hash, unsigned kind, const char *value, size_t n)
{
    MUST(kind < SAMPLE_KINDS);
    if (n < SAMPLE_MIN || n > SAMPLE_MAX)
        return false;
    s->n_offered++;
    uint64_t mixed = (hash ^ s->seed) * LCG;
    mixed = (mixed ^ mixed >> 32) * GOLDEN;
    bool out = mixed >> (64 - HOLD_OUT_BITS) == 0;
    struct sample_set *set = &s->use[out ? SAMPLE_HOLD_OUT : SAMPLE_TRAIN];
    struct sample x = {.draw = mixed << HOLD_OUT_BITS, .kind = (uint8_t)kind};
    if (!is_below_bar(set, x.draw, kind))
        return false;
    x.value = hash_key_with(s->seed, value, n);
    x.n = (uint16_t)(out || n < SAMPLE_PART ? n : SAMPLE_PART);
    if (*slot_of(s, x.draw) != 0 || *slot_of(s, x.value) != 0)
        return false;
    make_room(s, set, x.n);
    if (!is_below_bar(set, x.draw, kind))
        return false;
    keep(s, set, x, value, n);
    return true;
}

size_t
sample_used(const struct samples *s)
{
    return s->use[SAMPLE_TRAIN].used + s->use[SAMPLE_HOLD_OUT].used;
}

bool
sample_is_full(const struct samples *s)
{
    const struct sample_set *train = &s->use[SAMPLE_TRAIN], *out = &s->use[SAMPLE_HOLD_OUT];
    MUST(train->n <= train->n_max && out->n <= out->n_max);
    return train->n + out->n >= (train->n_max + out->n_max) / 8 * 7;
}

static bool
check_sample(const struct samples *s, const struct sample_set *set, const struct sample *x)
{
    uint16_t number = (uint16_t)(x - sample_number(s, 0) + 1);
    return is_below_bar(set, x->draw, x->kind) && x->n >= SAMPLE_MIN && x->n <= SAMPLE_MAX &&
           *slot_of(s, x->draw) == number && *slot_of(s, x->value) == number;
}

bool
sample_check(const struct samples *s)
{
    for (int use = 0; use < N_SAMPLE_USES; use++) {
        const struct sample_set *set = &s->use[use];
        uint32_t at = set->from;
        for (uint32_t i = 0; i < set->n; i++) {
            if (set->of[i].at != at || !check_sample(s, set, &set->of[i]))
                return false;
            at += set->of[i].n;
        }
        if (at != set->from + set->used || set->used > set->room || set->n > set->n_max)
            return false;
    }
    return true;
}
