#include "slab/form/drift.h"

#include "slab/codec/probe.h"

#define WHOLE (UINT32_C(1) << 28)

static uint32_t
get(const _Atomic uint32_t *n)
{
    return atomic_load_explicit(n, memory_order_relaxed);
}

static void
set(_Atomic uint32_t *n, uint32_t to)
{
    atomic_store_explicit(n, to, memory_order_relaxed);
}

static void
reset(struct drift_mean *m)
{
    set(&m->n, 0);
    set(&m->now, 0);
    set(&m->first, 0);
}

void
drift_reset(struct drift *d, uint32_t slot)
{
    reset(&d->size[slot]);
    reset(&d->hits[slot]);
}

/* The mean of all values so far, and later one in which older values have less weight. */
static void
note(struct drift_mean *m, uint32_t part)
{
    uint32_t n = get(&m->n), now = get(&m->now);
    if (n < DRIFT_NOTES)
        set(&m->n, ++n);
    now = (uint32_t)((int64_t)now + ((int64_t)part - (int64_t)now) / (int64_t)n);
    set(&m->now, now);
    if (n == DRIFT_NOTES && get(&m->first) == 0)
        set(&m->first, now);
}

void
drift_note_hits(struct drift *d, uint32_t slot, uint32_t hits)
{
    CHECKED_MUST(hits <= PROBE_SAMPLES);
    note(&d->hits[slot], WHOLE / PROBE_SAMPLES * hits);
}

void
drift_note_size(struct drift *d, uint32_t slot, uint32_t stored, uint32_t value)
{
    CHECKED_MUST(stored <= value && value > 0);
    note(&d->size[slot], (uint32_t)((uint64_t)stored * WHOLE / value));
}

bool
drift_is_worse(const struct drift *d, uint32_t slot)
{
    const struct drift_mean *size = &d->size[slot], *hits = &d->hits[slot];
    uint64_t size_first = get(&size->first), hits_first = get(&hits->first);
    return (size_first != 0 && (uint64_t)get(&size->now) * 10 >= size_first * 11) ||
           (hits_first != 0 && (uint64_t)get(&hits->now) * 11 <= hits_first * 10);
}

double
drift_ratio(const struct drift *d, uint32_t slot)
{
    uint32_t now = get(&d->size[slot].now);
    return now == 0 ? 0 : (double)WHOLE / now;
}
