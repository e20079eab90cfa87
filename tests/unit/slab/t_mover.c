/*
 * mover: it frees expired items and gives the index memory; its thread works when ticked and stops while
 * paused.
 */
#include "slab/reclaim/maintain.h"
#include "slab/reclaim/mover.h"

#include "tests/unit/slab/storing.h"

/* ---- housekeeping ------------------------------------------------------ */

static void
test_expired_items_are_freed_without_a_read(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 1000; i++)
        assert_int_equal(
            set_pattern_until(i, (uint32_t)i % 7 * 50, clock_now_s() + 1 + (uint32_t)i % 10), STORE_OK);
    for (uint64_t second = 1; second <= 10; second++) {
        clock_shift(1);
        maintain_all(self);
        assert_int_equal(stats().n_items, 1000 - second * 100);
    }
    assert_int_equal(counted(STORE_N_EXPIRED), 1000);
    assert_every_loss_is_counted(0);
}

static void
test_a_delayed_flush_is_carried_out_in_its_second(void **state)
{
    (void)state;
    fill(0, 10, 100);
    flush(clock_now_s() + 5);
    clock_shift(4);
    maintain_all(self);
    assert_int_equal(count_there(0, 10, 100), 10);
    fill(10, 20, 100); /* also flushed, although set after the command: the flush takes effect later */
    clock_shift(1);
    maintain_all(self);
    assert_int_equal(count_there(0, 20, 100), 0);
    /* in the flush's second, gets of these items are counted as flushed */
    assert_int_equal(counted(STORE_N_GET_FLUSHED), 20);
    clock_shift(1);
    maintain_all(self);
    assert_int_equal(stats().n_items, 0);
    assert_int_equal(counted(STORE_N_FLUSHED), 20);
    fill(20, 30, 100);
    maintain_all(self);
    assert_int_equal(count_there(20, 30, 100), 10);
}

static void
test_the_index_gets_memory_when_tiny_items_come_late(void **state)
{
    (void)state;
    fill(0, 8, 300000);
    uint64_t first = stats().n_buckets;
    for (uint64_t i = 8; i < 12008; i += 1000) {
        fill(i, i + 1000, 4);
        maintain_all(self); /* a second has passed */
    }
    struct store_stats s = stats();
    assert_true(s.n_buckets > first);
    assert_true(s.n_buckets * INDEX_LOAD_X2 >= (s.n_items - COUNT_BATCH) * 2);
    assert_every_loss_is_counted(0);
}

static void
test_the_index_catches_up_after_a_burst_of_tiny_items(void **state)
{
    (void)state;
    fill(0, 70, 500000);
    fill(100, 400100, 4); /* within a second, without maintenance */
    for (int second = 0; second < 200; second++) {
        maintain_all(self);
        fill(500000 + (uint64_t)second * 100, 500100 + (uint64_t)second * 100, 4);
    }
    struct store_stats s = stats();
    assert_true(s.n_buckets * INDEX_LOAD_X2 >= (s.n_items - COUNT_BATCH) * 2);
    assert_true(s.n_overflow_buckets < s.n_buckets);
}

static void
test_a_crawl_sweeps_every_page_of_its_classes(void **state)
{
    (void)state;
    bool wanted[CLASS_MAX + 1] = {false};
    fill(0, 100, 100);
    fill(1000, 1100, 1000);
    maintain_all(self);
    uint64_t visited = counted(STORE_N_SWEPT_VISITED);
    wanted[store_thread_class_of(self, peek(key_number(0)))] = true;
    assert_true(store_crawl(the_store, wanted, N_OF(wanted)));
    assert_false(store_crawl(the_store, wanted, N_OF(wanted))); /* one crawl at a time */
    assert_true(stats().crawling);
    maintain_all(self);
    assert_false(stats().crawling);
    assert_int_equal(counted(STORE_N_SWEPT_VISITED), visited + 100); /* and no item of the other class */
    assert_int_equal(stats().n_items, 200);
    assert_true(store_crawl(the_store, wanted, N_OF(wanted)));
    assert_int_equal(stats().n_crawls, 2);
}

