/*
 * Dictionaries and values for tests of the packed form.
 *
 * The dictionary is not trained: it is a text that the values have in common, which is enough
 * for both codecs.
 */
#ifndef TESTS_UNIT_SLAB_PACKING_H
#define TESTS_UNIT_SLAB_PACKING_H

#include <stdio.h>

#include "slab/form/pack.h"
#include "tests/unit/slab/storing.h"

enum { RECORD_MAX = 70000 };

static const char common_text[] = "{\"id\":0,\"name\":\"\",\"email\":\"@example.com\",\"created_at\":\"2026-"
                                  "01-01T00:00:00Z\",\"roles\":[\"reader\","
                                  "\"writer\"],\"settings\":{\"theme\":\"dark\",\"language\":\"en\","
                                  "\"notifications\":true},\"last_login\":null}";

/* Adopts the common text as a dictionary of the codec; returns its slot. */
static inline uint32_t
adopt_common(struct dictionaries *d, enum codec_id codec)
{
    uint32_t slot = dictionary_adopt(d, codec, common_text, sizeof common_text - 1, 1 << 20);
    assert_true(slot >= PACKED_PLAIN && slot < PACKED_SLOTS);
    return slot;
}

/* A value like the common text, of at most RECORD_MAX bytes; valid until the next call. */
static inline const char *
record(uint64_t i, uint32_t n)
{
    static char buffer[RECORD_MAX + 512];
    uint32_t at = 0;
    assert_true(n <= RECORD_MAX);
    while (at < n)
        at += (uint32_t)snprintf(buffer + at, sizeof buffer - at,
            "{\"id\":%llu,\"name\":\"user%llu\",\"email\":\"u%llu@example.com\",\"roles\":[\"reader\"],"
            "\"settings\":{\"theme\":\"dark\",\"language\":\"en\"},\"last_login\":null}",
            (unsigned long long)i, (unsigned long long)(i * 7919 + at), (unsigned long long)(i ^ at));
    return buffer;
}

/* A record whose second half is random: packed, it takes a bit more than half of its bytes. */
static inline const char *
half_record(uint64_t i, uint32_t n)
{
    static char value[RECORD_MAX];
    memcpy(value, record(i, n), n / 2);
    memcpy(value + n / 2, pattern(i, n - n / 2), n - n / 2);
    return value;
}

static inline enum store_result
set_record(uint64_t i, uint32_t n)
{
    return put_until(key_number(i), record(i, n), n, STORE_SET, 0);
}

/* False on a miss; a hit must be the record. */
static inline bool
has_record(uint64_t i, uint32_t n)
{
    const char *value = get_key(key_number(i));
    if (value != NULL)
        assert_memory_equal(value, record(i, n), n);
    return value != NULL;
}

/* Packs the item with that key; the thread has joined (pack_join). */
static inline enum pack_result
pack_key(struct store_key key, uint32_t slot)
{
    uint64_t saved;
    store_enter(self);
    enum pack_result r = pack_item(self, peek_inside(key), key.hash, slot, &saved);
    store_leave(self);
    return r;
}

#endif
