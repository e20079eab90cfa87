#include "slab/policy/cutoff.h"

#include <string.h>

enum {
    EARLY = 4, /* the cut may be computed again after this part of a window ... */
    OFF = 3,   /* ... if this many times the share has been evicted */
};

void
cutoff_init(struct cutoff *c, unsigned share)
{
    MUST(share > 0 && share <= 256);
    memset(c, 0, sizeof *c);
    c->share = share;
    lock_init(&c->lock, LOCK_LEAF);
    atomic_init(&c->at, CUTOFF_UNKNOWN);
}

void
cutoff_fini(struct cutoff *c)
{
    lock_fini(&c->lock);
}

/* Ranks below a whole octave of steps are steps themselves. */
unsigned
cutoff_step(uint64_t rank, bool fresh)
{
    const unsigned n = 1u << CUTOFF_STEP_BITS, above = fresh ? 0 : CUTOFF_FRESH_STEPS;
    if (rank < n)
        return above + (unsigned)rank;
    unsigned octave = 63u - (unsigned)__builtin_clzll(rank) - CUTOFF_STEP_BITS;
    return above + octave * n + (unsigned)(rank >> octave);
}

/* Includes steps from the highest down until the share is reached; the last step is included. */
static void
cut_locked(struct cutoff *c, unsigned share)
{
    lock_must_own(&c->lock);
    uint64_t total = 0, sum = 0;
    for (unsigned i = 0; i < CUTOFF_STEPS; i++)
        total += c->recent[i] + c->before[i];
    if (total == 0)
        return;
    unsigned step = CUTOFF_STEPS;
    while (step > 0 && sum < total / 256 * share + 1)
        step--, sum += c->recent[step] + c->before[step];
    atomic_store_explicit(&c->at, step, memory_order_relaxed);
}

/* Ends the window, and halves the older sums. */
static void
turn_locked(struct cutoff *c)
{
    lock_must_own(&c->lock);
    for (unsigned i = 0; i < CUTOFF_STEPS; i++) {
        c->before[i] = (c->recent[i] + c->before[i]) / 2;
        c->recent[i] = 0;
    }
    c->met = c->evicted = 0;
}

/*
 * Far more is evicted than the share.  Less proves nothing: all items that the
 * hand meets for a while may have low ranks.
 */
static bool
is_too_deep(const struct cutoff *c, uint64_t window)
{
    return c->met >= window / EARLY && c->evicted > c->met / 256 * c->share * OFF;
}

void
cutoff_add(struct cutoff *c, struct cutoff_batch *b, uint64_t window)
{
    MUST(b->n <= CUTOFF_BATCH);
    lock_take(&c->lock);
    for (size_t i = 0; i < b->n; i++) {
        c->recent[b->step[i]] += b->bytes[i];
        c->met += b->bytes[i];
    }
    c->evicted += b->evicted;
    if (c->met >= window || is_too_deep(c, window)) {
        cut_locked(c, c->share);
        turn_locked(c);
    }
    lock_give(&c->lock);
    b->n = 0;
    b->evicted = 0;
}

void
cutoff_cut(struct cutoff *c, unsigned share)
{
    MUST(share > 0 && share <= 256);
    lock_take(&c->lock);
    cut_locked(c, share);
    lock_give(&c->lock);
}

void
cutoff_forget(struct cutoff *c)
{
    lock_take(&c->lock);
    memset(c->recent, 0, sizeof c->recent);
    memset(c->before, 0, sizeof c->before);
    c->met = c->evicted = 0;
    atomic_store_explicit(&c->at, CUTOFF_UNKNOWN, memory_order_relaxed);
    lock_give(&c->lock);
}
