/*
 * reclaiming memory: no write is refused while anything evictable is left, memory follows the load, and
 * every lost item is counted by its cause.
 */
#include "slab/reclaim/reclaim.h"

#include "tests/unit/slab/storing.h"

/* ---- never refused ---------------------------------------------------- */

static void
test_one_size_evicts_its_own(void **state)
{
    (void)state;
    fill(0, 20000, 100);
    struct store_stats s = stats();
    assert_true(s.n[STORE_N_EVICTED] > 0 && s.n[STORE_N_NO_MEMORY] == 0);
    assert_every_loss_is_counted(0);
    assert_int_equal(count_there(0, 20000, 100), s.n_items);
    assert_true(has_pattern(19999, 100)); /* the last one is present */
}

static void
test_large_values_replace_small_ones(void **state)
{
    (void)state;
    fill(0, 8000, 100);
    fill(8000, 8010, 300000);
    assert_true(has_pattern(8009, 300000));
    assert_every_loss_is_counted(0);
}

static void
test_small_values_replace_large_ones(void **state)
{
    (void)state;
    fill(0, 8, 300000);
    fill(8, 4000, 100);
    assert_true(has_pattern(3999, 100));
    assert_every_loss_is_counted(0);
}

static void
test_sizes_may_change_any_number_of_times(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {300000, 60, 7000, 500000, 10, 20000, 3000, 500000, 100};
    uint64_t at = 0;
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < N_OF(sizes); i++) {
            uint64_t n = 1500000 / (sizes[i] + 60);
            n = n > 3000 ? 3000 : n;
            fill(at, at + n, sizes[i]);
            assert_true(has_pattern(at + n - 1, sizes[i]));
            at += n;
        }
        assert_sound();
    }
    assert_every_loss_is_counted(0);
}

static void
test_every_class_gets_a_page_in_turn(void **state)
{
    (void)state;
    for (uint32_t n = 0, i = 0; n < the_store->classes.chunk_max; n += n / 16 + 8)
        fill(i, i + 30, n), i += 30;
    assert_every_loss_is_counted(0);
}

static void
test_hot_items_are_evicted_too(void **state)
{
    (void)state;
    fill(0, 6000, 100);
    for (int k = 0; k < 4; k++)
        (void)count_there(0, 6000, 100);
    fill(6000, 6005, 300000);
    assert_every_loss_is_counted(0);
}

static void
test_held_pages_of_one_class_do_not_stop_another(void **state)
{
    (void)state;
    const struct item *held[8];
    for (uint64_t i = 0; i < N_OF(held) * 8; i++) { /* eight to a page, eight pages */
        fill(i, i + 1, 8000);
        if (i % 8 == 0)
            held[i / 8] = hold(key_number(i));
    }
    clock_shift(100);
    fill(100, 3000, 100); /* younger, and fills the remaining memory */
    maintain_all(self);
    fill(10000, 10100, 600); /* a new class, which can get memory from the younger items only */
    for (size_t i = 0; i < N_OF(held); i++) {
        assert_memory_equal(item_value(held[i]), pattern(i * 8, 8000), 8000);
        release(held[i]);
    }
}

/* The sparsest page is tried first; if it cannot be evacuated, another is. */
static void
test_a_held_sparse_page_does_not_hide_the_others(void **state)
{
    (void)state;
    uint64_t n = 0;
    while (counted(STORE_N_EVICTED) == 0)
        fill(n, n + 1, 8000), n++;
    for (uint64_t end = n + 7; n < end; n++) /* fills all chunks that the evictions freed */
        fill(n, n + 1, 8000);
    struct item *held = hold(key_number(n - 20));
    for (uint64_t i = 0; i < n; i++) {
        struct item *it = peek(key_number(i));
        if (it != NULL && it != held && page_of(it) == page_of(held))
            assert_int_equal(drop(key_number(i)), STORE_OK);
    }
    store_settle(self);
    assert_int_equal(page_of(held)->n_free, 7);
    fill(100000, 100001, 600);
    release(held);
}

