/* sweep: the dead go in every mode, the cold by the clock, and of a page that is emptied the warm move elsewhere. */
#include "slab/sweep.h"

#include "tests/unit/storing.h"

/* Sweeps every chunk of the item's class once. */
static struct sweep_tally
sweep_class_of(const struct item *it, enum sweep_mode mode)
{
    struct sweep_tally tally = {0, 0};
    struct class *c = class_of_chunk(&the_store->classes, offset_of(it));
    struct class_run run;
    for (uint32_t left = c->n_pages * c->geometry->n_chunks; left > 0; left -= run.to - run.from) {
        assert_true(class_advance_hand(c, UINT16_MAX, &run));
        sweep_run(self, c, &run, mode, &tally);
        class_let_go(c, run.page);
    }
    return tally;
}

static void
fence(struct class *c, uint32_t page)
{
    uint32_t others[16], n = 0, fenced;
    while ((fenced = class_fence(c)) != page) {
        assert_true(fenced != 0 && n < N_OF(others));
        others[n++] = fenced;
    }
    while (n > 0)
        class_unfence(c, others[--n]);
}

static void
heat(uint64_t i, int times)
{
    while (times-- > 0)
        assert_non_null(get_key(key_number(i)));
}

static void
test_only_what_is_dead_goes_when_the_dead_are_swept(void **state)
{
    (void)state;
    uint32_t now = clock_now_s();
    for (uint64_t i = 300; i < 600; i++) /* names of one length: one class */
        assert_int_equal(set_pattern_until(i, 10,
                             i % 3 == 0   ? now + 5
                             : i % 3 == 1 ? now + 50
                                          : 0),
            STORE_OK);
    struct item *it = peek(key_number(301));
    clock_shift(5);
    struct sweep_tally tally = sweep_class_of(it, SWEEP_DEAD);
    assert_int_equal(tally.n_visited, 300);
    assert_int_equal(tally.n_gone, 100);
    assert_int_equal(stats().n_items, 200);
    assert_int_equal(counted(STORE_N_EXPIRED), 100);
    assert_int_equal(counted(STORE_N_SWEPT_EXPIRED), 100);
    assert_int_equal(counted(STORE_N_SWEPT_VISITED), 300);
    for (uint64_t i = 300; i < 600; i++)
        assert_int_equal(has_pattern(i, 10), i % 3 != 0);
}

static void
test_a_page_learns_when_something_expires_next(void **state)
{
    (void)state;
    uint32_t now = clock_now_s();
    assert_int_equal(set_pattern_until(1, 10, now + 5), STORE_OK);
    assert_int_equal(set_pattern_until(2, 10, now + 70), STORE_OK);
    assert_int_equal(set_pattern_until(3, 10, now + 60), STORE_OK);
    assert_int_equal(set_pattern(4, 10), STORE_OK);
    struct item *it = peek(key_number(2));
    uint32_t page = arena_page_of(&the_store->arena, offset_of(it));
    struct sweep_tally tally = {0, 0};
    clock_shift(5);
    struct class *c = class_hold(&the_store->classes, page);
    sweep_page(self, c, page, SWEEP_DEAD, &tally);
    class_let_go(c, page);
    assert_int_equal(tally.n_gone, 1);
    assert_int_equal(page_of(it)->soonest, now + 60);
}

static void
test_the_clock_cools_the_warm_and_takes_the_cold(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 4; i++) {
        assert_int_equal(set_pattern(i, 10), STORE_OK);
        heat(i, (int)i);
    }
    for (uint64_t round = 0; round < 4; round++) {
        struct item *it = peek(key_number(3));
        assert_int_equal(it->heat, 3 - round);
        assert_int_equal(sweep_class_of(it, SWEEP_CLOCK).n_gone, 1);
        for (uint64_t i = 0; i < 4; i++)
            assert_int_equal(peek(key_number(i)) != NULL, i > round);
    }
    assert_int_equal(counted(STORE_N_EVICTED), 4);
    assert_int_equal(counted(STORE_N_EVICTED_UNFETCHED), 1);
}

static void
test_the_dead_are_not_called_evicted(void **state)
{
    (void)state;
    assert_int_equal(set_pattern_until(1, 10, clock_now_s() + 5), STORE_OK);
    assert_int_equal(set_pattern(2, 10), STORE_OK);
    heat(1, 3);
    clock_shift(5);
    (void)sweep_class_of(peek(key_number(2)), SWEEP_CLOCK);
    assert_int_equal(counted(STORE_N_EXPIRED), 1);
    assert_int_equal(counted(STORE_N_EVICTED), 1);
    for (uint64_t i = 3; i < 5; i++)
        assert_int_equal(set_pattern(i, 10), STORE_OK);
    struct item *it = peek(key_number(3));
    flush(0);
    (void)sweep_class_of(it, SWEEP_CLOCK);
    assert_int_equal(counted(STORE_N_FLUSHED), 2);
    assert_int_equal(counted(STORE_N_EVICTED), 1);
}

