/*
 * train: a dictionary is made of the values that the store has; it is not used once they are flushed, and its
 * slot stays taken as long as an item or a reader may name it.
 */
#include <pthread.h>

#include "slab/form/relocate.h"
#include "tests/unit/slab/training.h"

static void
test_nothing_is_gathered_until_memory_fills(void **state)
{
    (void)state;
    assert_int_equal(set_record(1, RECORD), STORE_OK);
    tend();
    assert_false(train_gathers(the_store));
    set_records();
    train_tend(self);
    assert_true(train_gathers(the_store));
}

static void
test_a_dictionary_is_adopted(void **state)
{
    (void)state;
    set_records();
    tend();
    assert_false(train_gathers(the_store)); /* there are enough */
    await_trainings(1);
    struct train_counts n = trainings();
    assert_true(n.n_adopted == 1 && n.n_refused == 0 && n.n_samples == 0 && n.sample_bytes == 0);
    uint32_t slot = slot_in_use();
    assert_int_equal(state_of(slot), DICTIONARY_LIVE);
    assert_int_equal(dictionary_at(&the_store->dictionaries, slot)->codec, CODEC_zstd);
    assert_non_null(atomic_load(&the_store->cold->probe[slot]));
    assert_int_equal(pack_key(key_number(7), slot), PACK_DONE);
    assert_true(item_n_stored(peek(key_number(7))) < RECORD / 3 && has_record(7, RECORD));
    train_tend(self); /* the next one is not due */
    assert_false(train_gathers(the_store));
}

static void
test_short_values_are_enough(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 4 * RECORDS; i++)
        assert_int_equal(set_record(i, 64), STORE_OK);
    tend();
    assert_false(train_gathers(the_store));
    await_trainings(1);
}

static void
test_random_values_make_none_and_cost_one_training(void **state)
{
    (void)state;
    fill(0, RECORDS, RECORD);
    tend();
    await_trainings(1);
    struct train_counts n = trainings();
    assert_true(n.n_adopted == 0 && n.n_refused == 1);
    assert_int_equal(slot_in_use(), DICTIONARY_NONE);
    train_tend(self);
    assert_false(train_gathers(the_store)); /* not before a minute has passed */
}

static void
test_a_training_takes_from_the_budget(void **state)
{
    (void)state;
    set_records();
    budget_set(&the_store->cold->budget, 0, 1, clock_ns());
    tend();
    assert_false(train_gathers(the_store));
    store_set_compression_cpu(the_store, 5, 1);
    atomic_store(&the_store->cold->budget.zero_ns, (int64_t)clock_ns() - 1000000000);
    int64_t zero_ns = atomic_load(&the_store->cold->budget.zero_ns);
    tend();
    await_trainings(1);
    assert_true(atomic_load(&the_store->cold->budget.zero_ns) > zero_ns);
}

static void
test_only_plain_values_in_one_piece_are_samples(void **state)
{
    (void)state;
    set_records();
    train_tend(self);
    assert_int_equal(set_pattern(1, 60000), STORE_OK); /* a chain */
    assert_int_equal(set_pattern(4, CODEC_SMALL_MAX), STORE_OK);
    assert_true(item_flags(peek(key_number(4))) & ITEM_CHAINED);
    uint32_t slot = adopt_common(&the_store->dictionaries, CODEC_zstd);
    assert_int_equal(pack_key(key_number(2), slot), PACK_DONE);
    store_enter(self);
    train_offer(self, peek_inside(key_number(1)), key_number(1).hash);
    train_offer(self, peek_inside(key_number(2)), key_number(2).hash);
    train_offer(self, peek_inside(key_number(4)), key_number(4).hash);
    assert_int_equal(trainings().n_samples, 0);
    train_offer(self, peek_inside(key_number(3)), key_number(3).hash);
    assert_int_equal(trainings().n_samples, 1);
    store_leave(self);
    dictionary_retire(&the_store->dictionaries, slot);
}

static void
test_a_flush_discards_the_samples_and_retires(void **state)
{
    (void)state;
    uint32_t slot = adopt_common(&the_store->dictionaries, CODEC_lz4);
    use(slot); /* another codec than the one wanted, so a training is due */
    set_records();
    train_tend(self);
    store_enter(self);
    train_offer(self, peek_inside(key_number(3)), key_number(3).hash);
    store_leave(self);
    assert_int_equal(trainings().n_samples, 1);
    flush(0);
    budget_set(&the_store->cold->budget, 0, 1, clock_ns()); /* no new samples */
    train_tend(self);
    assert_int_equal(trainings().n_samples, 0);
    assert_false(train_gathers(the_store));
    assert_int_equal(slot_in_use(), DICTIONARY_NONE);
    assert_int_equal(state_of(slot), DICTIONARY_RETIRED);
    tend_long();
    assert_int_equal(state_of(slot), DICTIONARY_FREE);
}

