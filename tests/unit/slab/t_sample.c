/*
 * sample: a bounded and fair sample of the offered values, without equal ones, and apart from
 * those that are held out.
 */
#include "tests/unit/slab/sampling.h"

enum { ROOM = 128 << 10, SEED = 7 };

static struct samples *s;

static int
set_up(void **state)
{
    (void)state;
    s = sample_new(ROOM, SEED);
    assert_non_null(s);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    assert_true(s == NULL || sample_check(s));
    sample_free(&s);
    assert_null(s);
    return 0;
}

/* A value with a number in it, so that no two are equal. */
static bool
offer(uint64_t i, unsigned kind, size_t n)
{
    char value[SAMPLE_MAX + 1];
    fill_randomly(value, n, i);
    return sample_offer(s, hash_number(i), kind, value, n);
}

static const struct sample *
find_value(const char *value, size_t n)
{
    uint64_t hash = hash_key_with(SEED, value, n);
    for (int use = 0; use < N_SAMPLE_USES; use++)
        for (uint32_t i = 0; i < s->use[use].n; i++)
            if (s->use[use].of[i].value == hash)
                return &s->use[use].of[i];
    return NULL;
}

static uint32_t
bytes_of_kind(unsigned kind)
{
    uint32_t n = 0;
    for (int use = 0; use < N_SAMPLE_USES; use++)
        for (uint32_t i = 0; i < s->use[use].n; i++)
            n += s->use[use].of[i].kind == kind ? s->use[use].of[i].n : 0;
    return n;
}

static uint32_t
count(void)
{
    return s->use[SAMPLE_TRAIN].n + s->use[SAMPLE_HOLD_OUT].n;
}

static void
test_values_that_fit_are_all_there(void **state)
{
    (void)state;
    char value[1000];
    for (uint64_t i = 0; i < 100; i++)
        assert_true(offer(i, 0, sizeof value));
    for (uint64_t i = 0; i < 100; i++) {
        fill_randomly(value, sizeof value, i);
        const struct sample *x = find_value(value, sizeof value);
        assert_non_null(x);
        assert_int_equal(x->n, sizeof value);
        assert_memory_equal(s->bytes + x->at, value, sizeof value);
    }
    assert_int_equal(sample_used(s), 100 * sizeof value);
    assert_int_equal(s->n_offered, 100);
}

static void
test_very_short_and_long_values_are_refused(void **state)
{
    (void)state;
    assert_false(offer(1, 0, 0));
    assert_false(offer(2, 0, SAMPLE_MIN - 1));
    assert_false(offer(3, 0, SAMPLE_MAX + 1));
    assert_int_equal(count(), 0);
    assert_true(offer(4, 0, SAMPLE_MIN));
    assert_true(offer(5, SAMPLE_KINDS - 1, SAMPLE_MAX));
}

static void
test_bytes_and_count_are_bounded(void **state)
{
    (void)state;
    static const size_t sizes[] = {SAMPLE_MIN, 100, 700, 3000, SAMPLE_MAX};
    for (size_t k = 0; k < N_OF(sizes); k++) {
        for (uint64_t i = 0; i < 10000; i++)
            (void)offer(k << 32 | i, 0, sizes[k] - i % 3 * (sizes[k] > 100));
        assert_true(sample_check(s));
        assert_in_range(sample_used(s), 1, ROOM);
        assert_in_range(count(), 1, ROOM / 100);
    }
    assert_true(sample_used(s) > ROOM / 2);
}

/* Values of under 112 bytes never fill the room, since so many are not kept. */
static void
test_there_can_be_enough_of_any_length(void **state)
{
    (void)state;
    static const size_t sizes[] = {SAMPLE_MIN, 60, 100, 110};
    for (size_t k = 0; k < N_OF(sizes); k++) {
        sample_free(&s);
        assert_int_equal(set_up(state), 0);
        assert_false(sample_is_full(s));
        uint64_t i = 0;
        while (i < 100000 && !sample_is_full(s))
            (void)offer(i++, 0, sizes[k]);
        assert_true(sample_is_full(s) && i < 2000);
        assert_in_range(sample_used(s), 1, ROOM / 8 * 7 - 1);
    }
}

