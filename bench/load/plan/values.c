#include "bench/load/plan/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/load/plan/random.h"

enum {
    POOL_SEED = 20260101
}; /* arbitrary, but the same in all runs: one run may verify what another stored */

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
values_init(struct values *v, bool is_random)
{
    *v = (struct values){.pool = malloc(2 * VALUES_POOL), .is_random = is_random};
    if (v->pool == NULL)
        return false;
    if (is_random)
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

/* The start of the run, and the stamp: letters from A to P if the pool is text. */
static size_t
place_of(const struct values *v, uint64_t key, size_t size, char stamp[VALUES_STAMP])
{
    uint64_t x = random_mix(key ^ random_mix(size + 1)), s = random_mix(x);
    if (!v->is_random)
        s = (s & 0x0f0f0f0f0f0f0f0full) + 0x4141414141414141ull;
    memcpy(stamp, &s, VALUES_STAMP);
    return x % VALUES_POOL;
}

void
values_write(const struct values *v, char *at, uint64_t key, size_t size)
{
    char stamp[VALUES_STAMP];
    size_t place = place_of(v, key, size, stamp);
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

bool
values_match(const struct values *v, uint64_t key, size_t size, size_t offset, const char *p, size_t n)
{
    char stamp[VALUES_STAMP];
    size_t place = place_of(v, key, size, stamp);
    MUST(offset <= size && n <= size - offset);
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
