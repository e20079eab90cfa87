#include "bench/load/plan/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/load/plan/random.h"

/* Arbitrary, but the same in all runs: one run may verify what another stored. */
enum { POOL_SEED = 20260101, DUPLICATE_SEED = 20260102, COMMON_SEED = 20260103 };

static void
fill_randomly(char *pool)
{
    struct random r;
    random_init(&r, POOL_SEED, 0);
    for (size_t i = 0; i < VALUES_POOL; i += 8) {
        uint64_t x = random_next(&r);
        memcpy(pool + i, &x, 8);
    }
}

/* Fills the pool with records such as applications store. */
static void
fill_with_text(char *pool)
{
    static const char *const names[] = {
        "alder", "birch", "cedar", "ebony", "hazel", "larch", "maple", "rowan"};
    struct random r;
    random_init(&r, POOL_SEED, 1);
    for (size_t at = 0; at < VALUES_POOL;) {
        char record[160];
        uint64_t x = random_next(&r);
        int n = snprintf(record, sizeof record,
            "{\"id\":%u,\"name\":\"%s-%s\",\"visits\":%u,\"active\":%s,\"balance\":%u.%02u},\n",
            (unsigned)(x & 0xffffff), names[x >> 24 & 7], names[x >> 27 & 7], (unsigned)(x >> 30 & 0x3ff),
            x >> 40 & 1 ? "true" : "false", (unsigned)(x >> 41 & 0xfff), (unsigned)(x >> 53) % 100);
        size_t take = (size_t)n < VALUES_POOL - at ? (size_t)n : VALUES_POOL - at;
        memcpy(pool + at, record, take);
        at += take;
    }
}

bool
values_init(struct values *v, enum values_kind kind, const struct content *content, unsigned duplicates_pct)
{
    *v = (struct values){.kind = kind, .content = content, .duplicates_pct = duplicates_pct};
    if (kind == VALUES_OF_CONTENT)
        return true;
    v->pool = malloc(2 * VALUES_POOL);
    if (v->pool == NULL)
        return false;
    if (kind == VALUES_POOL_RANDOM)
        fill_randomly(v->pool);
    else
        fill_with_text(v->pool);
    memcpy(v->pool + VALUES_POOL, v->pool, VALUES_POOL);
    return true;
}

void
values_fini(struct values *v)
{
    free(v->pool);
    v->pool = NULL;
}

bool
values_is_duplicate(const struct values *v, uint64_t key, uint64_t *common)
{
    if (v->duplicates_pct == 0)
        return false;
    uint64_t x = random_mix(key + DUPLICATE_SEED);
    *common = x % VALUES_COMMON;
    return (x >> 32) * 100 >> 32 < v->duplicates_pct;
}

/* The number from which the bytes of the value of `key` are computed. */
static uint64_t
seed_of(const struct values *v, uint64_t key, size_t size)
{
    uint64_t common;
    if (values_is_duplicate(v, key, &common))
        key = random_mix(common + COMMON_SEED);
    return random_mix(key ^ random_mix(size + 1));
}

/* ---- values of a content ---- */

/* A part of a value, in memory with room behind it. */
struct part {
    size_t from, n;
    char bytes[CONTENT_PART_MAX + CONTENT_SLACK];
};

static size_t
n_parts_of(size_t size)
{
    return (size + CONTENT_PART_MAX - 1) / CONTENT_PART_MAX;
}

static void
write_part(const struct values *v, uint64_t seed, size_t size, size_t index, struct part *part)
{
    size_t n_parts = n_parts_of(size);
    part->from = size * index / n_parts;
    part->n = size * (index + 1) / n_parts - part->from;
    const struct content_part wanted = {.seed = random_mix(seed + index),
        .n = part->n,
        .is_first = index == 0,
        .is_last = index + 1 == n_parts};
    v->content->write(&wanted, part->bytes);
}

static void
write_parts(const struct values *v, char *at, uint64_t seed, size_t size)
{
    struct part part;
    for (size_t i = 0; i < n_parts_of(size); i++) {
        write_part(v, seed, size, i, &part);
        memcpy(at + part.from, part.bytes, part.n);
    }
}

static bool
match_parts(const struct values *v, uint64_t seed, size_t size, size_t offset, const char *p, size_t n)
{
    struct part part;
    if (n == 0)
        return true;
    /* The part with the byte at `offset`, or the part before it, since borders are rounded down. */
    for (size_t i = offset * n_parts_of(size) / size; n > 0; i++) {
        write_part(v, seed, size, i, &part);
        if (offset >= part.from + part.n)
            continue;
        size_t skip = offset - part.from, take = n < part.n - skip ? n : part.n - skip;
        if (memcmp(p, part.bytes + skip, take) != 0)
            return false;
        offset += take;
        p += take;
        n -= take;
    }
    return true;
}

/* ---- values from the pool ---- */

/* The start of the run, and the stamp: letters from A to P if the pool is text. */
static size_t
place_of(const struct values *v, uint64_t seed, char stamp[VALUES_STAMP])
{
    uint64_t s = random_mix(seed);
    if (v->kind == VALUES_POOL_OF_TEXT)
        s = (s & 0x0f0f0f0f0f0f0f0full) + 0x4141414141414141ull;
    memcpy(stamp, &s, VALUES_STAMP);
    return seed % VALUES_POOL;
}

static void
write_run(const struct values *v, char *at, uint64_t seed, size_t size)
{
    char stamp[VALUES_STAMP];
    size_t place = place_of(v, seed, stamp);
    if (size <= VALUES_STAMP) {
        memcpy(at, stamp, size);
        return;
    }
    memcpy(at, stamp, VALUES_STAMP);
    for (size_t done = VALUES_STAMP; done < size;) {
        size_t n = size - done < VALUES_POOL ? size - done : VALUES_POOL;
        memcpy(at + done, v->pool + (place + done) % VALUES_POOL, n);
        done += n;
    }
}

static bool
match_run(const struct values *v, uint64_t seed, size_t offset, const char *p, size_t n)
{
    char stamp[VALUES_STAMP];
    size_t place = place_of(v, seed, stamp);
    if (offset < VALUES_STAMP) {
        size_t n_stamp = n < VALUES_STAMP - offset ? n : VALUES_STAMP - offset;
        if (memcmp(p, stamp + offset, n_stamp) != 0)
            return false;
        offset += n_stamp;
        p += n_stamp;
        n -= n_stamp;
    }
    while (n > 0) {
        size_t part = n < VALUES_POOL ? n : VALUES_POOL;
        if (memcmp(p, v->pool + (place + offset) % VALUES_POOL, part) != 0)
            return false;
        offset += part;
        p += part;
        n -= part;
    }
    return true;
}

/* ---- values ---- */

void
values_write(const struct values *v, char *at, uint64_t key, size_t size)
{
    uint64_t seed = seed_of(v, key, size);
    if (v->kind == VALUES_OF_CONTENT)
        write_parts(v, at, seed, size);
    else
        write_run(v, at, seed, size);
}

bool
values_match(const struct values *v, uint64_t key, size_t size, size_t offset, const char *p, size_t n)
{
    MUST(offset <= size && n <= size - offset);
    uint64_t seed = seed_of(v, key, size);
    return v->kind == VALUES_OF_CONTENT ? match_parts(v, seed, size, offset, p, n)
                                        : match_run(v, seed, offset, p, n);
}
