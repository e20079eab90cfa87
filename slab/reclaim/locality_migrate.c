#include "slab/reclaim/locality_migrate.h"

#include "slab/core/find.h"
#include "slab/core/locality.h"
#include "slab/form/relocate.h"

enum {
    AT_ONCE = 16 << 20, /* bytes that are moved before a mover refills its pool again, ... */
    MOVE_COST = 1 << 10 /* ... of which each item counts this many in addition to its size */
};

/* Returns about the cost in bytes. */
static uint64_t
migrate(struct store_thread *t, const struct migrate_request *request)
{
    uint64_t cost = MOVE_COST;
    epoch_enter(t->epoch, t->record);
    /* The item may have been unlinked since, and its memory reused. */
    if (find_is_linked(t, request->hash, request->offset)) {
        struct item *it = item_at(t->base, request->offset);
        cost += item_size(it);
        if (relocate(t, it, request->hash, t->node) == RELOCATE_DONE)
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
