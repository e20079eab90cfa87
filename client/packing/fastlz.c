/* fastlz: see fastlz.h. */
#include "client/packing/fastlz.h"

#include <assert.h>
#include <stdint.h>

enum {
    LITERALS_MAX = 32,
    MATCH_MIN = 3,
    MATCH_MAX = 264,
    DISTANCE_MAX = 8192,
    FAR_DISTANCE = 8191, /* of level 1 */
    LONG_LENGTH = 7,
    HASH_BITS = 13,
};
static_assert(MATCH_MAX - 2 - LONG_LENGTH <= UINT8_MAX, "one more byte has the rest of a length");

/* ---- unpacking ---------------------------------------------------------- */

struct reader {
    const unsigned char *p, *end;
    bool broken;
};

static unsigned
next(struct reader *r)
{
    if (r->p == r->end) {
        r->broken = true;
        return 0;
    }
    return *r->p++;
}

/* The part of a length that does not fit into the instruction. */
static size_t
read_more_length(struct reader *r, bool level_1)
{
    size_t n = next(r), byte = n;

    while (level_1 && byte == 255 && !r->broken)
        n += byte = next(r);
    return n;
}

static size_t
read_distance(struct reader *r, unsigned instruction, bool level_1)
{
    size_t high = (size_t)(instruction & 31) << 8, low = next(r);

    if (!level_1 || high != 31 << 8 || low != 255)
        return high + low + 1;
    size_t far = (size_t)next(r) << 8;
    return FAR_DISTANCE + far + next(r) + 1;
}

/* The match may overlap the bytes that it writes, so it copies byte by byte. */
static char *
copy_match(char *to, const char *start, const char *end, size_t distance, size_t n)
{
    CHECKED_MUST(distance > 0 && to >= start && to <= end);
    if (distance > (size_t)(to - start) || n > (size_t)(end - to))
        return NULL;
    for (; n > 0; n--, to++)
        *to = to[-(ptrdiff_t)distance];
    return to;
}

static char *
copy_literals(char *to, const char *end, struct reader *r, size_t n)
{
    CHECKED_MUST(to <= end && r->p <= r->end);
    if (n > (size_t)(end - to) || n > (size_t)(r->end - r->p))
        return NULL;
    memcpy(to, r->p, n);
    r->p += n;
    return to + n;
}

bool
fastlz_unpack(struct bytes packed, char *dst, size_t n)
{
    struct reader r = {
        (const unsigned char *)packed.p, (const unsigned char *)packed.p + packed.n, packed.n == 0};
    char *to = dst, *end = dst + n;
    unsigned instruction = next(&r);
    bool level_1 = instruction >> 5 == 1;

    if (instruction >> 5 > 1)
        return false;
    for (instruction &= 31;; instruction = next(&r)) {
        if (instruction < 32) {
            to = copy_literals(to, end, &r, instruction + 1);
        } else {
            size_t length = (instruction >> 5) + 2;
            if (instruction >> 5 == LONG_LENGTH)
                length += read_more_length(&r, level_1);
            size_t distance = read_distance(&r, instruction, level_1);
            to = r.broken ? NULL : copy_match(to, dst, end, distance, length);
        }
        if (to == NULL || r.broken)
            return false;
        if (r.p == r.end)
            return to == end;
    }
}

/* ---- packing ------------------------------------------------------------ */

struct writer {
    unsigned char *p, *end;
    bool full;
};

static void
put(struct writer *w, size_t byte)
{
    if (w->p == w->end)
        w->full = true;
    else
        *w->p++ = (unsigned char)byte;
}

static void
put_literals(struct writer *w, const unsigned char *from, const unsigned char *to)
{
    while (from < to && !w->full) {
        size_t n = (size_t)(to - from) < LITERALS_MAX ? (size_t)(to - from) : LITERALS_MAX;
        put(w, n - 1);
        for (size_t i = 0; i < n; i++)
            put(w, from[i]);
        from += n;
    }
}

static void
put_match(struct writer *w, size_t distance, size_t n)
{
    CHECKED_MUST(n >= MATCH_MIN && n <= MATCH_MAX && distance > 0 && distance <= DISTANCE_MAX);
    size_t length = n - 2, back = distance - 1;

    if (length < LONG_LENGTH) {
        put(w, length << 5 | back >> 8);
    } else {
        put(w, (size_t)LONG_LENGTH << 5 | back >> 8);
        put(w, length - LONG_LENGTH);
    }
    put(w, back & 255);
}

static unsigned
hash_of(const unsigned char *p)
{
    uint32_t three = p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;
    return three * UINT32_C(2654435761) >> (32 - HASH_BITS);
}

static size_t
match_length(const unsigned char *a, const unsigned char *b, const unsigned char *end)
{
    size_t n = 0;

    while (n < MATCH_MAX && b + n < end && a[n] == b[n])
        n++;
    return n;
}

/* Looks for a match where three bytes with the same hash were last seen. */
size_t
fastlz_pack(struct bytes value, char *dst, size_t room)
{
    const unsigned char *start = (const unsigned char *)value.p, *end = start + value.n, *p = start + 1;
    const unsigned char *seen[1 << HASH_BITS], *literals = start;
    struct writer w = {(unsigned char *)dst, (unsigned char *)dst + room, false};

    for (size_t i = 0; i < 1 << HASH_BITS; i++)
        seen[i] = NULL;
    while (value.n > MATCH_MIN && p + MATCH_MIN <= end && !w.full) {
        unsigned hash = hash_of(p);
        const unsigned char *before = seen[hash];
        seen[hash] = p;
        size_t n = before != NULL && p - before <= DISTANCE_MAX ? match_length(before, p, end) : 0;
        if (n < MATCH_MIN) {
            p++;
            continue;
        }
        put_literals(&w, literals, p);
        put_match(&w, (size_t)(p - before), n);
        p += n;
        literals = p;
    }
    put_literals(&w, literals, end);
    MUST(w.p <= w.end);
    return w.full ? 0 : (size_t)(w.p - (unsigned char *)dst);
}
