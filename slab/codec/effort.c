#include "slab/codec/effort.h"

#include <string.h>

void
effort_init(struct effort *e)
{
    *e = (struct effort){.n_paid = EFFORT_WINDOW, .random = 1};
    memset(e->paid, UINT8_MAX, sizeof e->paid);
}

/* How many values to skip: 0 to 30, 15 in the mean.  A linear congruential generator, of which the top bits count. */
static uint32_t
draw_skip(struct effort *e)
{
    e->random = e->random * UINT32_C(1664525) + UINT32_C(1013904223);
    return (uint32_t)((uint64_t)e->random * (2 * EFFORT_ONE_IN - 1) >> 32);
}

bool
effort_try(struct effort *e)
{
    if (e->n_paid >= EFFORT_ENOUGH)
        return true;
    if (e->eager > 0) {
        e->eager--;
        return true;
    }
    if (e->skip > 0) {
        e->skip--;
        return false;
    }
    e->skip = draw_skip(e);
    return true;
}

void
effort_paid(struct effort *e, bool paid)
{
    MUST(e->n_paid <= EFFORT_WINDOW && e->at < EFFORT_WINDOW);
    uint64_t bit = UINT64_C(1) << e->at % 64, *word = &e->paid[e->at / 64];
    e->n_paid += (uint32_t)paid - ((*word & bit) != 0);
    *word = paid ? *word | bit : *word & ~bit;
    e->at = (e->at + 1) % EFFORT_WINDOW;
    if (paid)
        e->eager = EFFORT_ONE_IN;
}
