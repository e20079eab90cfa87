/*
 * Compression of cold values: the operator's settings, and what it has done.
 */
#include <string.h>

#include "base/clock.h"
#include "slab/core/forms.h"
#include "slab/form/cold.h"
#include "slab/form/share.h"
#include "slab/train/train.h"
#include "slab/store.h"

void
store_set_compression(struct store *store, enum store_compression compression)
{
    store_must_be(store);
    MUST((unsigned)compression < STORE_N_COMPRESSIONS);
    atomic_store_explicit(&store->cold->compression, (uint8_t)compression, memory_order_relaxed);
}

void
store_set_compression_cpu(struct store *store, uint32_t percent, uint32_t n_workers)
{
    store_must_be(store);
    budget_set(&store->cold->budget, percent, n_workers, clock_ns());
}

void
store_set_share(struct store *store, bool on)
{
    store_must_be(store);
    share_set(store, on);
}

static uint64_t
now(const _Atomic uint64_t *n)
{
    return atomic_load_explicit(n, memory_order_relaxed);
}

void
store_cold(struct store *store, struct store_cold *out)
{
    store_must_be(store);
    const struct cold_counts *c = &store->cold->counts;
    const struct dictionaries *d = &store->dictionaries;
    struct form_counts forms;
    struct train_counts train;
    forms_sum(store, &forms);
    struct share_counts share;
    train_counts(store, &train);
    share_counts(store, &share);
    int64_t credit_ns = budget_credit_ns(&store->cold->budget, clock_ns());
    *out = (struct store_cold){
        .n_packed = counter_read(&forms.n_packed),
        .stored_bytes = counter_read(&forms.stored_bytes),
        .value_bytes = counter_read(&forms.value_bytes),
        .n_dictionaries = atomic_load_explicit(&d->n_live, memory_order_relaxed),
        .n_retired = atomic_load_explicit(&d->n_retired, memory_order_relaxed),
        .dictionary_bytes = now(&d->bytes),
        .prepared_bytes = now(&d->prepared),
        .n_tries = now(&c->n_tries),
        .n_vain = now(&c->n_vain),
        .n_unpromising = now(&c->n_unpromising),
        .n_skipped = now(&c->n_skipped),
        .n_packings = now(&c->n_packed),
        .n_repackings = now(&c->n_repacked),
        .n_improved = now(&c->n_improved),
        .n_unpackings = now(&c->n_unpacked),
        .n_wishes = counter_read(&forms.n_wishes),
        .n_wishes_lost = counter_read(&forms.n_lost),
        .n_promotions = now(&c->n_promoted),
        .n_no_chunk = now(&c->n_no_chunk),
        .saved_bytes = now(&c->saved_bytes),
        .cpu_ns = now(&c->cpu_ns),
        .credit_ns = credit_ns > 0 ? (uint64_t)credit_ns : 0,
        .n_samples = train.n_samples,
        .sample_bytes = train.sample_bytes,
        .n_trainings = train.n_trained,
        .n_adopted = train.n_adopted,
        .n_shared = counter_read(&forms.n_shared),
        .n_bodies = counter_read(&forms.n_bodies),
        .shared_bytes = counter_read(&forms.shared_bytes) - counter_read(&forms.body_bytes),
        .n_sharings = share.n_shared,
        .n_differed = share.n_differed,
        .n_share_no_chunk = share.n_no_chunk,
        .shares_all = share.looks_at_all,
    };
}

static_assert((int)STORE_KINDS_MAX == (int)KIND_DICT_KINDS, "all kinds with a dictionary are listed");
static_assert((int)STORE_KIND_TEXT_MAX == (int)KINDS_TEXT_MAX, "a pattern is copied as it is");

size_t
store_kinds(struct store *store, struct store_kind out[STORE_KINDS_MAX])
{
    store_must_be(store);
    struct kind_dict_kind list[KIND_DICT_KINDS];
    struct form_counts forms;
    size_t n = kind_dict_list(&store->cold->kinds, list, KIND_DICT_KINDS);
    forms_sum(store, &forms);
    for (size_t i = 0; i < n; i++) {
        const struct kind_dict_kind *kind = &list[i];
        out[i] = (struct store_kind){
            .n_items = counter_read(&forms.referers[kind->slot]),
            .dictionary_bytes = kind->n,
            .ratio = drift_ratio(&store->cold->drift, kind->slot),
            .share = kind->total == 0 ? 0 : (double)kind->bytes / (double)kind->total,
        };
        memcpy(out[i].text, kind->text, STORE_KIND_TEXT_MAX);
    }
    return n;
}