static void
test_a_choice_of_codec_makes_a_dictionary_for_it(void **state)
{
    (void)state;
    set_records();
    tend();
    await_trainings(1);
    uint32_t first = slot_in_use();
    store_set_compression(the_store, STORE_COMPRESSION_LZ4);
    tend();
    await_trainings(2);
    assert_int_equal(trainings().n_adopted, 2);
    uint32_t second = slot_in_use();
    assert_int_not_equal(second, first);
    assert_int_equal(dictionary_at(&the_store->dictionaries, second)->codec, CODEC_lz4);
    tend_long();
    assert_int_equal(state_of(first), DICTIONARY_FREE);
    store_set_compression(the_store, STORE_COMPRESSION_OFF);
    tend();
    assert_false(train_gathers(the_store));
}

/* A codec for which no dictionary is good must not be trained for without end. */
static void
test_a_refused_codec_waits_for_the_next_minute(void **state)
{
    (void)state;
    fill(0, RECORDS, RECORD);
    use(adopt_common(&the_store->dictionaries, CODEC_zstd));
    store_set_compression(the_store, STORE_COMPRESSION_LZ4);
    tend();
    await_trainings(1);
    assert_int_equal(trainings().n_refused, 1);
    train_tend(self);
    assert_false(train_gathers(the_store));
}

/* The linker lets this function be called in the place of clock_ns: tests/local.mk. */
uint64_t __real_clock_ns(void);
uint64_t __wrap_clock_ns(void);
static _Atomic uint64_t ahead_ns;

uint64_t
__wrap_clock_ns(void)
{
    return __real_clock_ns() + atomic_load(&ahead_ns);
}

enum { FEW = 600 };

/* Few values of which samples are taken, and an eighth of the memory of others. */
static void
set_few_records(void)
{
    for (uint64_t i = 0; i < FEW; i++)
        assert_int_equal(set_record(i, RECORD), STORE_OK);
    fill(FEW, FEW + 40, 60000);
    assert_true(demand_is_eighth_full(the_store));
}

static void
test_after_a_minute_few_samples_are_enough(void **state)
{
    (void)state;
    set_few_records();
    tend();
    train_tend(self);
    assert_true(train_gathers(the_store));
    assert_int_equal(trainings().n_trained, 0);
    atomic_store(&ahead_ns, UINT64_C(60000000000));
    train_tend(self);
    assert_false(train_gathers(the_store));
    await_trainings(1);
    assert_int_equal(trainings().n_adopted, 1);
    assert_int_equal(trainings().n_samples, 0);
    atomic_store(&ahead_ns, 0);
}

static void
test_without_compression_the_samples_are_discarded(void **state)
{
    (void)state;
    set_few_records();
    tend();
    assert_true(trainings().n_samples > 0);
    store_set_compression(the_store, STORE_COMPRESSION_OFF);
    train_tend(self);
    assert_int_equal(trainings().n_samples, 0);
    assert_false(train_gathers(the_store));
    store_set_compression(the_store, STORE_COMPRESSION_AUTO);
    tend();
    assert_true(trainings().n_samples > 0);
}

/* ---- slots ------------------------------------------------------------------ */

static void
test_a_slot_is_freed_when_nothing_names_it(void **state)
{
    (void)state;
    assert_int_equal(set_record(1, RECORD), STORE_OK);
    uint32_t slot = adopt_common(&the_store->dictionaries, CODEC_zstd);
    use(slot);
    assert_int_equal(pack_key(key_number(1), slot), PACK_DONE);
    use(adopt_common(&the_store->dictionaries, CODEC_lz4));
    assert_int_equal(state_of(slot), DICTIONARY_RETIRED);
    tend_long();
    assert_int_equal(state_of(slot), DICTIONARY_RETIRED);
    assert_true(has_record(1, RECORD));
    assert_int_equal(drop(key_number(1)), STORE_OK);
    train_tend(self);
    assert_int_equal(state_of(slot), DICTIONARY_RETIRED); /* a reader may still have the item */
    tend_long();
    assert_int_equal(state_of(slot), DICTIONARY_FREE);
    assert_null(atomic_load(&the_store->cold->probe[slot]));
}

