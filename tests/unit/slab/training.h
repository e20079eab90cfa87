/*
 * training: a store whose training thread runs, without movers: the test does their work.
 *
 * The limit is 8 MiB, so that a training takes some hundredths of a second.
 */
#ifndef TESTS_UNIT_SLAB_TRAINING_H
#define TESTS_UNIT_SLAB_TRAINING_H

#include "slab/core/demand.h"
#include "slab/core/forms.h"
#include "slab/form/cold.h"
#include "slab/train/train.h"
#include "slab/reclaim/gather.h"
#include "tests/unit/slab/packing.h"

enum { RECORDS = 6000, RECORD = 300 };

static inline int
open_training(void **state)
{
    (void)state;
    struct store_options o = small_store();
    o.limit = (size_t)8 << 20;
    o.compression = STORE_COMPRESSION_AUTO;
    open_store(&o);
    assert_true(pack_join(self));
    assert_true(train_start(the_store));
    return 0;
}

static inline int
close_training(void **state)
{
    train_stop(the_store);
    pack_part(self);
    return close_store(state);
}

static inline struct train_counts
trainings(void)
{
    struct train_counts n;
    train_counts(the_store, &n);
    return n;
}

static inline uint32_t
slot_in_use(void)
{
    return atomic_load(&the_store->cold->slot);
}

static inline enum dictionary_state
state_of(uint32_t slot)
{
    return dictionary_state(&the_store->dictionaries, slot);
}

/* Fills more than an eighth of the memory. */
static inline void
set_records(void)
{
    for (uint64_t i = 0; i < RECORDS; i++)
        assert_int_equal(set_record(i, RECORD), STORE_OK);
    assert_true(demand_is_eighth_full(the_store));
}

/* What the mover does for trainings when it is woken. */
static inline void
tend(void)
{
    train_tend(self);
    gather_samples(self);
}

static unsigned n_awaited;

static inline bool
is_trained(void)
{
    struct train_counts n = trainings();
    return n.n_trained >= n_awaited;
}

static inline void
await_trainings(unsigned n)
{
    n_awaited = n;
    assert_true(comes_true(is_trained));
}

/* Packs with the dictionary from now on. */
static inline void
use(uint32_t slot)
{
    const struct dictionary *d = dictionary_at(&the_store->dictionaries, slot);
    struct probe *probe = probe_new(bytes_of((const char *)d->bytes, d->n));
    assert_non_null(probe);
    uint32_t before = cold_use(the_store, slot, probe);
    if (before != DICTIONARY_NONE)
        dictionary_retire(&the_store->dictionaries, before);
}

/* Tends until all retired dictionaries are freed, or so long that those would be that nothing names. */
static inline void
tend_long(void)
{
    for (int i = 0; i < 4 * EPOCH_GRACE && atomic_load(&the_store->dictionaries.n_retired) > 0; i++) {
        (void)epoch_try_advance(self->epoch);
        train_tend(self);
    }
}

#endif
