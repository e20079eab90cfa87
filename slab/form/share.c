#include "slab/form/share.h"

#include <stdlib.h>

#include "slab/index/body.h"
#include "slab/core/publish.h"
#include "slab/mem/room.h"
#include "slab/form/value.h"

enum {
    NOTES_LEAST = 64,
    NOTES_MOST = 1 << 23, /* 64 MiB */
    SAMPLE_ONE_IN = 16,   /* windows, while few values have an equal one, ... */
    ROUND_ONE_IN = 8,     /* and rounds that look for equal values at all */
    ROUND_LEAST = 4096,   /* values */
    TRIED_LEAST = 32,     /* of which a share is computed */
    OFF_BELOW = 200,      /* one in so many, ... */
    ON_FROM = 100,        /* ... and so many */
    GROWS_PART = 8,       /* of the bytes met */
    WORK_MOST = 4 << 20,  /* bytes that a run may copy, so that no epoch is held long */
    SKETCH_WORDS = 3,
    SHIFTS = 24,
};
static_assert(NOTES_MOST <= 1 << SHIFTS, "a place and the tag have bits of their own");

/* Any mover adds to the sums and counts; relaxed. */
struct share {
    _Atomic bool on;        /* the setting; relaxed */
    _Atomic bool all;       /* hash all values; relaxed */
    _Atomic uint32_t round; /* relaxed */
    uint64_t n_notes;       /* a power of two */
    _Atomic uint64_t
        *note; /* content tag 16 | hash of the key: its first 16 and last 32 bits; relaxed, 0: none */
    _Atomic uint64_t n_met, n_tried, n_found; /* in this round */
    _Atomic uint64_t met, saved;              /* bytes lately, older ones with less weight */
    _Atomic uint64_t n_shared, n_bodies, n_differed, n_no_chunk, saved_ever;
};

static uint64_t
add(_Atomic uint64_t *n, uint64_t more)
{
    return atomic_fetch_add_explicit(n, more, memory_order_relaxed);
}

static uint64_t
now(const _Atomic uint64_t *n)
{
    return atomic_load_explicit(n, memory_order_relaxed);
}

bool
share_init(struct store *store)
{
    struct share *s = calloc(1, sizeof *s);
    store->share = s;
    if (s == NULL)
        return false;
    uint64_t most = store->options.limit / SHARE_PART / sizeof *s->note;
    for (s->n_notes = NOTES_LEAST; s->n_notes * 2 <= most && s->n_notes < NOTES_MOST;)
        s->n_notes *= 2;
    s->note = calloc(s->n_notes, sizeof *s->note); /* the kernel gives the memory when it is used */
    atomic_init(&s->on, store->options.share);
    atomic_init(&s->all, true);
    return s->note != NULL;
}

void
share_fini(struct store *store)
{
    if (store->share != NULL)
        free(store->share->note);
    free(store->share);
    store->share = NULL;
}

void
share_set(struct store *store, bool on)
{
    atomic_store_explicit(&store->share->on, on, memory_order_relaxed);
}

bool
share_is_on(const struct store *store)
{
    return atomic_load_explicit(&store->share->on, memory_order_relaxed);
}

bool
share_may_gain(const struct store *store)
{
    return share_is_on(store) && atomic_load_explicit(&store->share->all, memory_order_relaxed);
}

size_t
share_memory(const struct store *store)
{
    return share_is_on(store) ? (size_t)store->share->n_notes * sizeof *store->share->note : 0;
}

void
share_counts(const struct store *store, struct share_counts *out)
{
    const struct share *s = store->share;
    *out = (struct share_counts){
        .n_shared = now(&s->n_shared),
        .n_bodies = now(&s->n_bodies),
        .n_differed = now(&s->n_differed),
        .n_no_chunk = now(&s->n_no_chunk),
        .saved_bytes = now(&s->saved_ever),
        .looks_at_all = atomic_load_explicit(&s->all, memory_order_relaxed),
    };
}

/* ---- rounds of the hand ------------------------------------------------------ */

static uint64_t
n_items(const struct store *store)
{
    int64_t n = atomic_load_explicit(&store->index.n_items, memory_order_relaxed);
    return n > 0 ? (uint64_t)n : 0;
}

/* Windows of which one is noted at a time: a power of two, with room in the table for twice the items of one. */
static uint32_t
windows(const struct store *store, bool all)
{
    const struct share *s = store->share;
    uint32_t n = all ? 1 : SAMPLE_ONE_IN;
    while (n_items(store) * 2 / n > s->n_notes / 2 && n < UINT32_C(1) << 31)
        n *= 2;
    return n;
}

