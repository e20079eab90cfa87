#include "slab/reclaim/locality_migrate.h"

#include "slab/core/locality.h"
#include "slab/reclaim/relocate.h"

enum {
    AT_ONCE = 16 << 20, /* bytes that are moved before a mover looks after its pool again, ... */
    MOVE_COST = 1 << 10 /* ... of which each item counts so many besides its own */
};

/* It may have gone since, and its memory may hold anything: unless its slot still says that it is there. */
static bool
is_there(struct store_thread *t, const struct migrate_request *w)
{
    struct index_guard g;
    store_thread_lock_bucket(t, w->hash, &g);
    bool there = index_locked_find_offset(t->index, &g, w->hash, w->offset) != NULL;
    index_unlock(&g);
    return there;
}

/* Returns about what it cost. */
static uint64_t
migrate(struct store_thread *t, const struct migrate_request *w)
{
    uint64_t cost = MOVE_COST;
    epoch_enter(t->epoch, t->record);
    if (is_there(t, w)) {
        struct item *it = item_at(t->base, w->offset);
        cost += item_size(it);
        if (relocate(t, it, w->hash, t->node) == RELOCATE_DONE)
            counter_inc(store_thread_counter(t, CLASS_NONE, STORE_N_MIGRATED));
    }
    store_thread_harvest(t, UINT32_MAX);
    epoch_leave(t->epoch, t->record);
    (void)epoch_try_advance(t->epoch);
    return cost;
}

bool
locality_migrate(struct store_thread *t)
{
    store_thread_must_be_outside(t);
    struct migrate_request batch[LOCALITY_BATCH];
    uint64_t cost = 0;
    if (t->store->arena.n_nodes == 1)
        return false;
    int n_records = atomic_load(&t->store->epoch.n_records);
    for (int i = 0; i < n_records; i++) {
        size_t n;
        while ((n = locality_take(t->store, t->node, i, batch)) > 0) {
            for (size_t k = 0; k < n; k++)
                cost += migrate(t, &batch[k]);
            if (cost >= AT_ONCE)
                return true;
        }
    }
    return false;
}
