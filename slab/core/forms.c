#include "slab/core/forms.h"

#include <stdlib.h>
#include <string.h>

bool
forms_join(struct store_thread *t)
{
    MUST(t->forms == NULL);
    t->forms = calloc(1, sizeof *t->forms);
    return t->forms != NULL;
}

static void
add(struct form_counts *sum, const struct form_counts *n)
{
    counter_add(&sum->n_packed, counter_read(&n->n_packed));
    counter_add(&sum->stored_bytes, counter_read(&n->stored_bytes));
    counter_add(&sum->value_bytes, counter_read(&n->value_bytes));
    for (int i = 0; i < PACKED_SLOTS; i++)
        counter_add(&sum->referers[i], counter_read(&n->referers[i]));
    counter_add(&sum->n_shared, counter_read(&n->n_shared));
    counter_add(&sum->shared_bytes, counter_read(&n->shared_bytes));
    counter_add(&sum->n_bodies, counter_read(&n->n_bodies));
    counter_add(&sum->body_bytes, counter_read(&n->body_bytes));
    counter_add(&sum->n_wishes, counter_read(&n->n_wishes));
    counter_add(&sum->n_lost, counter_read(&n->n_lost));
}

void
forms_part(struct store_thread *t)
{
    lock_must_own(&t->store->threads_lock);
    add(t->store->retired_forms, t->forms);
    free(t->forms);
    t->forms = NULL;
}

void
forms_add(struct form_counts *n, const struct item *it, int sign)
{
    uint64_t one = (uint64_t)(int64_t)sign;
    if (item_is_shared(it)) {
        counter_add(&n->n_shared, one);
        counter_add(&n->shared_bytes, one * item_n_value(it));
    } else if (item_flags(it) & ITEM_FORM) {
        struct packed_value v = item_packed(it);
        counter_add(&n->n_packed, one);
        counter_add(&n->stored_bytes, one * item_n_stored(it));
        counter_add(&n->value_bytes, one * v.n_value);
        counter_add(&n->referers[v.slot], one);
    }
    if (item_is_body(it)) {
        counter_add(&n->n_bodies, one);
        counter_add(&n->body_bytes, one * item_n_value(it));
    }
}

__attribute__((noinline, cold)) void
forms_count(struct store_thread *t, const struct item *it, int sign)
{
    store_thread_must_be_inside(t);
    forms_add(t->forms, it, sign);
}

void
forms_sum(struct store *store, struct form_counts *sum)
{
    store_must_be(store);
    memset(sum, 0, sizeof *sum);
    lock_take(&store->threads_lock);
    add(sum, store->retired_forms);
    for (int i = 0; i < EPOCH_RECORDS; i++) {
        const struct store_thread *t = atomic_load_explicit(&store->threads[i], memory_order_acquire);
        if (t != NULL)
            add(sum, t->forms);
    }
    lock_give(&store->threads_lock);
}

uint64_t
forms_referers(struct store *store, uint32_t slot)
{
    MUST(slot < PACKED_SLOTS);
    lock_take(&store->threads_lock);
    uint64_t n = counter_read(&store->retired_forms->referers[slot]);
    for (int i = 0; i < EPOCH_RECORDS; i++) {
        const struct store_thread *t = atomic_load_explicit(&store->threads[i], memory_order_acquire);
        if (t != NULL)
            n += counter_read(&t->forms->referers[slot]);
    }
    lock_give(&store->threads_lock);
    return n;
}