static void
test_early_and_late_values_have_the_same_chance(void **state)
{
    (void)state;
    enum { N = 50000 };
    for (uint64_t i = 0; i < N; i++)
        (void)offer(i, 0, 200);
    unsigned early = 0;
    char value[200];
    for (uint64_t i = 0; i < N / 2; i++) {
        fill_randomly(value, sizeof value, i);
        early += find_value(value, sizeof value) != NULL;
    }
    assert_in_range(count(), ROOM / 200 * 2 / 3, ROOM / 200);
    assert_in_range(early, count() * 2 / 5, count() * 3 / 5);
}

static void
test_a_key_counts_once(void **state)
{
    (void)state;
    char value[100];
    for (uint64_t i = 0; i < 1000; i++) {
        fill_randomly(value, sizeof value, i);
        assert_int_equal(sample_offer(s, 77, 0, value, sizeof value), i == 0);
    }
    assert_int_equal(count(), 1);
}

static void
test_equal_values_count_once(void **state)
{
    (void)state;
    char value[SAMPLE_MAX];
    fill_randomly(value, sizeof value, 1);
    for (uint64_t i = 0; i < 10000; i++)
        (void)sample_offer(
            s, hash_number(i), 0, value, sizeof value); /* of each, another part would be kept */
    assert_int_equal(count(), 1);
}

static void
test_an_eighth_is_held_out_by_the_key(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 8000; i++)
        (void)offer(i, 0, 16);
    assert_int_equal(count(), ROOM / 128 < 8000 ? count() : 8000);
    assert_in_range(s->use[SAMPLE_HOLD_OUT].n, count() / 11, count() / 6);
    /* The same keys with other values are held out again. */
    struct samples *other = sample_new(ROOM, SEED);
    assert_non_null(other);
    for (uint64_t i = 0; i < 100; i++) {
        char value[64];
        fill_randomly(value, sizeof value, i + 1000000);
        uint32_t before = other->use[SAMPLE_HOLD_OUT].n;
        assert_true(sample_offer(other, hash_number(i), 0, value, sizeof value));
        bool is_out = other->use[SAMPLE_HOLD_OUT].n > before;
        sample_free(&s);
        s = sample_new(ROOM, SEED);
        assert_non_null(s);
        assert_true(offer(i, 0, 16));
        assert_int_equal(s->use[SAMPLE_HOLD_OUT].n, is_out);
    }
    sample_free(&other);
}

static void
test_of_a_long_value_a_part_is_trained_on(void **state)
{
    (void)state;
    char value[SAMPLE_MAX];
    unsigned n_parts = 0, n_whole = 0, n_beginnings = 0;
    for (uint64_t i = 0; i < 40; i++) {
        fill_randomly(value, sizeof value, i);
        uint32_t before = s->use[SAMPLE_TRAIN].n;
        if (!sample_offer(s, hash_number(i), 0, value, sizeof value))
            continue;
        const struct sample *x = find_value(value, sizeof value);
        assert_non_null(x);
        const char *at = memmem(value, sizeof value, s->bytes + x->at, x->n);
        assert_non_null(at);
        bool is_part = s->use[SAMPLE_TRAIN].n != before;
        assert_int_equal(x->n, is_part ? SAMPLE_PART : SAMPLE_MAX);
        n_parts += is_part;
        n_whole += !is_part;
        n_beginnings += is_part && at == value;
    }
    assert_true(n_parts > 20 && n_whole > 0 && n_beginnings < n_parts / 2);
}

