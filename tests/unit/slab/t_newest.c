/*
 * newest: the number at which the newer half of the items begins, also while threads hold numbers that
 * they have not used.
 */
#include "slab/core/newest.h"

#include "tests/unit/slab/storing.h"

enum { THREADS = 4 };

static struct store_thread *others[THREADS];

static uint64_t
seq_of(uint64_t i)
{
    return item_seq(peek(key_number(i)));
}

/* Sets with another thread's record instead of the test's own. */
static void
set_as(struct store_thread *other, uint64_t i)
{
    struct store_thread *own = self;
    self = other;
    assert_int_equal(set_pattern(i, 10), STORE_OK);
    self = own;
}

static void
join(void)
{
    for (int i = 0; i < THREADS; i++) {
        others[i] = store_thread_new(the_store);
        assert_non_null(others[i]);
    }
}

static void
part(void)
{
    for (int i = 0; i < THREADS; i++)
        store_thread_free(&others[i]);
}

static void
test_an_empty_store_has_none(void **state)
{
    (void)state;
    assert_int_equal(newest_from(the_store), arena_superblock(&the_store->arena)->seq);
}

static void
test_half_of_a_few_items_are_the_newest(void **state)
{
    (void)state;
    for (uint64_t n = 2; n <= 64; n += 2) {
        assert_int_equal(set_pattern(n - 2, 10), STORE_OK);
        assert_int_equal(set_pattern(n - 1, 10), STORE_OK);
        uint64_t from = newest_from(the_store);
        assert_int_equal(from, seq_of(n / 2));
        assert_true(seq_of(n / 2 - 1) < from && seq_of(n - 1) >= from);
    }
}

/* Numbers that idle threads hold belong to no item, and may be anywhere between those of items. */
static void
test_numbers_that_threads_hold_are_not_counted(void **state)
{
    (void)state;
    join();
    for (int i = 0; i < THREADS; i++)
        set_as(others[i], (uint64_t)i);
    for (uint64_t i = 100; i < 140; i++)
        assert_int_equal(set_pattern(i, 10), STORE_OK);
    for (int i = 0; i < THREADS; i++)
        set_as(others[i], 10 + (uint64_t)i);
    uint64_t from = newest_from(the_store), n = 0;
    for (uint64_t i = 0; i < 140; i++)
        n += peek(key_number(i)) != NULL && seq_of(i) >= from;
    assert_int_equal(n, 24);
    part();
}

/* The threads that set and removed have not added to the index's count yet. */
static void
test_removed_items_are_not_counted(void **state)
{
    (void)state;
    join();
    for (uint64_t i = 0; i < 60; i++)
        set_as(others[0], i);
    for (uint64_t i = 0; i < 40; i++)
        assert_int_equal(drop(key_number(i)), STORE_OK);
    assert_int_equal(newest_from(the_store), seq_of(50));
    part();
}

static void
test_about_half_of_many_items_are_the_newest(void **state)
{
    (void)state;
    enum { N = 3000 };
    join();
    for (uint64_t i = 0; i < N; i++)
        set_as(others[i % THREADS], i);
    uint64_t from = newest_from(the_store), n = 0;
    for (uint64_t i = 0; i < N; i++)
        n += seq_of(i) >= from;
    /* A set whose bucket is full takes a second number. */
    assert_in_range(n, N / 2 - N / 100, N / 2);
    part();
}

int
main(void)
{
#define ON_STORE(test) cmocka_unit_test_setup_teardown(test, open_large, close_store)
    const struct CMUnitTest tests[] = {
        ON_STORE(test_an_empty_store_has_none),
        ON_STORE(test_half_of_a_few_items_are_the_newest),
        ON_STORE(test_numbers_that_threads_hold_are_not_counted),
        ON_STORE(test_removed_items_are_not_counted),
        ON_STORE(test_about_half_of_many_items_are_the_newest),
    };
    return cmocka_run_group_tests_name("newest", tests, NULL, NULL);
}
