/*
 * probe: finds out for some nanoseconds whether a dictionary can help to compress a value.
 *
 * A table has a byte for each of the dictionary's substrings of four bytes, at the place that their
 * hash says; a later one replaces an earlier one.  A probe looks up 16 substrings of the value, one
 * from each sixteenth of it, at irregular places so that it keeps no step with the value's own
 * period.  With a dictionary of 32 KiB that was trained on such values, all JSON records have two
 * hits or more, and so have 96 to 100 % of values that are random by half.  A random sample hits
 * once in 500, so that one random value in 1000 has two hits.
 *
 * Text compresses without a dictionary, too: prose, base64, digests.  With a dictionary that was
 * trained on other values zstd compresses it worse than with none, since it takes over the
 * dictionary's statistics: 800 bytes of prose to 510 instead of 380.  So a probe also says whether the
 * value looks like text: at most an eighth of the sampled bytes are not ASCII.  Common strings give such
 * a value a hit now and then: of unlike text, one value in 10 has two hits, and one in 200 has four, while
 * all JSON records that the dictionary was trained for have four or more.  With fewer hits text is worth
 * a try without a dictionary.
 *
 * Threads: any, once the probe is made.
 */
#ifndef SLAB_CODEC_PROBE_H
#define SLAB_CODEC_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/must.h"

enum {
    PROBE_SAMPLES = 16,
    PROBE_HITS = 2,      /* from so many on, the dictionary probably helps, ... */
    PROBE_HITS_TEXT = 4, /* ... and of text, which compresses without it, too */
    PROBE_BITS_MIN = 8,  /* of a table's size, as powers of two: it is half of the dictionary's */
    PROBE_BITS_MAX = 14,
};

struct probe;

struct probe_result {
    uint8_t hits; /* of PROBE_SAMPLES */
    bool text;    /* few sampled bytes have their top bit set */
};

/* NULL: out of memory.  The dictionary may be freed afterwards. */
MUST_USE struct probe *probe_new(struct bytes dictionary);
void probe_free(struct probe **);

size_t probe_memory(const struct probe *);

struct probe_result probe_value(const struct probe *, struct bytes value);

#endif