static void
test_kinds_have_the_share_that_was_offered(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 40000; i++)
        (void)offer(i, i % 10 < 4 ? 1 : i % 10 < 8 ? 2 : 3, 200); /* 40, 40, 20 % */
    uint32_t all = (uint32_t)sample_used(s);
    assert_in_range(bytes_of_kind(1), all * 32 / 100, all * 48 / 100);
    assert_in_range(bytes_of_kind(2), all * 32 / 100, all * 48 / 100);
    assert_in_range(bytes_of_kind(3), all * 13 / 100, all * 27 / 100);
}

static void
test_one_kind_does_not_displace_the_others(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 40000; i++)
        (void)offer(i, i % 20 == 0, 200); /* kind 1: a twentieth */
    uint32_t all = (uint32_t)sample_used(s);
    assert_in_range(bytes_of_kind(1), all * 10 / 100, all * 25 / 100); /* 17 % are expected */
}

static void
test_a_kind_that_comes_late_gets_no_more_than_four_times_its_share(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 40000; i++)
        (void)offer(i, 0, 200);
    for (uint64_t i = 40000; i < 41000; i++)
        (void)offer(i, 1, 200);
    uint32_t all = (uint32_t)sample_used(s);
    assert_in_range(bytes_of_kind(1), 1, all * 15 / 100); /* of the offered bytes: 2.4 % */
}

static void
test_the_seed_decides(void **state)
{
    (void)state;
    struct samples *same = sample_new(ROOM, SEED), *other = sample_new(ROOM, SEED + 1);
    assert_true(same != NULL && other != NULL);
    offer_records(s, 0, 5000, 0);
    offer_records(same, 0, 5000, 0);
    offer_records(other, 0, 5000, 0);
    assert_int_equal(sample_used(s), sample_used(same));
    assert_memory_equal(s->bytes, same->bytes, s->use[SAMPLE_TRAIN].used);
    assert_memory_not_equal(s->bytes, other->bytes, 4096);
    sample_free(&same);
    sample_free(&other);
}

static void
test_samples_are_wiped(void **state)
{
    (void)state;
    offer_records(s, 0, 5000, 0);
    unsigned before = n_unmapped;
    sample_free(&s);
    assert_int_equal(n_unmapped, before + 1);
    assert_int_equal(n_unmapped_dirty, 0);
}

static void
offer_wrong_kind(void)
{
    (void)sample_offer(s, 1, SAMPLE_KINDS, "a value", 7);
}

static void
test_a_kind_is_less_than_the_number_of_kinds(void **state)
{
    (void)state;
    unit_must_die(offer_wrong_kind, "kind < SAMPLE_KINDS");
}

int
main(void)
{
#define WITH_SAMPLES(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_SAMPLES(test_values_that_fit_are_all_there),
        WITH_SAMPLES(test_very_short_and_long_values_are_refused),
        WITH_SAMPLES(test_bytes_and_count_are_bounded),
        WITH_SAMPLES(test_there_can_be_enough_of_any_length),
        WITH_SAMPLES(test_early_and_late_values_have_the_same_chance),
        WITH_SAMPLES(test_a_key_counts_once),
        WITH_SAMPLES(test_equal_values_count_once),
        WITH_SAMPLES(test_an_eighth_is_held_out_by_the_key),
        WITH_SAMPLES(test_of_a_long_value_a_part_is_trained_on),
        WITH_SAMPLES(test_kinds_have_the_share_that_was_offered),
        WITH_SAMPLES(test_one_kind_does_not_displace_the_others),
        WITH_SAMPLES(test_a_kind_that_comes_late_gets_no_more_than_four_times_its_share),
        WITH_SAMPLES(test_the_seed_decides),
        WITH_SAMPLES(test_samples_are_wiped),
        WITH_SAMPLES(test_a_kind_is_less_than_the_number_of_kinds),
    };
    return cmocka_run_group_tests_name("sample", tests, NULL, NULL);
}
