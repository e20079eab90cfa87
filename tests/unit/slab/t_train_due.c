/*
 * train_due: which dictionary is due, and that one for a kind of keys is made of that kind's values, packed ones, too,
 * and used.
 */
#include "slab/train/train_due.h"

#include "slab/train/kind_end.h"
#include "tests/unit/slab/training.h"

enum { MINUTE = 60 };
static const uint64_t s = UINT64_C(1000000000), now = UINT64_C(1) << 50;

static struct train_past past;
static struct train_job job;

static int
open_due(void **state)
{
    (void)state;
    struct store_options o = small_store();
    o.limit = (size_t)32 << 20;
    o.compression = STORE_COMPRESSION_AUTO;
    open_store(&o);
    assert_true(pack_join(self));
    assert_true(train_start(the_store));
    past = (struct train_past){0};
    return 0;
}

static bool
is_due(uint64_t at)
{
    return train_due(the_store, &past, at, &job);
}

static struct kind_dict *
kinds(void)
{
    return &the_store->cold->kinds;
}

/* Values of such keys are packed often. */
static void
note_kind(const char *name)
{
    for (int i = 0; i < 2000; i++)
        (void)kind_dict_note(kinds(), bytes_of(name, strlen(name)), 1000);
}

static uint64_t
hash_of(const char *name)
{
    struct kind kind;
    kind_of_key(&kind, bytes_of(name, strlen(name)));
    return kind_hash(&kind, 0);
}

static void
test_the_first_is_the_shared_one(void **state)
{
    (void)state;
    note_kind("key:1");
    assert_true(is_due(now));
    assert_true(job.keys == TRAIN_ALL && job.codec == CODEC_zstd && job.dict_max == DICTIONARY_MAX);
    assert_int_equal(train_due_most(the_store, &job), (32 << 20) / 256);
    past = (struct train_past){now, now, CODEC_zstd};
    assert_false(is_due(now + MINUTE * s - 1));
    assert_true(is_due(now + MINUTE * s));
    store_set_compression(the_store, STORE_COMPRESSION_LZ4);
    assert_true(is_due(now + 1) && job.keys == TRAIN_ALL && job.codec == CODEC_lz4);
    budget_set(&the_store->cold->budget, 0, 1, clock_ns());
    assert_false(is_due(now + 1));
    store_set_compression_cpu(the_store, 5, 1);
    assert_true(is_due(now + 1));
    store_set_compression(the_store, STORE_COMPRESSION_OFF);
    assert_false(is_due(now + 1));
}

static void
test_the_shared_one_again_when_values_have_changed(void **state)
{
    (void)state;
    uint32_t slot = adopt_common(&the_store->dictionaries, CODEC_zstd);
    use(slot);
    assert_false(is_due(now));
    for (int i = 0; i < 12 * DRIFT_NOTES; i++)
        drift_note_size(&the_store->cold->drift, slot, i < DRIFT_NOTES ? 100 : 200, 1000);
    assert_true(is_due(now) && job.keys == TRAIN_REST && !job.packed);
    past = (struct train_past){now, now, CODEC_zstd};
    assert_false(is_due(now + MINUTE * s - 1));
    assert_true(is_due(now + MINUTE * s));
    train_job_measure_anew(the_store, &job);
    assert_false(is_due(now + MINUTE * s));
}

static void
test_then_the_kinds(void **state)
{
    (void)state;
    past = (struct train_past){now, now, CODEC_zstd};
    note_kind("key:1");
    assert_false(is_due(now + 30 * s)); /* there is no shared one */
    uint32_t before, own = adopt_common(&the_store->dictionaries, CODEC_zstd);
    use(adopt_common(&the_store->dictionaries, CODEC_zstd));
    assert_false(is_due(now + 5 * s - 1));
    assert_true(is_due(now + 5 * s));
    assert_true(job.keys == TRAIN_KIND && job.kind == hash_of("key:1") && job.packed);
    assert_int_equal(job.dict_max, KIND_DICT_MAX);
    assert_int_equal(train_due_most(the_store, &job), (32 << 20) / 256 - DICTIONARY_MAX);
    assert_true(cold_use_for(the_store, job.kind, own, NULL, 0, &before));
    assert_false(is_due(now + 5 * s));
    for (int i = 0; i < 12 * DRIFT_NOTES; i++)
        drift_note_size(&the_store->cold->drift, own, i < DRIFT_NOTES ? 100 : 200, 1000);
    assert_true(is_due(now + 5 * s) && job.keys == TRAIN_KIND && !job.packed); /* new values only */
    train_job_measure_anew(the_store, &job);
    assert_false(is_due(now + 5 * s));
}