static void
test_empty_pages_are_reused_before_items_are_evicted(void **state)
{
    (void)state;
    fill(0, 1, 5);
    for (uint64_t i = 1; i < 200; i++) { /* an empty page for every class */
        fill(i, i + 1, (uint32_t)i * 40);
        assert_int_equal(drop(key_number(i)), STORE_OK);
        pass_epochs();
    }
    assert_true(has_pattern(0, 5));
    assert_int_equal(counted(STORE_N_EVICTED), 0);
}

static void
test_pages_and_index_never_exceed_the_limit(void **state)
{
    (void)state;
    uint64_t i = 0;
    for (uint32_t n = 1; n < 100000; n = n * 3 + 1) {
        fill(i, i + 2000 / (n / 1000 + 1), n);
        i += 2000;
        struct store_stats s = stats();
        uint64_t page = s.page_size, used = (s.n_pages_used + s.n_pages_free) * page + s.index_bytes;
        assert_true(used <= s.limit);
        assert_true(the_store->arena.budget >= 0);
    }
}

/* ---- the coldest items are evicted ------------------------------------ */

static void
test_items_that_are_read_outlive_others(void **state)
{
    (void)state;
    fill(0, 500, 100);
    for (uint64_t i = 500; i < 20000; i++) {
        fill(i, i + 1, 100);
        if (i % 10 == 0)
            (void)has_pattern(i / 10 % 500, 100);
    }
    assert_true(count_there(0, 500, 100) > 450);
}

static void
test_memory_follows_the_load(void **state)
{
    (void)state;
    fill(0, 8000, 100);
    uint32_t small = class_id_of(7999), n_small = pages_in(small);
    for (uint64_t i = 8000; i < 16000; i++)
        fill(i, i + 1, 1000);
    assert_true(pages_in(small) < n_small - 5);
    assert_true(count_there(8000, 16000, 1000) > 500);
}

/* ---- without eviction ------------------------------------------------- */

static void
test_without_eviction_a_full_store_refuses_and_loses_nothing(void **state)
{
    (void)state;
    uint64_t n = 0;
    while (set_pattern(n, 100) == STORE_OK)
        n++;
    for (uint64_t i = 0; i < 50; i++)
        assert_int_equal(set_pattern(n + i, 100), STORE_NO_MEMORY);
    assert_int_equal(set_pattern(n, 100000), STORE_NO_MEMORY);
    assert_int_equal(counted(STORE_N_NO_MEMORY), 52);
    assert_int_equal(counted(STORE_N_EVICTED), 0);
    assert_int_equal(count_there(0, n, 100), n);
    assert_int_equal(drop(key_number(7)), STORE_OK);
    assert_int_equal(set_pattern(n, 100), STORE_OK); /* the removed item's chunk is reused */
}

static void
test_without_eviction_expired_items_are_freed(void **state)
{
    (void)state;
    uint64_t n = 0;
    uint32_t soon = clock_now_s() + 10;
    while (set_pattern_until(n, 100, n % 2 ? soon : 0) == STORE_OK)
        n++;
    clock_shift(10);
    uint64_t more = 0;
    while (set_pattern(n + more, 100) == STORE_OK)
        more++;
    assert_in_range(more, n / 2 - 200, n / 2 + 200);
    assert_int_equal(counted(STORE_N_EVICTED), 0);
    assert_int_equal(counted(STORE_N_EXPIRED), n / 2);
    assert_every_loss_is_counted(0);
}

static void
test_without_eviction_flushed_items_are_freed(void **state)
{
    (void)state;
    uint64_t n = 0;
    while (set_pattern(n, 100) == STORE_OK)
        n++;
    flush(0);
    fill(n, n + 5,
        100000); /* at once, although the sweep leaves flushed items until the flush's second is over */
    assert_int_equal(stats().n_items, 5);
    assert_int_equal(counted(STORE_N_FLUSHED), n);
}