/* Not without a chunk for a referer or a body: then room has to be made by evicting, as in slab/form/cold.c. */
static bool
grows(const struct store *store)
{
    const struct share *s = store->share;
    return atomic_load_explicit(&s->on, memory_order_relaxed) && now(&s->saved) > 0 &&
           now(&s->saved) > now(&s->met) / GROWS_PART && !room_lacks_anywhere(&store->classes);
}

bool
share_grows(const struct store *store)
{
    return store->movers != NULL && grows(store);
}

void
share_begin(struct store_thread *t, struct share_pass *p)
{
    store_thread_must_be_outside(t);
    const struct share *s = t->store->share;
    *p = (struct share_pass){0};
    if (t->packer == NULL || !share_is_on(t->store))
        return;
    p->on = true;
    p->all = atomic_load_explicit(&s->all, memory_order_relaxed);
    uint32_t round = atomic_load_explicit(&s->round, memory_order_relaxed);
    p->shares = p->all || round % ROUND_ONE_IN == 0;
    p->grows = grows(t->store);
    p->one_in = windows(t->store, p->all);
    round /= p->all ? 1 : ROUND_ONE_IN;
    p->window = round % p->one_in;
    p->shift = (round + round / p->one_in) % SHIFTS;
}

/* The round is over: are all values worth a hash in the next one? */
static void
end_round(struct share *s)
{
    uint64_t n_tried = now(&s->n_tried), n_found = now(&s->n_found);
    atomic_store_explicit(&s->n_met, 0, memory_order_relaxed);
    atomic_fetch_add_explicit(&s->round, 1, memory_order_relaxed);
    if (n_tried < TRIED_LEAST)
        return;
    if (n_found * OFF_BELOW < n_tried)
        atomic_store_explicit(&s->all, false, memory_order_relaxed);
    else if (n_found * ON_FROM >= n_tried)
        atomic_store_explicit(&s->all, true, memory_order_relaxed);
    atomic_store_explicit(&s->n_tried, 0, memory_order_relaxed);
    atomic_store_explicit(&s->n_found, 0, memory_order_relaxed);
}

static void
halve(_Atomic uint64_t *n)
{
    atomic_store_explicit(n, now(n) / 2, memory_order_relaxed);
}

void
share_end(struct store_thread *t, struct share_pass *p, uint64_t window)
{
    store_thread_must_be_outside(t);
    struct share *s = t->store->share;
    if (!p->on)
        return;
    if (add(&s->met, p->met) + p->met >= window) {
        halve(&s->met);
        halve(&s->saved);
    }
    (void)add(&s->saved, p->saved);
    (void)add(&s->n_tried, p->n_tried);
    (void)add(&s->n_found, p->n_found);
    uint64_t round = n_items(t->store) > ROUND_LEAST ? n_items(t->store) : ROUND_LEAST;
    if (add(&s->n_met, p->n_met) + p->n_met >= round)
        end_round(s);
}

/* ---- which values ------------------------------------------------------------ */

/* Of equal values the same, and found without reading much of them.  The value has BODIES_LEAST bytes here. */
static uint64_t
sketch(const struct item *it)
{
    uint64_t word[SKETCH_WORDS], x = item_n_stored(it);
    const char *p = item_value(it);
    memcpy(&word[0], p, sizeof word[0]);
    memcpy(&word[1], p + BODIES_LEAST / 2, sizeof word[1]);
    memcpy(&word[2], p + BODIES_LEAST - sizeof word[2], sizeof word[2]);
    for (int i = 0; i < SKETCH_WORDS; i++)
        x = (x ^ word[i]) * UINT64_C(0x9E3779B97F4A7C15) ^ x >> 29;
    return x ^ x >> 32;
}

static bool
is_in_window(const struct share_pass *p, const struct item *it)
{
    return p->one_in == 1 || sketch(it) % p->one_in == p->window;
}

/* Values are packed only after the hand has met them once, so packed ones have had their turn. */
static bool
is_candidate(const struct item *it)
{
    return bodies_may(it) && !(item_flags(it) & ITEM_FORM) && item_n_stored(it) >= BODIES_LEAST;
}

/*
 * Has an equal one.  As many of these as lie in a window count, but not by their values: if many have the same, these
 * would all be in the window or all outside.
 */
static void
note_shared(struct share_pass *p, const struct item *it)
{
    bool in_window = ((uintptr_t)it * UINT64_C(0x9E3779B97F4A7C15) >> 32) % p->one_in == 0;
    p->n_tried += in_window;
    p->n_found += in_window;
}

bool
share_wants(const struct store_thread *t, struct share_pass *p, const struct item *it, uint64_t bytes)
{
    p->met += bytes;
    p->n_met++;
    if (!p->shares)
        return false;
    if (item_is_shared(it)) {
        note_shared(p, it);
        return false;
    }
    return is_candidate(it) && (p->all || is_in_window(p, it)) && bodies_saving(t, it) > 0;
}

