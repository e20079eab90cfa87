#include "slab/codec/kinds.h"

#include <string.h>

static_assert(KINDS_MAX - 1 == UINT8_MAX, "the heap has rows in eight bits");

void
kinds_init(struct kinds *k, uint64_t window)
{
    MUST(window > 0);
    memset(k, 0, sizeof *k);
    k->window = window;
    for (unsigned i = 0; i < KINDS_MAX; i++)
        k->bucket[i] = KINDS_NONE;
}

static unsigned
bucket_of(uint64_t hash)
{
    return hash % KINDS_MAX;
}

static unsigned
find(const struct kinds *k, uint64_t hash)
{
    unsigned i = k->bucket[bucket_of(hash)];
    while (i != KINDS_NONE && k->row[i].hash != hash)
        i = k->row[i].next;
    return i;
}

/* The order of the heap; a row with a dictionary is below all others. */
static uint64_t
weight(const struct kinds *k, unsigned place)
{
    const struct kinds_row *row = &k->row[k->heap[place]];
    return row->slot != 0 ? UINT64_MAX : row->bytes;
}

static void
exchange(struct kinds *k, unsigned a, unsigned b)
{
    uint8_t row = k->heap[a];
    k->heap[a] = k->heap[b];
    k->heap[b] = row;
    k->row[k->heap[a]].place = (uint8_t)a;
    k->row[k->heap[b]].place = (uint8_t)b;
}

static unsigned
parent(unsigned place)
{
    CHECKED_MUST(place > 0);
    return (place - 1) / 2;
}

/* Moves a row that has become heavier. */
static void
sink(struct kinds *k, unsigned place)
{
    for (;;) {
        unsigned child = 2 * place + 1;
        if (child + 1 < k->n && weight(k, child + 1) < weight(k, child))
            child++;
        if (child >= k->n || weight(k, place) <= weight(k, child))
            return;
        exchange(k, place, child);
        place = child;
    }
}

/* Moves a row that is new, or has become lighter. */
static void
rise(struct kinds *k, unsigned place)
{
    for (; place > 0 && weight(k, place) < weight(k, parent(place)); place = parent(place))
        exchange(k, place, parent(place));
}

static void
unlink_row(struct kinds *k, unsigned i)
{
    uint16_t *at = &k->bucket[bucket_of(k->row[i].hash)];
    while (*at != i) {
        CHECKED_MUST(*at != KINDS_NONE);
        at = &k->row[*at].next;
    }
    *at = k->row[i].next;
}

/* The first characters of the level's text; a beginning ends in '*'. */
static void
copy_text(char *to, const struct kind *kind, unsigned level)
{
    unsigned n = kind->n[level];
    if (n > KINDS_TEXT_MAX - 2)
        n = KINDS_TEXT_MAX - 2;
    for (unsigned i = 0; i < n; i++)
        to[i] = kind->text[i] == ' ' ? '_' : kind->text[i]; /* a line of stats has no spaces in it */
    if (level > 0 || n < kind->n[level])
        to[n++] = '*';
    to[n] = '\0';
}

static unsigned
add_row(struct kinds *k, uint64_t hash, const struct kind *kind, unsigned level)
{
    unsigned i;
    if (k->n < KINDS_MAX) {
        i = k->n++;
        k->heap[i] = k->row[i].place = (uint8_t)i;
        rise(k, i);
    } else {
        i = k->heap[0];
        unlink_row(k, i);
    }
    struct kinds_row *row = &k->row[i];
    MUST(row->slot == 0); /* there are more rows than dictionaries */
    row->hash = hash;
    row->error = row->bytes;
    row->next = k->bucket[bucket_of(hash)];
    k->bucket[bucket_of(hash)] = (uint16_t)i;
    copy_text(k->text[i], kind, level);
    return i;
}

/* The order of the heap stays. */
static void
halve(struct kinds *k)
{
    for (unsigned i = 0; i < k->n; i++) {
        k->row[i].bytes /= 2;
        k->row[i].error /= 2;
    }
    k->total /= 2;
    k->fresh = 0;
}

/* A level may be as long as the one before it: then it is the same. */
static bool
is_repeated(const struct kind *kind, unsigned level)
{
    return level > 0 && kind->n[level] == kind->n[level - 1];
}

unsigned
kinds_note(struct kinds *k, const struct kind *kind, uint64_t bytes)
{
    unsigned i = KINDS_NONE;
    k->total += bytes;
    for (unsigned level = 0; level < KIND_LEVELS; level++) {
        if (is_repeated(kind, level))
            continue;
        uint64_t hash = kind_hash(kind, level);
        i = find(k, hash);
        if (i == KINDS_NONE)
            i = add_row(k, hash, kind, level);
        k->row[i].bytes += bytes;
        sink(k, k->row[i].place);
        if (kinds_is_heavy(k, i))
            break;
    }
    k->fresh += bytes;
    if (k->fresh >= k->window)
        halve(k);
    MUST(i != KINDS_NONE);
    return i;
}

unsigned
kinds_find(const struct kinds *k, const struct kind *kind)
{
    for (unsigned level = 0; level < KIND_LEVELS; level++) {
        unsigned i = is_repeated(kind, level) ? KINDS_NONE : find(k, kind_hash(kind, level));
        if (i != KINDS_NONE && kinds_is_heavy(k, i))
            return i;
    }
    return KINDS_NONE;
}

uint8_t
kinds_slot(const struct kinds *k, const struct kind *kind)
{
    for (unsigned level = 0; level < KIND_LEVELS; level++) {
        unsigned i = is_repeated(kind, level) ? KINDS_NONE : find(k, kind_hash(kind, level));
        if (i != KINDS_NONE && k->row[i].slot != 0)
            return k->row[i].slot;
    }
    return 0;
}

unsigned
kinds_at(const struct kinds *k, uint64_t hash)
{
    return find(k, hash);
}

void
kinds_give(struct kinds *k, unsigned i, uint8_t slot)
{
    MUST(i < k->n);
    k->row[i].slot = slot;
    sink(k, k->row[i].place);
    rise(k, k->row[i].place);
}

const char *
kinds_text(const struct kinds *k, unsigned i)
{
    MUST(i < k->n);
    return k->text[i];
}

/* Every row in use is in the bucket of its hash, once, and no other row is. */
static bool
check_buckets(const struct kinds *k)
{
    unsigned n = 0;
    for (unsigned b = 0; b < KINDS_MAX; b++)
        for (unsigned i = k->bucket[b]; i != KINDS_NONE; i = k->row[i].next)
            if (i >= k->n || bucket_of(k->row[i].hash) != b || find(k, k->row[i].hash) != i || ++n > k->n)
                return false;
    return n == k->n;
}

bool
kinds_check(const struct kinds *k)
{
    for (unsigned i = 0; i < k->n; i++)
        if (k->row[i].error > k->row[i].bytes || k->heap[k->row[i].place] != i ||
            (i > 0 && weight(k, i) < weight(k, parent(i))))
            return false;
    return k->n <= KINDS_MAX && k->fresh < k->window && check_buckets(k);
}