static void
test_without_eviction_an_empty_store_takes_any_size(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 40; i++) { /* an empty page for each size */
        (void)set_pattern(i, (uint32_t)i * 200);
        (void)drop(key_number(i));
        pass_epochs();
    }
    assert_int_equal(stats().n_items, 0);
    fill(100, 101, 400000);
}

/* ---- pages that change class, on request and without ---------------------- */

static void
test_a_page_moves_on_request_and_warm_items_stay(void **state)
{
    (void)state;
    fill(0, 300, 1000);
    fill(1000, 1001, 100);
    uint32_t from = class_id_of(0), to = class_id_of(1000), n_from = pages_in(from), n_to = pages_in(to);
    for (uint64_t i = 0; i < 300; i += 2)
        assert_int_equal(drop(key_number(i)), STORE_OK);
    assert_int_equal(count_there(0, 300, 1000), 150); /* reading them makes them warm */
    struct store_stats before = stats();
    assert_true(reclaim_move_page(self, from, to));
    assert_int_equal(pages_in(from), n_from - 1);
    assert_int_equal(pages_in(to), n_to + 1);
    assert_int_equal(count_there(0, 300, 1000), 150);
    assert_int_equal(stats().n_pages_moved, before.n_pages_moved + 1);
    assert_true(reclaim_move_page(self, to, CLASS_NONE));
    assert_int_equal(pages_in(to), n_to);
    assert_true(reclaim_move_page(self, CLASS_NONE, from));
    assert_int_equal(pages_in(from), n_from);
    assert_sound();
}

static void
test_a_page_with_a_value_being_sent_is_not_moved(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 16; i++)
        fill(i, i + 1, 8000);
    const struct item *held[16];
    for (uint64_t i = 0; i < 16; i++)
        held[i] = hold(key_number(i));
    assert_false(reclaim_move_page(self, class_id_of(0), 1));
    assert_int_equal(count_there(0, 16, 8000), 16);
    for (uint64_t i = 0; i < 16; i++)
        release(held[i]);
    assert_true(reclaim_move_page(self, class_id_of(0), 1));
}

static void
test_without_eviction_a_page_moves_if_its_items_fit_elsewhere(void **state)
{
    (void)state;
    uint64_t n = 0;
    while (set_pattern(n, 1000) == STORE_OK)
        n++;
    uint32_t from = class_id_of(0), n_from = pages_in(from);
    assert_false(reclaim_move_page(self, from, 1));
    assert_int_equal(count_there(0, n, 1000), n);
    for (uint64_t i = 0; i < n; i++)
        if (i % 3 != 0)
            assert_int_equal(drop(key_number(i)), STORE_OK);
    store_settle(self);
    assert_true(reclaim_move_page(self, from, 1));
    assert_true(pages_in(from) < n_from);
    assert_int_equal(count_there(0, n, 1000), (n + 2) / 3);
    assert_int_equal(counted(STORE_N_EVICTED), 0);
}

static void
test_without_automove_only_the_first_page_is_reclaimed_by_force(void **state)
{
    (void)state;
    store_set_automove(the_store, 0);
    fill(0, 7000, 100);
    maintain_all(self); /* the index gets its pages */
    uint32_t small = class_id_of(6999), n_small = pages_in(small);
    for (uint64_t i = 7000; class_free_chunks(class_at(&the_store->classes, 0, small)) > 0; i++)
        fill(i, i + 1, 100);  /* until the class has no empty page left */
    fill(10000, 10001, 1000); /* needs a page, which must be taken by force */
    uint32_t large = class_id_of(10000);
    uint64_t moved = stats().n_pages_moved;
    fill(20000, 24000, 1000);
    maintain_all(self);
    assert_int_equal(stats().n_pages_moved, moved);
    assert_int_equal(pages_in(small), n_small - 1);
    assert_int_equal(pages_in(large), 1);
    for (uint64_t i = 0; i < 8000; i++)
        (void)drop(key_number(i));
    pass_epochs();
    store_settle(self);
    assert_int_equal(pages_in(small), n_small - 1); /* empty, but still of this class */
    fill(30000, 31000, 1000);                       /* now a page can be taken without losing an item */
    assert_true(pages_in(large) > 1);
    assert_every_loss_is_counted(0);
}

