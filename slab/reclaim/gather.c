#include "slab/reclaim/gather.h"

#include "slab/core/demand.h"
#include "slab/train/train.h"
#include "slab/reclaim/sweep.h"

enum {
    PAGES = 128, /* that are visited */
    PART = 4,    /* a quarter of each */
};

void
gather_samples(struct store_thread *t)
{
    store_thread_must_be_outside(t);
    struct store *store = t->store;
    if (!train_gathers(store) || demand_is_full(store))
        return;
    struct sweep_tally tally = {0};
    uint32_t n_used = 0, i = 0;
    for (uint32_t p = 0; (p = class_next_page(&store->classes, p)) != 0;)
        n_used++;
    uint32_t step = n_used / PAGES + 1;
    for (uint32_t p = 0; (p = class_next_page(&store->classes, p)) != 0 && train_gathers(store);) {
        if (i++ % step != 0)
            continue;
        struct class *c = class_hold(&store->classes, p);
        if (c == NULL)
            continue;
        uint32_t n = c->geometry->n_chunks, from = p % PART * (n / PART);
        struct class_run run = {p, from, from + n / PART};
        sweep_run(t, c, &run, SWEEP_SAMPLE, NULL, &tally);
        class_hold_end(c, p);
    }
}
