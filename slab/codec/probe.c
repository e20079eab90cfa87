#include "slab/codec/probe.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 4 };

#define TOP_BITS UINT32_C(0x80808080)

/* Of the sampled bytes, those of a text that are not ASCII: letters with accents, long dashes. */
enum { NOT_ASCII_MOST = PROBE_SAMPLES * WIDTH / 8 };

struct probe {
    unsigned bits;
    uint8_t tags[]; /* 1 << bits; 0: no substring has this place */
};

/* Where a probe looks: 16 numbers, one in each sixteenth of 2^16. */
static const uint16_t places[PROBE_SAMPLES] = {0x0000, 0x1B3E, 0x2915, 0x3C81, 0x45A9, 0x5E27, 0x6710, 0x78D2,
    0x83EB, 0x9C54, 0xA1F8, 0xBAC6, 0xCD39, 0xD482, 0xE96D, 0xFFFF};

static uint32_t
load(const char *p)
{
    uint32_t word;
    memcpy(&word, p, WIDTH);
    return word;
}

static uint64_t
mix(uint32_t word)
{
    return word * UINT64_C(0x9E3779B97F4A7C15);
}

static size_t
place_of(const struct probe *p, uint64_t mixed)
{
    return mixed >> (64 - p->bits);
}

/* Bits below those of the place. */
static uint8_t
tag_of(uint64_t mixed)
{
    uint8_t tag = mixed >> (64 - PROBE_BITS_MAX - 8) & UINT8_MAX;
    return tag != 0 ? tag : 1;
}

struct probe *
probe_new(struct bytes dictionary)
{
    unsigned bits = PROBE_BITS_MIN;
    while (bits < PROBE_BITS_MAX && dictionary.n > (size_t)2 << bits)
        bits++;
    struct probe *p = calloc(1, sizeof *p + ((size_t)1 << bits));
    if (p == NULL)
        return NULL;
    p->bits = bits;
    for (size_t i = 0; i + WIDTH <= dictionary.n; i++) {
        uint64_t mixed = mix(load(dictionary.p + i));
        p->tags[place_of(p, mixed)] = tag_of(mixed);
    }
    return p;
}

void
probe_free(struct probe **p)
{
    free(*p);
    *p = NULL;
}

size_t
probe_memory(const struct probe *p)
{
    return sizeof *p + ((size_t)1 << p->bits);
}

struct probe_result
probe_value(const struct probe *p, struct bytes value)
{
    MUST(p->bits >= PROBE_BITS_MIN && p->bits <= PROBE_BITS_MAX);
    if (value.n < WIDTH)
        return (struct probe_result){0, false};
    uint64_t last = value.n - WIDTH;
    uint32_t n_top = 0; /* bytes with their top bit set, in four sums */
    unsigned hits = 0;
    for (unsigned i = 0; i < PROBE_SAMPLES; i++) {
        uint32_t word = load(value.p + (last * places[i] >> 16));
        uint64_t mixed = mix(word);
        hits += p->tags[place_of(p, mixed)] == tag_of(mixed);
        n_top += (word & TOP_BITS) >> 7;
    }
    static_assert(PROBE_SAMPLES <= UINT8_MAX, "a sum does not overflow");
    bool text = (n_top * UINT32_C(0x01010101) >> 24) <= NOT_ASCII_MOST;
    return (struct probe_result){(uint8_t)hits, text};
}