/* ---- another limit ------------------------------------------------------ */

enum { MIB = 1 << 20 };

static int
open_elastic(void **state)
{
    (void)state;
    struct store_options o = small_store();
    o.limit = 4 * MIB;
    o.limit_max = 64 * MIB;
    open_store(&o);
    return 0;
}

static int
open_elastic_no_evict(void **state)
{
    (void)state;
    struct store_options o = small_store();
    o.limit = 4 * MIB;
    o.limit_max = 64 * MIB;
    o.evict = false;
    open_store(&o);
    return 0;
}

static uint64_t
memory_used(void)
{
    struct store_stats s = stats();
    return (s.n_pages_used + s.n_pages_free) * s.page_size;
}

static void
test_a_raised_limit_is_used_before_anything_is_evicted(void **state)
{
    (void)state;
    while (counted(STORE_N_EVICTED) == 0)
        fill(stats().n_items, stats().n_items + 1, 1000);
    uint64_t evicted = counted(STORE_N_EVICTED), n = 10000;
    assert_true(store_resize(the_store, 16 * MIB));
    assert_int_equal(stats().limit, 16 * MIB);
    fill(n, n + 10000, 1000);
    assert_int_equal(counted(STORE_N_EVICTED), evicted);
    assert_int_equal(count_there(n, n + 10000, 1000), 10000);
    assert_true(memory_used() > 10 * MIB);
}

static void
test_a_lowered_limit_gives_pages_back_a_few_at_a_time(void **state)
{
    (void)state;
    assert_true(store_resize(the_store, 16 * MIB));
    fill(0, 12000, 1000);
    uint64_t used = memory_used();
    assert_true(store_resize(the_store, 6 * MIB));
    assert_int_equal(memory_used(), used);
    assert_true(reclaim_shrink(self));
    /* part of the pages; other work has its turn */
    assert_true(memory_used() < used && memory_used() > 8 * MIB);
    fill(20000, 20500, 1000); /* writes succeed while the store shrinks */
    while (reclaim_shrink(self))
        ;
    assert_true(memory_used() <= 6 * MIB);
    assert_false(arena_is_over(&the_store->arena));
    assert_sound();
    fill(30000, 33000, 1000);
    assert_true(memory_used() <= 6 * MIB);
    assert_true(has_pattern(32999, 1000));
    assert_every_loss_is_counted(0);
}

static void
test_empty_pages_are_given_back_first(void **state)
{
    (void)state;
    assert_true(store_resize(the_store, 16 * MIB));
    fill(0, 1000, 1000);
    fill(10000, 14000, 2000);
    for (uint64_t i = 10000; i < 14000; i++)
        assert_int_equal(drop(key_number(i)), STORE_OK);
    pass_epochs();
    assert_true(store_resize(the_store, 4 * MIB));
    while (reclaim_shrink(self))
        ;
    assert_true(memory_used() <= 4 * MIB);
    assert_int_equal(counted(STORE_N_EVICTED), 0);
    assert_int_equal(count_there(0, 1000, 1000), 1000);
}

static void
test_without_eviction_only_empty_pages_are_given_back(void **state)
{
    (void)state;
    assert_true(store_resize(the_store, 16 * MIB));
    fill(0, 10000, 1000);
    assert_true(store_resize(the_store, 4 * MIB));
    while (reclaim_shrink(self))
        ;
    assert_true(arena_is_over(&the_store->arena));
    assert_int_equal(count_there(0, 10000, 1000), 10000);
    for (uint64_t i = 0; i < 9000; i++)
        assert_int_equal(drop(key_number(i)), STORE_OK);
    pass_epochs();
    maintain_all(self);
    maintain_all(self);
    while (reclaim_shrink(self))
        ;
    assert_false(arena_is_over(&the_store->arena));
    assert_int_equal(count_there(9000, 10000, 1000), 1000);
}

