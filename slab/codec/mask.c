/* mask: removes from a dictionary what only one value had; see mask.h. */
#include "slab/codec/mask.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"

enum {
    ROUNDS_MAX = 32, /* samples that are no attack take 3 to 8 */
    MEETING = 2,     /* bytes that are masked where two strings meet */
    SLOTS_FOR_ONE = 2,
};

/* A string of MASK_WINDOW bytes. */
struct window {
    uint64_t word;
    uint32_t last;      /* 1 + the sample that was counted last */
    uint32_t witnesses; /* samples that have it, up to MASK_WITNESSES, plus 1; 0: the slot is free */
};

struct masker {
    const struct mask_source *source;
    char *contents;
    size_t n;
    struct window *table; /* of the windows of contents; open addressing */
    size_t table_mask;
    bool *is_masked; /* a byte */
    bool *is_unique; /* a window: a sample has it, but too few have it */
};

static size_t
table_size(size_t n)
{
    size_t size = 1;
    while (size < n * SLOTS_FOR_ONE)
        size *= 2;
    return size;
}

size_t
mask_scratch(size_t n)
{
    MUST(n <= MASK_CONTENTS_MAX);
    return table_size(n) * sizeof(struct window) + 2 * n * sizeof(bool);
}

static uint64_t
word_at(const char *p)
{
    uint64_t word;
    static_assert(sizeof word == MASK_WINDOW, "a window is one word");
    memcpy(&word, p, sizeof word);
    return word;
}

/* The window's slot, or the free one where it would be. */
static struct window *
window_at(const struct masker *m, const char *p)
{
    uint64_t word = word_at(p);
    for (uint64_t i = hash_key_with(m->source->seed, p, MASK_WINDOW);; i++) {
        struct window *w = &m->table[i & m->table_mask];
        if (w->witnesses == 0 || w->word == word)
            return w;
    }
}

static void
note_windows(struct masker *m)
{
    memset(m->table, 0, (m->table_mask + 1) * sizeof *m->table);
    for (size_t at = 0; at + MASK_WINDOW <= m->n; at++) {
        struct window *w = window_at(m, m->contents + at);
        w->word = word_at(m->contents + at);
        w->witnesses = 1;
    }
}

static void
count_in_sample(const struct masker *m, const char *value, size_t n, uint32_t sample)
{
    for (size_t at = 0; at + MASK_WINDOW <= n; at++) {
        struct window *w = window_at(m, value + at);
        if (w->witnesses == 0 || w->witnesses > MASK_WITNESSES || w->last == sample)
            continue;
        w->witnesses++;
        w->last = sample;
    }
}

static void
count_witnesses(struct masker *m)
{
    note_windows(m);
    const char *value = m->source->bytes;
    for (size_t i = 0; i < m->source->n; i++) {
        count_in_sample(m, value, m->source->sizes[i], (uint32_t)i + 1);
        value += m->source->sizes[i];
    }
}

static unsigned
witnesses_at(const struct masker *m, size_t at)
{
    unsigned n = window_at(m, m->contents + at)->witnesses;
    MUST(n > 0);
    return n - 1;
}

static void
mask_byte(struct masker *m, size_t at)
{
    MUST(at < m->n);
    m->contents[at] = 0;
    m->is_masked[at] = true;
}

/* Masks the bytes that are in no window with enough witnesses. */
static void
mask_uncovered(struct masker *m)
{
    memset(m->is_masked, true, m->n);
    count_witnesses(m);
    for (size_t at = 0; at + MASK_WINDOW <= m->n; at++)
        if (witnesses_at(m, at) >= MASK_WITNESSES)
            memset(m->is_masked + at, false, MASK_WINDOW);
    for (size_t at = 0; at < m->n; at++)
        if (m->is_masked[at])
            mask_byte(m, at);
}

/* Returns whether there is a unique window. */
static bool
find_unique(struct masker *m)
{
    bool any = false;
    memset(m->is_unique, false, m->n);
    count_witnesses(m);
    for (size_t at = 0; at + MASK_WINDOW <= m->n; at++) {
        unsigned n = witnesses_at(m, at);
        bool is_zeros = memchr(m->is_masked + at, false, MASK_WINDOW) == NULL;
        m->is_unique[at] = n > 0 && n < MASK_WITNESSES && !is_zeros;
        any |= m->is_unique[at];
    }
    return any;
}

/* Masks the middle of the bytes that all windows from `first` to `last` have; at least one byte more than before. */
static void
mask_middle(struct masker *m, size_t first, size_t last)
{
    MUST(last - first < MASK_WINDOW);
    size_t middle = (last + first + MASK_WINDOW - 1) / 2;
    if (m->is_masked[middle] && m->is_masked[middle + 1])
        for (middle = first; m->is_masked[middle];)
            middle++;
    for (size_t at = middle; at < middle + MEETING && at < m->n; at++)
        mask_byte(m, at);
}

/* Masks until no window is unique; false: that takes too long. */
static bool
mask_meetings(struct masker *m)
{
    for (int round = 0; round < ROUNDS_MAX; round++) {
        if (!find_unique(m))
            return true;
        for (size_t first = 0, last; first < m->n; first = last + 1) {
            last = first;
            if (!m->is_unique[first])
                continue;
            while (last + 1 < first + MASK_WINDOW && m->is_unique[last + 1])
                last++;
            mask_middle(m, first, last);
        }
    }
    return false;
}

static void
cut_masked(struct masker *m)
{
    size_t n = 0;
    for (size_t at = 0; at < m->n; at++)
        if (!m->is_masked[at])
            m->contents[n++] = m->contents[at];
    m->n = n;
    memset(m->is_masked, false, n);
}

static size_t
count_left(const struct masker *m)
{
    size_t n = 0;
    for (size_t at = 0; at < m->n; at++)
        n += !m->is_masked[at];
    return n;
}

size_t
mask_unique(const struct mask_source *source, char *contents, size_t n, bool cut, void *scratch)
{
    MUST(n <= MASK_CONTENTS_MAX);
    size_t n_table = table_size(n);
    struct masker m = {source, contents, n, .table = scratch, .table_mask = n_table - 1};
    m.is_masked = (bool *)(m.table + n_table);
    m.is_unique = m.is_masked + n;
    mask_uncovered(&m);
    if (!mask_meetings(&m))
        return 0;
    if (cut) {
        cut_masked(&m);
        if (!mask_meetings(&m))
            return 0;
    }
    return count_left(&m) < MASK_LEAST ? 0 : m.n;
}