static void
test_emptying_a_page_moves_the_warm_and_evicts_the_cold(void **state)
{
    (void)state;
    uint64_t n = 0;
    do
        assert_int_equal(set_pattern(n++, 1000), STORE_OK);
    while (page_of(peek(key_number(n - 1))) == page_of(peek(key_number(0))));
    uint64_t on_page = n - 1;
    for (uint64_t i = 0; i < on_page; i += 2)
        heat(i, 1);
    struct class *c = class_of_chunk(&the_store->classes, offset_of(peek(key_number(0))));
    uint32_t page = arena_page_of(&the_store->arena, offset_of(peek(key_number(0))));
    fence(c, page);
    struct sweep_tally tally = {0, 0};
    store_thread_raid_all(the_store, true);
    sweep_page(self, c, page, SWEEP_EMPTY, &tally);
    assert_int_equal(tally.n_gone, on_page);
    pass_epochs();
    assert_true(class_release(c, page));
    assert_int_equal(counted(STORE_N_RELOCATED), (on_page + 1) / 2);
    assert_int_equal(counted(STORE_N_EVICTED), on_page / 2);
    assert_int_equal(counted(STORE_N_EVICTED_ACTIVE), 0);
    for (uint64_t i = 0; i < on_page; i++)
        assert_int_equal(has_pattern(i, 1000), i % 2 == 0);
}

static void
test_a_chain_is_judged_at_its_item(void **state)
{
    (void)state;
    assert_int_equal(set_pattern(1, 40000), STORE_OK);
    heat(1, 1);
    struct item *it = peek(key_number(1));
    uint64_t n_chunks = 1;
    for (uint64_t next = *item_next(it); next != 0; next = ((struct link *)item_at(next))->next)
        n_chunks++;
    assert_int_equal(sweep_class_of(it, SWEEP_CLOCK).n_visited, 1);
    struct sweep_tally tally = sweep_class_of(it, SWEEP_CLOCK);
    assert_int_equal(tally.n_gone, n_chunks);
    assert_false(has_pattern(1, 40000));
    assert_int_equal(counted(STORE_N_EVICTED), 1);
}

static void
test_a_chain_goes_when_the_page_of_its_last_link_does(void **state)
{
    (void)state;
    uint32_t max = the_store->classes.chunk_max;
    assert_int_equal(set_pattern(1, max + 100), STORE_OK);
    struct item *it = peek(key_number(1));
    struct item *last = item_at(*item_next(it));
    assert_ptr_not_equal(page_of(last), page_of(it));
    (void)sweep_class_of(last, SWEEP_CLOCK);
    assert_false(has_pattern(1, max + 100));
    assert_int_equal(counted(STORE_N_EVICTED), 1);
}

static void
test_what_is_being_written_is_left_alone(void **state)
{
    (void)state;
    struct store_key key = key_number(1);
    struct store_spec spec = {.n_value = 40000};
    struct store_put how = {.mode = STORE_SET};
    struct store_slot slot;
    struct store_stored stored;
    store_enter(self);
    assert_int_equal(store_reserve(self, &key, &spec, &slot), STORE_OK);
    store_leave(self);
    assert_int_equal(sweep_class_of(item_at(slot.offset), SWEEP_EMPTY).n_visited, 0);
    store_enter(self);
    store_slot_fill(self, &slot, 0, pattern(1, 40000), 40000);
    assert_int_equal(store_commit(self, &key, &slot, &how, &stored), STORE_OK);
    store_leave(self);
    assert_true(has_pattern(1, 40000));
}

int
main(void)
{
#define ON_STORE(test) cmocka_unit_test_setup_teardown(test, open_small, close_store)
    const struct CMUnitTest tests[] = {
        ON_STORE(test_only_what_is_dead_goes_when_the_dead_are_swept),
        ON_STORE(test_a_page_learns_when_something_expires_next),
        ON_STORE(test_the_clock_cools_the_warm_and_takes_the_cold),
        ON_STORE(test_the_dead_are_not_called_evicted),
        ON_STORE(test_emptying_a_page_moves_the_warm_and_evicts_the_cold),
        ON_STORE(test_a_chain_is_judged_at_its_item),
        ON_STORE(test_a_chain_goes_when_the_page_of_its_last_link_does),
        ON_STORE(test_what_is_being_written_is_left_alone),
    };
    return cmocka_run_group_tests_name("sweep", tests, NULL, NULL);
}
