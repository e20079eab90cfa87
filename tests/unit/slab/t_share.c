/* share: the hand finds equal values, wherever they are, and does not look for them where there are none. */
#include "slab/form/share.h"

#include "slab/form/cold.h"
#include "slab/reclaim/evict.h"
#include "slab/reclaim/sweep.h"
#include "tests/unit/slab/sharing.h"

enum { BYTES = 1000 };

static int
open_sharing_of(size_t limit)
{
    struct store_options o = small_store();
    o.limit = limit;
    o.share = true;
    open_store(&o);
    assert_true(pack_join(self));
    return 0;
}

static int
open_sharing(void **state)
{
    (void)state;
    return open_sharing_of((size_t)64 << 20);
}

static int
close_sharing(void **state)
{
    pack_part(self);
    return close_store(state);
}

/* The value of the item with that number. */
static enum store_result
set_value(uint64_t number, uint64_t value, uint32_t n)
{
    return put_until(key_number(number), pattern(value, n), n, STORE_SET, 0);
}

/* The hand meets every item `rounds` times.  It leaves those alone that were stored just now. */
static void
sweep_all(int rounds)
{
    struct sweep_tally tally = {0};
    clock_shift(1);
    for (int i = 0; i < rounds; i++)
        for (uint32_t page = 0; (page = class_next_page(&the_store->classes, page)) != 0;) {
            struct class *c = class_hold(&the_store->classes, page);
            if (c == NULL)
                continue;
            sweep_page(self, c, page, SWEEP_PACK, &the_store->cutoff, &tally);
            class_hold_end(c, page);
        }
}

static bool
has_value(uint64_t number, uint64_t value, uint32_t n)
{
    const char *p = get_key(key_number(number));
    if (p != NULL)
        assert_memory_equal(p, pattern(value, n), n);
    return p != NULL;
}

static struct store_cold
cold_now(void)
{
    struct store_cold cold;
    store_cold(the_store, &cold);
    return cold;
}

static void
test_the_second_sight_makes_a_body_of_both(void **state)
{
    (void)state;
    assert_int_equal(set_value(1, 5, BYTES), STORE_OK);
    sweep_all(3);
    assert_int_equal(n_shared(), 0);
    assert_int_equal(set_value(2, 5, BYTES), STORE_OK);
    sweep_all(1);
    assert_int_equal(n_shared(), 2);
    assert_int_equal(n_bodies(), 1);
    assert_int_equal(set_value(3, 5, BYTES), STORE_OK);
    sweep_all(1);
    assert_int_equal(n_shared(), 3);
    assert_int_equal(n_bodies(), 1);
    for (uint64_t i = 1; i <= 3; i++)
        assert_true(has_value(i, 5, BYTES));
}

/* The noted item may have been packed since. */
static void
test_a_note_holds_after_the_item_was_packed(void **state)
{
    (void)state;
    uint32_t slot = adopt_common(&the_store->dictionaries, CODEC_zstd);
    assert_int_equal(set_record(1, BYTES), STORE_OK);
    sweep_all(1);
    assert_int_equal(pack_key(key_number(1), slot), PACK_DONE);
    assert_int_equal(put_until(key_number(2), record(1, BYTES), BYTES, STORE_SET, 0), STORE_OK);
    sweep_all(1);
    assert_int_equal(n_shared(), 2);
    assert_memory_equal(get_key(key_number(1)), record(1, BYTES), BYTES);
    assert_memory_equal(get_key(key_number(2)), record(1, BYTES), BYTES);
}

static void
test_a_note_of_an_item_that_has_changed_is_nothing(void **state)
{
    (void)state;
    assert_int_equal(set_value(1, 5, BYTES), STORE_OK);
    sweep_all(1);
    assert_int_equal(set_value(1, 6, BYTES), STORE_OK);
    assert_int_equal(set_value(2, 5, BYTES), STORE_OK);
    sweep_all(2);
    assert_int_equal(n_shared(), 0);
}

static void
test_some_values_are_never_shared(void **state)
{
    (void)state;
    struct store_spec pinned = {.n_value = BYTES, .pin = true};
    struct store_put how = {.mode = STORE_SET};
    for (uint64_t i = 0; i < 10; i++) {
        assert_int_equal(set_value(i, 5, BODIES_LEAST - 1), STORE_OK);
        assert_int_equal(put_as(key_number(100 + i), &pinned, &how, pattern(5, BYTES)), STORE_OK);
    }
    sweep_all(2);
    assert_int_equal(n_shared(), 0);
    for (uint64_t i = 0; i < 10; i++)
        assert_int_equal(set_value(i, 5, BODIES_LEAST), STORE_OK);
    sweep_all(2);
    assert_int_equal(n_shared(), 10);
}

static void
test_off_is_off(void **state)
{
    (void)state;
    store_set_share(the_store, false);
    assert_int_equal(set_value(1, 5, BYTES), STORE_OK);
    assert_int_equal(set_value(2, 5, BYTES), STORE_OK);
    sweep_all(2);
    assert_int_equal(n_shared(), 0);
    store_set_share(the_store, true);
    sweep_all(1);
    assert_int_equal(n_shared(), 2);
    store_set_share(the_store, false); /* those that share stay so */
    sweep_all(2);
    assert_true(has_value(1, 5, BYTES) && has_value(2, 5, BYTES));
    assert_int_equal(n_shared(), 2);
}