/* Room for the next shared one, and for the next of a kind, is left. */
static void
test_there_is_room_for_so_many(void **state)
{
    (void)state;
    static char dict[KIND_DICT_MAX];
    uint32_t before, last = DICTIONARY_NONE;
    char name[2] = "a";
    memcpy(dict, common_text, sizeof common_text);
    past = (struct train_past){now, now, CODEC_zstd};
    use(adopt_common(&the_store->dictionaries, CODEC_zstd));
    for (;; name[0]++) {
        note_kind(name);
        if (!is_due(now + 5 * s))
            break;
        assert_true(job.kind == hash_of(name));
        last = dictionary_adopt(
            &the_store->dictionaries, CODEC_zstd, dict, sizeof dict, train_due_most(the_store, &job));
        assert_int_not_equal(last, DICTIONARY_NONE);
        assert_true(cold_use_for(the_store, job.kind, last, NULL, 0, &before));
    }
    assert_int_equal(name[0], 'a' + 4); /* of 128 KiB: 32 for the next shared one, 16 for the next one */
    for (int i = 0; i < 12 * DRIFT_NOTES; i++)
        drift_note_size(&the_store->cold->drift, last, i < DRIFT_NOTES ? 100 : 200, 1000);
    assert_true(is_due(now + 5 * s) && job.kind == hash_of("d"));
}

/* ---- from samples to items ---------------------------------------------------- */

/* More than an eighth of 32 MiB, of which half is of another kind. */
static void
set_two_kinds(void)
{
    char name[32];
    for (uint64_t i = 0; i < 4 * RECORDS; i++) {
        assert_int_equal(set_record(i, RECORD), STORE_OK);
        snprintf(name, sizeof name, "other:%llu:x", (unsigned long long)i);
        assert_int_equal(put_until(key_of(name), pattern(i, 200), 200, STORE_SET, 0), STORE_OK);
    }
    assert_true(demand_is_eighth_full(the_store));
}

static uint32_t
slot_of_kind(void)
{
    return kind_dict_slot(kinds(), hash_of("key:1"));
}

static void
train_for_a_kind(void)
{
    use(adopt_common(&the_store->dictionaries, CODEC_zstd));
    set_two_kinds();
    note_kind("key:1");
    tend();
    await_trainings(1);
    assert_int_equal(trainings().n_adopted, 1);
    assert_int_not_equal(slot_of_kind(), DICTIONARY_NONE);
}

static void
test_a_kind_gets_its_dictionary(void **state)
{
    (void)state;
    train_for_a_kind();
    uint32_t slot = slot_of_kind();
    assert_true(state_of(slot) == DICTIONARY_LIVE && slot != slot_in_use());
    assert_non_null(atomic_load(&the_store->cold->probe[slot]));
    const struct dictionary *d = dictionary_at(&the_store->dictionaries, slot);
    assert_true(d->codec == CODEC_zstd && d->n <= KIND_DICT_MAX);
    assert_int_equal(pack_key(key_number(7), slot), PACK_DONE);
    assert_true(has_record(7, RECORD));
    struct store_kind list[STORE_KINDS_MAX];
    assert_int_equal(store_kinds(the_store, list), 1);
    assert_string_equal(list[0].text, "key:#");
    assert_true(list[0].n_items == 1 && list[0].dictionary_bytes == d->n && list[0].share > 0.99);
    train_tend(self);
    assert_false(train_gathers(the_store)); /* that was it */
    char why[256];
    assert_true(store_check(the_store, why, sizeof why));
}