static void
test_maintenance_moves_the_requested_page(void **state)
{
    (void)state;
    fill(0, 300, 1000);
    int32_t from = (int32_t)store_thread_class_of(self, peek(key_number(0))),
            n = (int32_t)store_n_classes(the_store);
    struct class *to = class_at(&the_store->classes, 0, 3);
    store_set_automove(the_store, 0); /* otherwise a spare empty page is returned to the pool */
    assert_int_equal(store_move_page(the_store, from, from), STORE_MOVE_SAME);
    assert_int_equal(store_move_page(the_store, from, n + 1), STORE_MOVE_BAD_CLASS);
    assert_int_equal(store_move_page(the_store, n + 1, from), STORE_MOVE_BAD_CLASS);
    assert_int_equal(store_move_page(the_store, -2, from), STORE_MOVE_BAD_CLASS);
    assert_int_equal(store_move_page(the_store, from, -1), STORE_MOVE_BAD_CLASS);
    /* no other class has pages */
    assert_int_equal(store_move_page(the_store, -1, from), STORE_MOVE_BAD_CLASS);
    assert_int_equal(store_move_page(the_store, 3, from), STORE_MOVE_NO_SPARE);
    assert_int_equal(store_move_page(the_store, 0, from), STORE_MOVE_NO_SPARE);
    assert_int_equal(store_move_page(the_store, from, 3), STORE_MOVE_STARTED);
    assert_int_equal(store_move_page(the_store, from, 3), STORE_MOVE_BUSY);
    assert_true(stats().moving);
    maintain_all(self);
    assert_false(stats().moving);
    assert_int_equal(class_pages(to), 1);
    assert_int_equal(store_move_page(the_store, -1, 3), STORE_MOVE_STARTED);
    maintain_all(self);
    assert_int_equal(class_pages(to), 2);
}

/* Fills pages, then deletes three of four items, so that three of four pages could be freed. */
static uint32_t
thin_out(void)
{
    fill(0, 400, 1000);
    uint32_t id = class_id_of(0);
    for (uint64_t i = 0; i < 400; i++)
        if (i % 4 != 0)
            assert_int_equal(drop(key_number(i)), STORE_OK);
    store_settle(self);
    return id;
}

/* Runs maintenance until no more pages are freed; returns how many were. */
static uint32_t
pages_given(uint32_t id)
{
    uint32_t before = pages_in(id), last;
    do {
        last = pages_in(id);
        maintain_all(self);
    } while (pages_in(id) < last);
    return before - last;
}

static void
test_sparse_pages_are_freed_ahead_only_with_automove_2(void **state)
{
    (void)state;
    uint32_t id = thin_out(), n = pages_in(id);
    assert_int_equal(pages_given(id), 0);
    store_set_automove(the_store, 2);
    assert_in_range(pages_given(id), n / 2, n - 1);
    for (uint64_t i = 0; i < 400; i += 4)
        assert_true(has_pattern(i, 1000));
    assert_int_equal(counted(STORE_N_EVICTED), 0);
}

static void
test_under_pressure_sparse_pages_are_freed_ahead(void **state)
{
    (void)state;
    uint32_t id = thin_out(), n = pages_in(id);
    store_set_pressure(the_store, STORE_PRESSURE_WARNING);
    assert_in_range(pages_given(id), n / 2, n - 1);
    assert_int_equal(counted(STORE_N_EVICTED), 0);
}

/* ---- with its thread -------------------------------------------------- */

static int
open_with_thread(void **state)
{
    (void)state;
    struct store_options o = small_store();
    o.background = true;
    open_store(&o);
    return 0;
}

/* The last item is unlinked a moment before it is counted. */
static bool
a_hundred_have_expired(void)
{
    store_tick(the_store);
    return counted(STORE_N_EXPIRED) == 100;
}

static void
test_a_tick_starts_maintenance(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 100; i++)
        assert_int_equal(set_pattern_until(i, 100, clock_now_s() + 1), STORE_OK);
    clock_shift(1);
    assert_true(comes_true(a_hundred_have_expired));
    assert_int_equal(stats().n_items, 0);
    assert_true(stats().mover_running);
}

static bool
the_crawl_is_over(void)
{
    return !stats().crawling;
}

static void
test_the_thread_crawls_without_being_ticked(void **state)
{
    (void)state;
    bool wanted[CLASS_MAX + 1];
    memset(wanted, 1, sizeof wanted);
    for (uint64_t i = 0; i < 100; i++)
        assert_int_equal(set_pattern_until(i, 100, clock_now_s() + 1), STORE_OK);
    clock_shift(1);
    assert_true(store_crawl(the_store, wanted, N_OF(wanted)));
    assert_true(comes_true(the_crawl_is_over));
    assert_int_equal(stats().n_items, 0);
}