static void
test_chains_are_found(void **state)
{
    (void)state;
    assert_int_equal(set_value(1, 5, 200000), STORE_OK);
    assert_int_equal(set_value(2, 5, 200000), STORE_OK);
    sweep_all(1);
    assert_int_equal(n_shared(), 2);
    assert_true(has_value(1, 5, 200000) && has_value(2, 5, 200000));
}

/* Half of the values are one of 50. */
static void
test_equal_values_are_held_once(void **state)
{
    (void)state;
    enum { N = 20000 };
    for (uint64_t i = 0; i < N; i++)
        assert_int_equal(set_value(i, i % 2 ? i : i % 100, BYTES), STORE_OK);
    sweep_all(12); /* more items than notes: the window must move */
    struct store_cold cold = cold_now();
    assert_int_equal(cold.n_bodies, 50);
    assert_int_equal(cold.n_shared, N / 2);
    assert_int_equal(cold.shared_bytes, (N / 2 - 50) * BYTES);
    assert_true(cold.shares_all);
    for (uint64_t i = 0; i < N; i += 7)
        assert_true(has_value(i, i % 2 ? i : i % 100, BYTES));
}

/* Each value exists twice, far from each other. */
static void
test_pairs_are_found_round_by_round(void **state)
{
    (void)state;
    enum { N = 30000, SMALL = 300 };
    for (uint64_t i = 0; i < N; i++)
        assert_int_equal(set_value(i, i % (N / 2), SMALL), STORE_OK);
    sweep_all(16);
    assert_true(n_shared() > N * 9 / 10);
    assert_int_equal(n_bodies() * 2, n_shared());
}

static void
test_distinct_values_are_only_sampled(void **state)
{
    (void)state;
    enum { N = 20000 };
    for (uint64_t i = 0; i < N; i++)
        assert_int_equal(set_value(i, i, 200), STORE_OK);
    assert_true(cold_now().shares_all);
    sweep_all(3);
    assert_false(cold_now().shares_all);
    /* From now on half of them are equal. */
    for (uint64_t i = 0; i < N; i += 2)
        assert_int_equal(set_value(i, 0, 200), STORE_OK);
    sweep_all(130); /* until the window has met the value */
    assert_true(cold_now().shares_all);
    assert_int_equal(n_shared(), N / 2);
}

/* A round that meets no equal values, or does not look. */
static bool
looks_in_round(void)
{
    struct share_pass p;
    share_begin(self, &p);
    p.n_met = 5000;
    p.n_tried = p.shares ? 1000 : 0;
    share_end(self, &p, UINT64_MAX);
    return p.shares;
}

static void
test_among_distinct_values_one_round_in_eight_looks(void **state)
{
    (void)state;
    enum { ROUNDS = 32 };
    assert_true(looks_in_round());
    assert_false(cold_now().shares_all);
    int n = 0;
    for (int i = 0; i < ROUNDS; i++)
        n += looks_in_round();
    assert_int_equal(n, ROUNDS / 8);
}

/* While sharing makes room, hardly anything is evicted. */
static void
test_sharing_makes_room(void **state)
{
    (void)state;
    enum { N = 12000 }; /* of 1000 bytes, in 8 MiB: but only every eighth is another value */
    for (uint64_t i = 0; i < N; i++) {
        assert_int_equal(set_value(i, i % 8 == 0 ? i : 3, BYTES), STORE_OK);
        if (i % 16 == 0 && i > 1000)
            (void)evict_pack(self, 0, 0);
    }
    struct store_stats s;
    store_stats(the_store, &s);
    assert_true(s.n_items > N * 9 / 10); /* without it, 7500 at most */
}

/* Bodies cannot be evicted, but their referers can: all memory can be had again. */
static void
test_all_memory_can_be_had_again(void **state)
{
    (void)state;
    enum { N = 5000, MORE = 40000 };
    for (uint64_t i = 0; i < N; i++)
        assert_int_equal(set_value(i, i / 2, BYTES), STORE_OK);
    sweep_all(20);
    assert_true(n_bodies() > N / 4);
    for (uint64_t i = 0; i < MORE; i++) {
        if (i % 1000 == 0)
            clock_shift(1);
        assert_int_equal(set_value(N + i, N + i, i % 3 == 0 ? 5000 : 300), STORE_OK);
    }
    assert_true(n_bodies() < N / 8);
}

static int
open_tight(void **state)
{
    (void)state;
    return open_sharing_of((size_t)8 << 20);
}

int
main(void)
{
    clock_init();
#define SHARING(test) cmocka_unit_test_setup_teardown(test, open_sharing, close_sharing)
#define TIGHT(test)   cmocka_unit_test_setup_teardown(test, open_tight, close_sharing)
    const struct CMUnitTest tests[] = {
        SHARING(test_the_second_sight_makes_a_body_of_both),
        SHARING(test_a_note_holds_after_the_item_was_packed),
        SHARING(test_a_note_of_an_item_that_has_changed_is_nothing),
        SHARING(test_some_values_are_never_shared),
        SHARING(test_off_is_off),
        SHARING(test_chains_are_found),
        SHARING(test_equal_values_are_held_once),
        SHARING(test_pairs_are_found_round_by_round),
        SHARING(test_distinct_values_are_only_sampled),
        SHARING(test_among_distinct_values_one_round_in_eight_looks),
        TIGHT(test_sharing_makes_room),
        TIGHT(test_all_memory_can_be_had_again),
    };
    return cmocka_run_group_tests_name("share", tests, NULL, NULL);
}
