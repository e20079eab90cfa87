#include "slab/core/counters.h"

#include <string.h>

#include "slab/core/store_thread.h"

void
counters_add(struct class_counters *sum, const struct class_counters *n)
{
    for (int i = 0; i < STORE_N_COUNTERS; i++)
        counter_add(&sum->n[i], counter_read(&n->n[i]));
    counter_add(&sum->n_items, counter_read(&n->n_items));
    counter_add(&sum->n_bytes, counter_read(&n->n_bytes));
}

void
counters_of_class(struct store *store, uint32_t class_id, struct class_counters *sum)
{
    MUST(class_id <= store->classes.n);
    lock_must_own(&store->threads_lock);
    memset(sum, 0, sizeof *sum);
    counters_add(sum, &store->retired_counters[class_id]);
    for (int i = 0; i < EPOCH_RECORDS; i++) {
        const struct store_thread *t = atomic_load_explicit(&store->threads[i], memory_order_acquire);
        if (t != NULL)
            counters_add(sum, &t->counters[class_id]);
    }
}

uint64_t
counters_total(struct store *store, enum store_counter which)
{
    store_must_be(store);
    uint64_t n = 0;
    lock_take(&store->threads_lock);
    for (uint32_t id = 0; id <= store->classes.n; id++) {
        struct class_counters sum;
        counters_of_class(store, id, &sum);
        n += counter_read(&sum.n[which]);
    }
    lock_give(&store->threads_lock);
    return n;
}

uint64_t
counters_without_class(struct store *store, enum store_counter which)
{
    store_must_be(store);
    lock_take(&store->threads_lock);
    uint64_t sum = counter_read(&store->retired_counters[CLASS_NONE].n[which]);
    int n = atomic_load(&store->epoch.n_records);
    for (int i = 0; i < n; i++) {
        const struct store_thread *t = atomic_load_explicit(&store->threads[i], memory_order_relaxed);
        if (t != NULL)
            sum += counter_read(&t->counters[CLASS_NONE].n[which]);
    }
    lock_give(&store->threads_lock);
    return sum;
}
