/*
 * Items that are never evicted: no way to reclaim memory frees them, they are counted, and they expire,
 * and are flushed, replaced and deleted as others.
 */
#include "slab/reclaim/evacuate.h"
#include "slab/reclaim/evict.h"
#include "slab/reclaim/reclaim.h"

#include "tests/unit/slab/storing.h"

static enum store_result
keep_until(uint64_t i, uint32_t n, uint32_t exptime)
{
    struct store_spec spec = {.n_value = n, .pin = true, .exptime = exptime};
    struct store_put how = {.mode = STORE_SET};
    return put_as(key_number(i), &spec, &how, pattern(i, n));
}

static void
set_pinned(uint64_t from, uint64_t to, uint32_t n)
{
    for (uint64_t i = from; i < to; i++)
        assert_int_equal(keep_until(i, n, 0), STORE_OK);
}

static void
assert_pinned(uint64_t n)
{
    assert_int_equal(stats().n_pinned, n);
    assert_true((stats().pinned_bytes != 0) == (n != 0));
    assert_sound(); /* checks that the counted bytes are those of the items */
}

static void
test_they_outlive_newer_items(void **state)
{
    (void)state;
    set_pinned(0, 300, 100);
    set_pinned(300, 304, 20000);
    clock_shift(1000);
    fill(1000, 20000, 150);
    fill(20000, 20200, 7000);
    fill(30000, 31000, 120);
    assert_int_equal(count_there(0, 300, 100), 300);
    assert_int_equal(count_there(300, 304, 20000), 4);
    assert_true(counted(STORE_N_EVICTED) > 10000);
    assert_pinned(304);
}

static void
test_a_class_that_evicts_its_own_leaves_them(void **state)
{
    (void)state;
    store_set_automove(the_store, 0);
    set_pinned(0, 500, 100);
    clock_shift(1000);
    fill(1000, 20000, 100);
    assert_int_equal(count_there(0, 500, 100), 500);
    assert_pinned(500);
}

static void
test_they_move_when_their_page_does(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 400; i++)
        if (i % 4 == 0)
            set_pinned(i, i + 1, 1000);
        else
            fill(i, i + 1, 1000);
    struct class *c = class_of_chunk(&the_store->classes, offset_of(peek(key_number(0))));
    for (uint64_t i = 0; i < 400; i++)
        if (i % 4 != 0)
            assert_int_equal(drop(key_number(i)), STORE_OK);
    store_settle(self);
    uint64_t before = class_pages(c);
    while (evacuate_sparse(self, 0, CLASS_NONE) > 0)
        ;
    assert_true(class_pages(c) <= before / 2);
    for (uint64_t i = 0; i < 400; i += 4)
        assert_true(has_pattern(i, 1000));
    assert_true(counted(STORE_N_RELOCATED) > 0);
    assert_pinned(100);
}

static void
test_without_space_to_move_them_their_page_stays(void **state)
{
    (void)state;
    uint64_t n = 0;
    while (counted(STORE_N_EVICTED) == 0 && n < 2000)
        set_pinned(n, n + 1, 1000), n++, fill(10000 + n, 10001 + n, 1000);
    uint64_t pinned = stats().n_pinned;
    struct class *c = class_of_chunk(&the_store->classes, offset_of(peek(key_number(0))));
    for (int i = 0; i < 40 && evacuate_class(self, c); i++)
        ;
    assert_int_equal(stats().n_pinned, pinned);
    assert_int_equal(count_there(0, n, 1000), pinned);
}

/* Without free memory a set fails; it neither crashes nor searches forever. */
static void
test_a_store_full_of_them_refuses_new_items(void **state)
{
    (void)state;
    uint64_t n = 0;
    while (keep_until(n, 1000, 0) == STORE_OK)
        n++;
    assert_true(n > 700);
    assert_int_equal(set_pattern(100000, 1000), STORE_NO_MEMORY);
    assert_int_equal(set_pattern(100000, 100), STORE_NO_MEMORY);
    assert_int_equal(counted(STORE_N_EVICTED), 0);
    assert_int_equal(count_there(0, n, 1000), n);
    for (uint64_t i = 0; i < 100; i++)
        assert_int_equal(drop(key_number(i)), STORE_OK);
    store_settle(self);
    assert_int_equal(set_pattern(100000, 1000), STORE_OK);
    assert_pinned(n - 100);
}

static void
test_they_expire_and_are_deleted_like_others(void **state)
{
    (void)state;
    assert_int_equal(keep_until(1, 100, clock_now_s() + 10), STORE_OK);
    assert_int_equal(keep_until(2, 100, 0), STORE_OK);
    assert_int_equal(keep_until(3, 100, 0), STORE_OK);
    assert_pinned(3);
    clock_shift(10);
    maintain_all(self);
    assert_pinned(2);
    assert_int_equal(drop(key_number(2)), STORE_OK);
    assert_pinned(1);
    flush(0);
    clock_shift(2);
    maintain_all(self);
    assert_pinned(0);
}

static void
test_changed_items_stay_pinned_and_replaced_items_do_not(void **state)
{
    (void)state;
    struct store_spec pinned = {.n_value = 1, .pin = true};
    struct store_put how = {.mode = STORE_SET};
    struct store_arith arith = {.delta = 5};
    struct store_number number;
    struct store_key key = key_of("n");
    assert_int_equal(put_as(key, &pinned, &how, "7"), STORE_OK);
    assert_int_equal(put("n", "00", STORE_APPEND), STORE_OK);
    store_enter(self);
    assert_int_equal(store_arith(self, &key, &arith, &number), STORE_OK);
    assert_int_equal(store_touch(self, &key, clock_now_s() + 100), STORE_OK);
    store_leave(self);
    assert_string_equal(get("n"), "705");
    assert_pinned(1);
    assert_int_equal(put_as(key, &pinned, &how, "8"), STORE_OK);
    assert_pinned(1);
    assert_int_equal(set("n", "9"), STORE_OK);
    assert_pinned(0);
}

static void
test_they_may_hold_a_share_of_the_limit(void **state)
{
    (void)state;
    uint64_t limit = stats().pinned_limit;
    assert_in_range(limit, STORE_LIMIT_MIN / 11, STORE_LIMIT_MIN / 10);
    assert_true(store_may_pin(the_store, limit));
    assert_false(store_may_pin(the_store, limit + 1));
    set_pinned(0, 10, 1000);
    assert_true(store_may_pin(the_store, limit - stats().pinned_bytes));
    assert_false(store_may_pin(the_store, limit - stats().pinned_bytes + 1));
    store_set_pin_limit(the_store, 0);
    assert_false(store_may_pin(the_store, 1));
    assert_pinned(10); /* the present ones stay */
}

int
main(void)
{
#define ON_STORE(test) cmocka_unit_test_setup_teardown(test, open_small, close_store)
    const struct CMUnitTest tests[] = {
        ON_STORE(test_they_outlive_newer_items),
        ON_STORE(test_a_class_that_evicts_its_own_leaves_them),
        ON_STORE(test_they_move_when_their_page_does),
        ON_STORE(test_without_space_to_move_them_their_page_stays),
        ON_STORE(test_a_store_full_of_them_refuses_new_items),
        ON_STORE(test_they_expire_and_are_deleted_like_others),
        ON_STORE(test_changed_items_stay_pinned_and_replaced_items_do_not),
        ON_STORE(test_they_may_hold_a_share_of_the_limit),
    };
    return cmocka_run_group_tests_name("pin", tests, NULL, NULL);
}