/* Also if the mover begins to sweep before all pages are marked. */
static void
test_a_crawl_ends_when_all_its_pages_are_swept(void **state)
{
    (void)state;
    bool wanted[CLASS_MAX + 1];
    memset(wanted, 1, sizeof wanted);
    fill(0, 5000, 10);
    for (int round = 0; round < 200; round++) {
        uint64_t visited = counted(STORE_N_SWEPT_VISITED);
        store_tick(the_store);
        assert_true(store_crawl(the_store, wanted, N_OF(wanted)));
        assert_true(comes_true(the_crawl_is_over));
        assert_int_equal(counted(STORE_N_SWEPT_VISITED), visited + 5000);
    }
}

static uint64_t n_sweeps;

static bool
maintenance_ran(void)
{
    return stats().n_sweeps > n_sweeps;
}

static void
test_a_paused_thread_does_no_maintenance(void **state)
{
    (void)state;
    mover_pause(the_store);
    n_sweeps = stats().n_sweeps;
    const struct timespec nap = {0, 1000000};
    for (int i = 0; i < 20; i++) {
        store_tick(the_store);
        nanosleep(&nap, NULL);
    }
    assert_int_equal(stats().n_sweeps, n_sweeps);
    mover_resume(the_store);
    assert_true(comes_true(maintenance_ran));
}

static void
test_with_the_thread_sizes_may_change(void **state)
{
    (void)state;
    fill(0, 8000, 100);
    fill(8000, 8020, 300000);
    fill(9000, 15000, 100);
    assert_sound();
    assert_every_loss_is_counted(0);
}

/* Stores one more item, then looks. */
static bool
more_is_ready(void)
{
    static uint64_t next = 20000;
    fill(next, next + 1, 100);
    next++;
    return stats().n_pages_free >= 6; /* without pressure it is 2 */
}

static void
test_under_pressure_the_reserve_is_larger(void **state)
{
    (void)state;
    fill(0, 20000, 100);
    store_set_pressure(the_store, STORE_PRESSURE_WARNING);
    assert_true(comes_true(more_is_ready));
}

/* Ticks as at each second, and waits until the mover has run its maintenance. */
static void
tick(void)
{
    n_sweeps = stats().n_sweeps;
    store_tick(the_store);
    assert_true(comes_true(maintenance_ran));
}

/* A set into a full cache evicts by the next tick, also if its own chunk came from free memory. */
static void
test_a_single_store_evicts_by_the_next_tick(void **state)
{
    (void)state;
    fill(0, 1000, 3000);
    for (uint64_t i = 1000; i < 1020; i++) { /* uses up what forced reclaims left free */
        fill(i, i + 1, 3000);
        tick();
    }
    for (uint64_t i = 2000; i < 2100; i++) {
        uint64_t evicted = counted(STORE_N_EVICTED);
        fill(i, i + 1, 3000);
        tick();
        assert_true(counted(STORE_N_EVICTED) > evicted);
    }
}

int
main(void)
{
#define ON_STORE(test)    cmocka_unit_test_setup_teardown(test, open_small, close_store)
#define IN_LARGE(test)    cmocka_unit_test_setup_teardown(test, open_large, close_store)
#define WITH_THREAD(test) cmocka_unit_test_setup_teardown(test, open_with_thread, close_store)
    const struct CMUnitTest tests[] = {
        ON_STORE(test_the_index_gets_memory_when_tiny_items_come_late),
        IN_LARGE(test_the_index_catches_up_after_a_burst_of_tiny_items),
        ON_STORE(test_expired_items_are_freed_without_a_read),
        ON_STORE(test_a_delayed_flush_is_carried_out_in_its_second),
        ON_STORE(test_a_crawl_sweeps_every_page_of_its_classes),
        ON_STORE(test_maintenance_moves_the_requested_page),
        ON_STORE(test_sparse_pages_are_freed_ahead_only_with_automove_2),
        ON_STORE(test_under_pressure_sparse_pages_are_freed_ahead),
        WITH_THREAD(test_the_thread_crawls_without_being_ticked),
        WITH_THREAD(test_a_crawl_ends_when_all_its_pages_are_swept),
        WITH_THREAD(test_a_tick_starts_maintenance),
        WITH_THREAD(test_a_paused_thread_does_no_maintenance),
        WITH_THREAD(test_under_pressure_the_reserve_is_larger),
        WITH_THREAD(test_with_the_thread_sizes_may_change),
        WITH_THREAD(test_a_single_store_evicts_by_the_next_tick),
    };
    return cmocka_run_group_tests_name("mover", tests, NULL, NULL);
}