/* A dictionary takes memory, with the codec's tables, which a light kind does not save. */
static void
test_a_dictionary_must_save_more_than_it_takes(void **state)
{
    (void)state;
    struct trainer_result r = {
        .outcome = TRAINER_ADOPT, .sums = {.none = 200, .present = 100, .trained = 96}};
    note_kind("key:1");
    job = (struct train_job){.keys = TRAIN_KIND, .kind = hash_of("key:1")};
    assert_true(train_job_pays(the_store, &job, &r)); /* 4 % of 32 MiB */
    for (int i = 0; i < 3; i++)
        note_kind("another");
    assert_false(train_job_pays(the_store, &job, &r)); /* of a quarter */
    r.sums.trained = 50;
    assert_true(train_job_pays(the_store, &job, &r));
    r.outcome = TRAINER_REFUSE;
    assert_false(train_job_pays(the_store, &job, &r));
    r = (struct trainer_result){
        .outcome = TRAINER_ADOPT, .sums = {.none = 100, .present = 100, .trained = 97}};
    job.keys = TRAIN_ALL;
    assert_true(train_job_pays(the_store, &job, &r));
}

/* Most values of a kind are packed when its dictionary is due. */
static void
test_only_the_kind_s_values_are_samples_packed_ones_too(void **state)
{
    (void)state;
    use(adopt_common(&the_store->dictionaries, CODEC_zstd));
    set_two_kinds();
    note_kind("key:1");
    train_tend(self);
    assert_true(train_gathers(the_store));
    assert_int_equal(pack_key(key_number(2), slot_in_use()), PACK_DONE);
    struct store_key other = key_of("other:1:x");
    store_enter(self);
    train_offer(self, peek_inside(other), other.hash);
    assert_int_equal(trainings().n_samples, 0);
    train_offer(self, peek_inside(key_number(2)), key_number(2).hash);
    store_leave(self);
    assert_int_equal(trainings().n_samples, 1);
    assert_int_equal(trainings().sample_bytes, RECORD);
}

static void
test_a_flush_retires_a_kind_s_dictionary(void **state)
{
    (void)state;
    train_for_a_kind();
    uint32_t slot = slot_of_kind(), shared = slot_in_use();
    flush(0);
    budget_set(&the_store->cold->budget, 0, 1, clock_ns());
    train_tend(self);
    assert_true(state_of(slot) == DICTIONARY_RETIRED && state_of(shared) == DICTIONARY_RETIRED);
    assert_int_equal(slot_of_kind(), DICTIONARY_NONE);
    tend_long();
    assert_true(state_of(slot) == DICTIONARY_FREE && state_of(shared) == DICTIONARY_FREE);
}

/* Both must be few: what was packed lately, and the items that need the dictionary. */
static void
test_a_light_kind_loses_its_dictionary(void **state)
{
    (void)state;
    train_for_a_kind();
    uint32_t slot = slot_of_kind();
    assert_int_equal(pack_key(key_number(7), slot), PACK_DONE);
    kind_end_lightest(the_store);
    assert_int_equal(state_of(slot), DICTIONARY_LIVE);
    for (int i = 0; i < 1000; i++)
        note_kind("another");
    kind_end_lightest(the_store);
    assert_int_equal(state_of(slot), DICTIONARY_LIVE); /* all packed items name it */
    assert_int_equal(drop(key_number(7)), STORE_OK);
    assert_int_equal(pack_key(key_number(8), slot_in_use()), PACK_DONE);
    kind_end_lightest(the_store);
    assert_int_equal(state_of(slot), DICTIONARY_RETIRED);
    assert_int_equal(slot_of_kind(), DICTIONARY_NONE);
}

int
main(void)
{
#define DUE(test) cmocka_unit_test_setup_teardown(test, open_due, close_training)
    const struct CMUnitTest tests[] = {
        DUE(test_the_first_is_the_shared_one),
        DUE(test_the_shared_one_again_when_values_have_changed),
        DUE(test_then_the_kinds),
        DUE(test_there_is_room_for_so_many),
        DUE(test_a_kind_gets_its_dictionary),
        DUE(test_a_dictionary_must_save_more_than_it_takes),
        DUE(test_only_the_kind_s_values_are_samples_packed_ones_too),
        DUE(test_a_flush_retires_a_kind_s_dictionary),
        DUE(test_a_light_kind_loses_its_dictionary),
    };
    return cmocka_run_group_tests_name("train_due", tests, NULL, NULL);
}