static void
test_an_impossible_limit_is_refused(void **state)
{
    (void)state;
    assert_false(store_resize(the_store, 64 * MIB + 65536)); /* more than was reserved */
    assert_false(store_resize(the_store, MIB - 1));          /* below the minimum */
    the_store->options.item_max = 3 * MIB;
    assert_false(store_resize(the_store, 5 * MIB)); /* an item may be half of the limit at most */
    the_store->options.item_max = 1024;
    assert_true(store_resize(the_store, 64 * MIB));
    fill(0, 200000, 4); /* an index of several pages, which it does not give back */
    assert_true(index_units(&the_store->index) > 16);
    assert_false(store_resize(the_store, 2 * MIB));
    assert_int_equal(stats().limit, 64 * MIB);
}

/* ---- called directly --------------------------------------------------- */

static void
test_reclaims_until_nothing_is_left_to_evict(void **state)
{
    (void)state;
    fill(0, 10000, 100);
    struct class *large = class_at(&the_store->classes, 0, the_store->classes.n);
    uint64_t chunks[200];
    size_t n = 0;
    while (reclaim_anywhere(self, large->id, 1)) {
        size_t taken = class_take(large, chunks + n, 8);
        assert_true(taken > 0);
        n += taken;
    }
    assert_int_equal(stats().n_items, 0);
    /* every page is of this class now */
    assert_int_equal(n, stats().n_pages_used * large->geometry->n_chunks);
    class_give(&the_store->classes, chunks, n);
    assert_every_loss_is_counted(0);
}

int
main(void)
{
#define ON_STORE(test) cmocka_unit_test_setup_teardown(test, open_small, close_store)
#define ELASTIC(test)  cmocka_unit_test_setup_teardown(test, open_elastic, close_store)
#define NO_EVICT(test) cmocka_unit_test_setup_teardown(test, open_small_no_evict, close_store)
    const struct CMUnitTest tests[] = {
        ON_STORE(test_one_size_evicts_its_own),
        ON_STORE(test_large_values_replace_small_ones),
        ON_STORE(test_small_values_replace_large_ones),
        ON_STORE(test_sizes_may_change_any_number_of_times),
        ON_STORE(test_every_class_gets_a_page_in_turn),
        ON_STORE(test_hot_items_are_evicted_too),
        ON_STORE(test_held_pages_of_one_class_do_not_stop_another),
        ON_STORE(test_a_held_sparse_page_does_not_hide_the_others),
        ON_STORE(test_empty_pages_are_reused_before_items_are_evicted),
        ON_STORE(test_pages_and_index_never_exceed_the_limit),
        ON_STORE(test_items_that_are_read_outlive_others),
        ON_STORE(test_memory_follows_the_load),
        NO_EVICT(test_without_eviction_a_full_store_refuses_and_loses_nothing),
        NO_EVICT(test_without_eviction_expired_items_are_freed),
        NO_EVICT(test_without_eviction_flushed_items_are_freed),
        NO_EVICT(test_without_eviction_an_empty_store_takes_any_size),
        ON_STORE(test_a_page_moves_on_request_and_warm_items_stay),
        ON_STORE(test_a_page_with_a_value_being_sent_is_not_moved),
        NO_EVICT(test_without_eviction_a_page_moves_if_its_items_fit_elsewhere),
        ON_STORE(test_without_automove_only_the_first_page_is_reclaimed_by_force),
        ELASTIC(test_a_raised_limit_is_used_before_anything_is_evicted),
        ELASTIC(test_a_lowered_limit_gives_pages_back_a_few_at_a_time),
        ELASTIC(test_empty_pages_are_given_back_first),
        ELASTIC(test_an_impossible_limit_is_refused),
        cmocka_unit_test_setup_teardown(
            test_without_eviction_only_empty_pages_are_given_back, open_elastic_no_evict, close_store),
        ON_STORE(test_reclaims_until_nothing_is_left_to_evict),
    };
    return cmocka_run_group_tests_name("reclaim", tests, NULL, NULL);
}