static void
test_a_reader_keeps_the_dictionary_of_its_item(void **state)
{
    (void)state;
    struct store_thread *reader = store_thread_new(the_store);
    assert_non_null(reader);
    assert_int_equal(set_record(1, RECORD), STORE_OK);
    uint32_t slot = adopt_common(&the_store->dictionaries, CODEC_zstd);
    assert_int_equal(pack_key(key_number(1), slot), PACK_DONE);
    struct store_key key = key_number(1);
    struct store_view v;
    char value[RECORD];
    store_enter(reader);
    assert_int_equal(store_get(reader, &key, &v), STORE_OK);
    dictionary_retire(&the_store->dictionaries, slot);
    assert_int_equal(drop(key), STORE_OK);
    tend_long();
    assert_int_equal(state_of(slot), DICTIONARY_RETIRED);
    store_copy_value(reader, &v, value);
    assert_memory_equal(value, record(1, RECORD), RECORD);
    store_leave(reader);
    tend_long();
    assert_int_equal(state_of(slot), DICTIONARY_FREE);
    store_thread_free(&reader);
}

/* Nothing is remembered of a slot's last dictionary when the next one is retired between two looks. */
static void
test_a_slot_that_is_retired_again_at_once_waits_again(void **state)
{
    (void)state;
    uint32_t slot = adopt_common(&the_store->dictionaries, CODEC_zstd);
    dictionary_retire(&the_store->dictionaries, slot);
    tend_long();
    assert_int_equal(state_of(slot), DICTIONARY_FREE);
    assert_int_equal(set_record(1, RECORD), STORE_OK);
    assert_int_equal(adopt_common(&the_store->dictionaries, CODEC_zstd), slot);
    assert_int_equal(pack_key(key_number(1), slot), PACK_DONE);
    dictionary_retire(&the_store->dictionaries, slot);
    tend_long();
    assert_int_equal(state_of(slot), DICTIONARY_RETIRED);
    assert_true(has_record(1, RECORD));
}

/* The linker lets this function be called in the place of forms_count: tests/local.mk. */
void __real_forms_count(struct store_thread *, const struct item *, int sign);
void __wrap_forms_count(struct store_thread *, const struct item *, int sign);
static uint64_t n_counted, least;
static uint32_t counted_slot;

void
__wrap_forms_count(struct store_thread *t, const struct item *it, int sign)
{
    __real_forms_count(t, it, sign);
    uint64_t n = counter_read(&t->forms->referers[counted_slot]);
    n_counted++;
    least = n < least ? n : least;
}

/* Else the dictionary could be freed while the item names it. */
static void
test_a_referer_that_moves_is_counted_all_the_time(void **state)
{
    (void)state;
    struct store_key key = key_number(1);
    assert_int_equal(set_record(1, RECORD), STORE_OK);
    counted_slot = adopt_common(&the_store->dictionaries, CODEC_zstd);
    assert_int_equal(pack_key(key, counted_slot), PACK_DONE);
    n_counted = 0;
    least = UINT64_MAX;
    store_enter(self);
    assert_int_equal(relocate(self, peek_inside(key), key.hash, self->node), RELOCATE_DONE);
    store_leave(self);
    assert_int_equal(n_counted, 2);
    assert_int_equal(least, 1);
}

/* ---- the thread ------------------------------------------------------------- */

/* The linker lets these functions be called in the place of malloc and calloc: tests/local.mk. */
void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
static _Thread_local bool has_no_memory;

void *
__wrap_malloc(size_t n)
{
    return has_no_memory ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
    return has_no_memory ? NULL : __real_calloc(n, size);
}

#ifdef LARDER_CHECKS_FULL
static enum train_moment moment;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static _Atomic bool has_come;

/* Holds the training thread at the moment, until the test opens the gate. */
static void
wait_at_gate(enum train_moment at)
{
    if (at != moment)
        return;
    atomic_store(&has_come, true);
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
}

static bool
is_at_gate(void)
{
    return atomic_load(&has_come);
}

/* Gathers enough samples; returns when the training thread has come to the moment. */
static void
gather_until(enum train_moment at)
{
    moment = at;
    atomic_store(&has_come, false);
    pthread_mutex_lock(&gate);
    train_between = wait_at_gate;
    set_records();
    tend();
    assert_true(comes_true(is_at_gate));
}

static void
open_gate(void)
{
    pthread_mutex_unlock(&gate);
}

static void
test_a_flush_before_the_training(void **state)
{
    (void)state;
    gather_until(TRAIN_WOKEN);
    flush(0);
    budget_set(&the_store->cold->budget, 0, 1, clock_ns());
    train_tend(self);
    open_gate();
    train_stop(the_store);
    train_between = NULL;
    assert_int_equal(slot_in_use(), DICTIONARY_NONE);
    assert_int_equal(atomic_load(&the_store->dictionaries.n_live), 0);
}