/* ---- sharing ------------------------------------------------------------------ */

#define NOTE_HASH UINT64_C(0xFFFF0000FFFFFFFF)

static uint64_t
note_of(uint64_t content, uint64_t hash)
{
    return (hash & NOTE_HASH) | content >> 48 << 32;
}

/* Notes the item; returns the one that was noted before with the same content hash, if it still exists. */
static struct item *
exchange_note(
    const struct store_thread *t, const struct share_pass *p, uint64_t content, uint64_t hash, bool in_window)
{
    struct share *s = t->store->share;
    /* Values that displace each other in one round do not in another. */
    uint64_t half = s->n_notes / 2;
    _Atomic uint64_t *place = &s->note[(content >> p->shift & (half - 1)) + (in_window ? 0 : half)];
    uint64_t own = note_of(content, hash), before = atomic_load_explicit(place, memory_order_relaxed);
    if (before == own)
        return NULL;
    atomic_store_explicit(place, own, memory_order_relaxed);
    if (((before ^ own) & ~NOTE_HASH) != 0 || before == 0)
        return NULL;
    return index_find_hash(t->index, before & NOTE_HASH, NOTE_HASH);
}

static uint64_t
hash_of(const struct item *it)
{
    return hash_key(item_key(it), it->nkey);
}

/* Counts how a try ended; returns what it saved. */
static uint64_t
count(struct share *s, struct share_pass *p, enum pack_result r, uint64_t saved)
{
    switch (r) {
    case PACK_DONE:
        (void)add(&s->n_shared, 1);
        (void)add(&s->saved_ever, saved);
        p->saved += saved;
        return saved;
    case PACK_VAIN: (void)add(&s->n_differed, 1); return 0;
    case PACK_NO_CHUNK: (void)add(&s->n_no_chunk, 1); return 0;
    case PACK_GONE: return 0;
    }
    UNREACHABLE();
}

static uint64_t
refer(struct store_thread *t, struct share_pass *p, struct item *it, uint64_t hash, struct item *body,
    uint64_t saved)
{
    enum pack_result r = bodies_refer(t, it, hash, body);
    return count(t->store->share, p, r, saved);
}

/* The memory of a body, in chunks or nearly so. */
static uint64_t
bytes_of_body(const struct store_thread *t, const struct item *body)
{
    if (item_flags(body) & ITEM_CHAINED)
        return item_size(body);
    return t->store->classes.geometry[store_thread_class_of(t, body)].size;
}

/* Both get a new body; returns what became free, less the body. */
static uint64_t
share_two(struct store_thread *t, struct share_pass *p, struct item *first, struct item *second,
    uint64_t hash, uint64_t content)
{
    struct share *s = t->store->share;
    struct item *body;
    uint64_t saved[2] = {bodies_saving(t, first), bodies_saving(t, second)};
    enum pack_result r = bodies_make(t, second, content, &body);
    if (r != PACK_DONE)
        return count(s, p, r, 0);
    uint64_t cost = bytes_of_body(t, body), sum = refer(t, p, first, hash_of(first), body, saved[0]);
    if (sum > 0) /* otherwise the body would have one referer, and cost more than it saves */
        sum += refer(t, p, second, hash, body, saved[1]);
    publish_leave_body(t, content);
    if (sum == 0)
        return 0;
    (void)add(&s->n_bodies, 1);
    (void)add(&s->saved_ever, -cost);
    p->saved -= cost < p->saved ? cost : p->saved;
    return sum > cost ? sum - cost : 0;
}

uint64_t
share_item(struct store_thread *t, struct share_pass *p, struct item *it, uint64_t hash)
{
    store_thread_must_be_inside(t);
    if (room_lacks(&t->store->classes, store_thread_node_of(t, it)) || p->work > WORK_MOST ||
        item_seq(it) == 0)
        return 0;
    p->work += item_size(it);
    uint64_t content = bodies_content(t, it), saved = bodies_saving(t, it);
    bool in_window = is_in_window(p, it);
    p->n_tried += in_window;
    struct item *body = body_find(t->index, content);
    if (body != NULL) {
        p->n_found += in_window;
        return refer(t, p, it, hash, body, saved);
    }
    struct item *first = exchange_note(t, p, content, hash, in_window);
    if (first == NULL || first == it || !bodies_may(first) || bodies_saving(t, first) == 0 ||
        !bodies_equal(t, first, it))
        return 0;
    p->n_found += in_window;
    return share_two(t, p, first, it, hash, content);
}
