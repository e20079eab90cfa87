#include "slab/donor.h"

#include "slab/sweep.h"

enum { SAMPLE_CHUNKS = 16 };

void
donor_sample(struct store_thread *t, struct class *c)
{
    struct class_run run;
    if (!class_advance_hand(c, 0, &run))
        return;
    uint64_t sum = 0, n = 0;
    uint32_t end = run.from + SAMPLE_CHUNKS;
    epoch_enter(t->epoch, t->record);
    for (uint32_t i = run.from; i < end && i < c->geometry->n_chunks; i++) {
        struct item *it = (struct item *)(t->base + class_chunk(c, run.page, i));
        uint64_t seq = item_seq(it);
        if (seq == 0 || (seq & LINK_MARK))
            continue;
        /* A warm one counts as just written: it will not go. */
        if (atomic_load_explicit(&it->heat, memory_order_relaxed) == 0)
            sum += sweep_staleness(t, it, seq) / SAMPLE_CHUNKS;
        n++;
    }
    epoch_leave(t->epoch, t->record);
    class_let_go(c, run.page);
    if (n > 0)
        atomic_store_explicit(&c->staleness, sum / n * SAMPLE_CHUNKS, memory_order_relaxed);
}

static uint64_t
staleness_of(const struct class *c)
{
    return atomic_load_explicit(&c->staleness, memory_order_relaxed);
}

/* A class's last page comes last: it would want another at once. */
static bool
gives_rather(const struct class *a, const struct class *b)
{
    if ((class_pages(a) > 1) != (class_pages(b) > 1))
        return class_pages(a) > 1;
    if (staleness_of(a) != staleness_of(b))
        return staleness_of(a) > staleness_of(b);
    return class_pages(a) > class_pages(b);
}

/* Would the page earn more hits with `c`? */
static bool
is_worth_it(const struct class *donor, const struct class *c)
{
    uint64_t theirs = staleness_of(donor), ours = staleness_of(c);
    if (class_pages(donor) < 2)
        return false;
    switch ((enum class_moves)atomic_load_explicit(&c->set->moves, memory_order_relaxed)) {
    case CLASS_MOVES_FORCED: return false;
    case CLASS_MOVES_WORTH: return theirs / 2 > ours;
    case CLASS_MOVES_EAGER: return theirs > ours;
    }
    UNREACHABLE();
}

struct class *
donor_choose(struct class *c, bool own_is_spent, const struct donor_tried *tried)
{
    struct class_set *s = c->set;
    struct class *best = NULL;
    for (uint32_t id = 1; id <= s->n; id++) {
        struct class *d = class_at(s, c->node, id);
        if (d == c || class_pages(d) == 0 || tried->class_id[id])
            continue;
        if (best == NULL || gives_rather(d, best))
            best = d;
    }
    if (own_is_spent || class_pages(c) == 0)
        return best;
    return best != NULL && is_worth_it(best, c) ? best : c;
}