static void
test_a_flush_before_the_adoption(void **state)
{
    (void)state;
    gather_until(TRAIN_TRAINED);
    flush(0);
    train_tend(self);
    open_gate();
    await_trainings(1);
    train_between = NULL;
    assert_int_equal(trainings().n_adopted, 0);
    assert_int_equal(slot_in_use(), DICTIONARY_NONE);
    assert_int_equal(atomic_load(&the_store->dictionaries.n_live), 0);
    tend_long();
    assert_int_equal(atomic_load(&the_store->dictionaries.n_retired), 0);
}

static void
test_compression_ends_before_the_adoption(void **state)
{
    (void)state;
    gather_until(TRAIN_TRAINED);
    store_set_compression(the_store, STORE_COMPRESSION_OFF);
    open_gate();
    await_trainings(1);
    train_between = NULL;
    assert_int_equal(trainings().n_adopted, 0);
    assert_int_equal(slot_in_use(), DICTIONARY_NONE);
    assert_int_equal(atomic_load(&the_store->dictionaries.n_live), 0);
    tend_long();
    assert_int_equal(atomic_load(&the_store->dictionaries.n_retired), 0);
}

static void
lose_memory(enum train_moment at)
{
    has_no_memory = at == moment;
}

/* The training thread has no memory from that moment on. */
static void
train_without_memory(enum train_moment at)
{
    moment = at;
    train_between = lose_memory;
    set_records();
    tend();
    await_trainings(1);
    train_between = NULL;
    assert_int_equal(trainings().n_refused, 1);
    assert_int_equal(slot_in_use(), DICTIONARY_NONE);
    assert_int_equal(atomic_load(&the_store->dictionaries.n_live), 0);
    train_tend(self);
    assert_false(train_gathers(the_store)); /* later */
}

static void
test_no_memory_for_the_training(void **state)
{
    (void)state;
    train_without_memory(TRAIN_WOKEN);
}

static void
test_no_memory_for_the_adoption(void **state)
{
    (void)state;
    train_without_memory(TRAIN_TRAINED);
}

static void *
stop_training(void *arg)
{
    (void)arg;
    train_stop(the_store);
    return NULL;
}

static void
test_it_can_be_stopped_while_it_trains(void **state)
{
    (void)state;
    pthread_t id;
    gather_until(TRAIN_TRAINED);
    assert_int_equal(pthread_create(&id, NULL, stop_training, NULL), 0);
    open_gate();
    pthread_join(id, NULL);
    train_between = NULL;
    assert_null(the_store->training);
    train_tend(self); /* does nothing */
    assert_false(train_gathers(the_store));
}
#endif

static void
test_it_can_be_stopped_while_samples_are_gathered(void **state)
{
    (void)state;
    set_records();
    train_tend(self);
    store_enter(self);
    train_offer(self, peek_inside(key_number(3)), key_number(3).hash);
    store_leave(self);
    train_stop(the_store);
    assert_null(the_store->training);
}

int
main(void)
{
#define TRAINING(test) cmocka_unit_test_setup_teardown(test, open_training, close_training)
    const struct CMUnitTest tests[] = {
        TRAINING(test_nothing_is_gathered_until_memory_fills),
        TRAINING(test_a_dictionary_is_adopted),
        TRAINING(test_short_values_are_enough),
        TRAINING(test_random_values_make_none_and_cost_one_training),
        TRAINING(test_a_training_takes_from_the_budget),
        TRAINING(test_only_plain_values_in_one_piece_are_samples),
        TRAINING(test_a_flush_discards_the_samples_and_retires),
        TRAINING(test_a_choice_of_codec_makes_a_dictionary_for_it),
        TRAINING(test_a_refused_codec_waits_for_the_next_minute),
        TRAINING(test_after_a_minute_few_samples_are_enough),
        TRAINING(test_without_compression_the_samples_are_discarded),
        TRAINING(test_a_slot_is_freed_when_nothing_names_it),
        TRAINING(test_a_reader_keeps_the_dictionary_of_its_item),
        TRAINING(test_a_slot_that_is_retired_again_at_once_waits_again),
        TRAINING(test_a_referer_that_moves_is_counted_all_the_time),
#ifdef LARDER_CHECKS_FULL
        TRAINING(test_a_flush_before_the_training),
        TRAINING(test_a_flush_before_the_adoption),
        TRAINING(test_compression_ends_before_the_adoption),
        TRAINING(test_no_memory_for_the_training),
        TRAINING(test_no_memory_for_the_adoption),
        TRAINING(test_it_can_be_stopped_while_it_trains),
#endif
        TRAINING(test_it_can_be_stopped_while_samples_are_gathered),
    };
    return cmocka_run_group_tests_name("train", tests, NULL, NULL);
}
