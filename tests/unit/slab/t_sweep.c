/*
 * sweep: it frees expired and flushed items in every mode, evicts by the cut, and moves the items of a
 * page that is emptied.
 */
#include "slab/index/chain.h"
#include "slab/reclaim/sweep.h"

#include "slab/reclaim/expire.h"

#include "tests/unit/slab/storing.h"

static struct cutoff cutoff; /* filled and read by the sweep */

/* From now on items at this step and above are evicted. */
static void
cut_at(uint32_t step)
{
    atomic_store(&cutoff.at, step);
}

/* Sweeps every chunk of the item's class once. */
static struct sweep_tally
sweep_class_of(const struct item *it, enum sweep_mode mode)
{
    struct sweep_tally tally = {0};
    struct class *c = class_of_chunk(&the_store->classes, offset_of(it));
    struct class_run run;
    for (uint32_t left = c->n_pages * c->geometry->n_chunks; left > 0; left -= run.to - run.from) {
        assert_true(class_hold_run(c, UINT16_MAX, &run));
        sweep_run(self, c, &run, mode, &cutoff, &tally);
        class_hold_end(c, run.page);
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
        class_fence_lift(c, others[--n]);
}

static void
heat(uint64_t i, int times)
{
    while (times-- > 0)
        assert_non_null(get_key(key_number(i)));
}

static void
test_a_sweep_of_expired_items_frees_no_others(void **state)
{
    (void)state;
    uint32_t now = clock_now_s();
    for (uint64_t i = 300; i < 600; i++) /* keys of one length: one class */
        assert_int_equal(set_pattern_until(i, 10,
                             i % 3 == 0   ? now + 5
                             : i % 3 == 1 ? now + 50
                                          : 0),
            STORE_OK);
    struct item *it = peek(key_number(301));
    clock_shift(5);
    struct sweep_tally tally = sweep_class_of(it, SWEEP_EXPIRED);
    assert_int_equal(tally.n_visited, 300);
    assert_int_equal(tally.n_freed, 100);
    assert_int_equal(stats().n_items, 200);
    assert_int_equal(counted(STORE_N_EXPIRED), 100);
    assert_int_equal(counted(STORE_N_SWEPT_EXPIRED), 100);
    assert_int_equal(counted(STORE_N_SWEPT_VISITED), 300);
    for (uint64_t i = 300; i < 600; i++)
        assert_int_equal(has_pattern(i, 10), i % 3 != 0);
}

static void
test_a_page_stores_its_next_expiry(void **state)
{
    (void)state;
    uint32_t now = clock_now_s();
    assert_int_equal(set_pattern_until(1, 10, now + 5), STORE_OK);
    assert_int_equal(set_pattern_until(2, 10, now + 70), STORE_OK);
    assert_int_equal(set_pattern_until(3, 10, now + 60), STORE_OK);
    assert_int_equal(set_pattern(4, 10), STORE_OK);
    struct item *it = peek(key_number(2));
    uint32_t page = arena_page_of(&the_store->arena, offset_of(it));
    struct sweep_tally tally = {0};
    clock_shift(5);
    struct class *c = class_hold(&the_store->classes, page);
    sweep_page(self, c, page, SWEEP_EXPIRED, NULL, &tally);
    class_hold_end(c, page);
    assert_int_equal(tally.n_freed, 1);
    assert_int_equal(page_of(it)->soonest, now + 60);
}

static void
test_a_step_of_the_wall_clock_is_seen(void **state)
{
    (void)state;
    clock_init();
    expire_mark_stepped(the_store);
    int64_t unix_s = clock_zero_s() + clock_now_s();
    assert_int_equal(set_pattern_until(1, 10, clock_expiry_s(unix_s + 1000)), STORE_OK);
    assert_int_equal(set_pattern_until(2, 10, clock_expiry_s(1000)), STORE_OK);
    struct page *page = page_of(peek(key_number(1)));
    assert_int_equal(page->soonest, clock_now_s() + 1000);
    clock_step(2000);
    assert_int_equal(expire_sweep(self), 0); /* the page has the expiry from before the step */
    expire_mark_stepped(the_store);
    assert_int_equal(expire_sweep(self), 1);
    assert_int_equal(page->soonest, clock_now_s() + 1000);
    assert_false(has_pattern(1, 10));
    assert_true(has_pattern(2, 10));
    expire_mark_stepped(the_store); /* the clock has not stepped again */
    assert_int_equal(page->soonest, clock_now_s() + 1000);
    clock_step(-2000);
}

static void
test_a_flush_of_this_second_keeps_the_pages_expiry(void **state)
{
    (void)state;
    assert_int_equal(set_pattern_until(1, 10, clock_now_s() + 1000), STORE_OK);
    assert_int_equal(set_pattern_until(2, 10, clock_now_s() + 5), STORE_OK);
    struct page *page = page_of(peek(key_number(1)));
    clock_shift(5);
    flush(0);
    assert_int_equal(expire_sweep(self), 0); /* flushed items are freed in the next second */
    assert_true(page->soonest != 0);
}

/* The step that a sweep of only the item's own chunk reports to the cutoff. */
static unsigned
step_of(uint64_t i)
{
    const struct item *it = peek(key_number(i));
    struct class *c = class_of_chunk(&the_store->classes, offset_of(it));
    struct cutoff met;
    struct sweep_tally tally = {0};
    uint32_t page = arena_page_of(&the_store->arena, offset_of(it)), step = 0;
    uint32_t chunk = (uint32_t)((offset_of(it) - class_chunk(c, page, 0)) / c->geometry->size);
    cutoff_init(&met, CUTOFF_SHARE);
    sweep_run(self, c, &(struct class_run){page, chunk, chunk + 1}, SWEEP_LOOK, &met, &tally);
    cutoff_fini(&met);
    assert_int_equal(tally.n_visited, 1);
    while (met.recent[step] == 0)
        assert_true(++step < CUTOFF_STEPS);
    return step;
}

static void
test_items_above_the_cut_are_evicted(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 8; i++) {
        assert_int_equal(set_pattern(i, 10), STORE_OK);
        heat(i, (int)i);
    }
    clock_shift(10);
    struct item *it = peek(key_number(7));
    unsigned cold = step_of(0), last = UINT32_MAX;
    for (uint64_t i = 0; i < 8; i++) {
        unsigned step = step_of(i);
        assert_true(step < last); /* the more reads, the lower the step */
        last = step;
        cut_at(step);
        assert_int_equal(sweep_class_of(it, SWEEP_LOOK).n_freed, 0);
        assert_int_equal(sweep_class_of(it, SWEEP_EVICT).n_freed, 1);
        for (uint64_t k = 0; k < 8; k++)
            assert_int_equal(peek(key_number(k)) != NULL, k > i);
    }
    assert_int_equal(counted(STORE_N_EVICTED), 8);
    assert_int_equal(counted(STORE_N_EVICTED_UNFETCHED), 1);
    assert_true(cutoff.recent[cold] > 0); /* the sweep counted it in the histogram */
}

static void
test_fresh_items_rank_lowest(void **state)
{
    (void)state;
    assert_int_equal(set_pattern(1, 10), STORE_OK);
    heat(1, ITEM_HEAT_MAX);
    clock_shift(1);
    assert_int_equal(set_pattern(2, 500000), STORE_OK);
    assert_true(step_of(2) < step_of(1));
    clock_shift(1);
    assert_true(step_of(2) > step_of(1));
}

static uint64_t
evict_page_of(const struct item *it)
{
    struct sweep_tally tally = {0};
    struct class *c = class_of_chunk(&the_store->classes, offset_of(it));
    sweep_page(
        self, c, arena_page_of(&the_store->arena, offset_of(it)), SWEEP_EVICT, &the_store->cutoff, &tally);
    return tally.n_freed;
}

static void
test_the_newer_half_of_fresh_items_stays(void **state)
{
    (void)state;
    enum { FIRST = 10000, N = 4096 }; /* many more than a block of numbers; keys of one length */
    for (uint64_t i = FIRST; i < FIRST + N; i++)
        assert_int_equal(set_pattern(i, 10), STORE_OK);
    atomic_store(&the_store->cutoff.at, 0);
    assert_int_equal(evict_page_of(peek(key_number(FIRST + N - 1))), 0);
    assert_true(evict_page_of(peek(key_number(FIRST))) > 0);
    clock_shift(1);
    assert_true(evict_page_of(peek(key_number(FIRST + N - 1))) > 0);
}

static void
test_expired_and_flushed_items_are_not_counted_as_evicted(void **state)
{
    (void)state;
    assert_int_equal(set_pattern_until(1, 10, clock_now_s() + 5), STORE_OK);
    assert_int_equal(set_pattern(2, 10), STORE_OK);
    heat(1, 3);
    clock_shift(5);
    cut_at(0);
    (void)sweep_class_of(peek(key_number(2)), SWEEP_EVICT);
    assert_int_equal(counted(STORE_N_EXPIRED), 1);
    assert_int_equal(counted(STORE_N_EVICTED), 1);
    for (uint64_t i = 3; i < 5; i++)
        assert_int_equal(set_pattern(i, 10), STORE_OK);
    struct item *it = peek(key_number(3));
    flush(0);
    (void)sweep_class_of(it, SWEEP_EVICT);
    assert_int_equal(counted(STORE_N_FLUSHED), 2);
    assert_int_equal(counted(STORE_N_EVICTED), 1);
}

/* Fills a page with values of 1000 bytes, 0 to n - 1, and one more; returns n. */
static uint64_t
fill_page(void)
{
    uint64_t n = 0;
    do
        assert_int_equal(set_pattern(n++, 1000), STORE_OK);
    while (page_of(peek(key_number(n - 1))) == page_of(peek(key_number(0))));
    return n - 1;
}

static void
test_emptying_a_page_moves_its_items(void **state)
{
    (void)state;
    uint64_t on_page = fill_page();
    struct class *c = class_of_chunk(&the_store->classes, offset_of(peek(key_number(0))));
    uint32_t page = arena_page_of(&the_store->arena, offset_of(peek(key_number(0))));
    fence(c, page);
    struct sweep_tally tally = {0};
    store_thread_raid_all(the_store, true);
    sweep_page(self, c, page, SWEEP_MOVE, NULL, &tally);
    assert_int_equal(tally.n_freed, on_page);
    pass_epochs();
    assert_true(class_fence_release(c, page));
    assert_int_equal(counted(STORE_N_RELOCATED), on_page);
    assert_int_equal(counted(STORE_N_EVICTED), 0);
    assert_int_equal(count_there(0, on_page, 1000), on_page);
}

static void
test_items_without_space_are_evicted_only_if_permitted(void **state)
{
    (void)state;
    uint64_t on_page = fill_page(), n = on_page + 1;
    struct class *c = class_of_chunk(&the_store->classes, offset_of(peek(key_number(0))));
    uint32_t page = arena_page_of(&the_store->arena, offset_of(peek(key_number(0))));
    while (counted(STORE_N_EVICTED) == 0)
        assert_int_equal(set_pattern(n++, 1000), STORE_OK);
    store_thread_raid_all(the_store, true);
    uint64_t chunks[1000];
    size_t taken = 0, now;
    fence(c, page);
    while ((now = class_take(c, chunks + taken, 8)) > 0)
        taken += now;
    uint64_t evicted = counted(STORE_N_EVICTED), items = stats().n_items;
    struct sweep_tally tally = {0};
    sweep_page(self, c, page, SWEEP_MOVE, NULL, &tally);
    assert_int_equal(tally.n_freed, 0);
    assert_int_equal(stats().n_items, items);
    sweep_page(self, c, page, SWEEP_EMPTY, NULL, &tally);
    assert_int_equal(counted(STORE_N_EVICTED), evicted + tally.n_freed);
    assert_int_equal(stats().n_items, items - tally.n_freed);
    class_fence_lift(c, page);
    class_give(&the_store->classes, chunks, taken);
}

static void
test_a_chain_is_judged_at_its_item(void **state)
{
    (void)state;
    assert_int_equal(set_pattern(1, 40000), STORE_OK);
    heat(1, 1);
    struct item *it = peek(key_number(1));
    uint64_t n_chunks = 1;
    for (const struct link *link = chain_first(self->base, it); link != NULL;
         link = chain_next(self->base, link))
        n_chunks++;
    cut_at(CUTOFF_UNKNOWN);
    assert_int_equal(sweep_class_of(it, SWEEP_EVICT).n_visited, 1);
    cut_at(0);
    struct sweep_tally tally = sweep_class_of(it, SWEEP_EVICT);
    assert_int_equal(tally.n_freed, n_chunks);
    assert_false(has_pattern(1, 40000));
    assert_int_equal(counted(STORE_N_EVICTED), 1);
}

static void
test_a_chain_moves_when_the_page_of_its_last_link_is_emptied(void **state)
{
    (void)state;
    uint32_t max = the_store->classes.chunk_max;
    assert_int_equal(set_pattern(1, max + 100), STORE_OK);
    struct item *it = peek(key_number(1));
    struct item *last = item_at(self->base, *item_next(it));
    assert_ptr_not_equal(page_of(last), page_of(it));
    cut_at(0);
    (void)sweep_class_of(last, SWEEP_EVICT); /* links are not judged, their item is */
    assert_ptr_equal(peek(key_number(1)), it);
    (void)sweep_class_of(last, SWEEP_EMPTY);
    assert_true(has_pattern(1, max + 100));
    assert_int_equal(counted(STORE_N_RELOCATED), 1);
    assert_int_equal(item_seq(it), 0);
    assert_int_equal(counted(STORE_N_EVICTED), 0);
}

static void
test_items_being_written_stay(void **state)
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
    assert_int_equal(sweep_class_of(item_at(self->base, slot.offset), SWEEP_EMPTY).n_visited, 0);
    store_enter(self);
    store_slot_fill(self, &slot, 0, pattern(1, 40000), 40000);
    assert_int_equal(store_commit(self, &key, &slot, &how, &stored), STORE_OK);
    store_leave(self);
    assert_true(has_pattern(1, 40000));
}

/* The chunks of the store that the sweep takes for items or links. */
static uint64_t
count_seen(void)
{
    uint64_t n = 0;
    for (uint32_t page = 0; (page = class_next_page(&the_store->classes, page)) != 0;) {
        struct class *c = class_hold(&the_store->classes, page);
        for (uint32_t i = 0; c != NULL && i < c->geometry->n_chunks; i++)
            n += sweep_item_of(self, class_chunk(c, page, i)) != NULL;
        if (c != NULL)
            class_hold_end(c, page);
    }
    return n;
}

/* The chunks of a write that its client abandons were not visible, so they may be reused at once. */
static void
test_a_chain_that_is_being_written_is_not_seen(void **state)
{
    (void)state;
    struct store_key key = key_of("coming");
    struct store_spec spec = {.n_value = 50000};
    struct store_slot slot;
    store_enter(self);
    assert_int_equal(store_reserve(self, &key, &spec, &slot), STORE_OK);
    store_slot_fill(self, &slot, 0, pattern(1, 50000), 50000);
    assert_int_equal(count_seen(), 0);
    uint64_t offset = slot.offset;
    store_cancel(self, &slot);
    assert_int_equal(self->limbo.head, self->limbo.tail);
    assert_int_equal(store_reserve(self, &key, &spec, &slot), STORE_OK);
    assert_int_equal(slot.offset, offset);
    store_cancel(self, &slot);
    store_leave(self);
}

/* Its links were marked before the commit failed, so a sweep may be following one. */
static void
test_a_chain_that_was_refused_waits_in_limbo(void **state)
{
    (void)state;
    assert_int_equal(put("there", "1", STORE_SET), STORE_OK);
    struct store_key key = key_of("there");
    struct store_spec spec = {.n_value = 50000};
    struct store_put add = {.mode = STORE_ADD};
    struct store_slot slot;
    store_enter(self);
    assert_int_equal(store_reserve(self, &key, &spec, &slot), STORE_OK);
    uint64_t offset = slot.offset;
    assert_int_equal(store_commit(self, &key, &slot, &add, &last_stored), STORE_NOT_STORED);
    assert_int_equal(self->limbo.tail - self->limbo.head, 1);
    assert_int_equal(count_seen(), 1);
    assert_int_equal(store_reserve(self, &key, &spec, &slot), STORE_OK);
    assert_int_not_equal(slot.offset, offset);
    store_cancel(self, &slot);
    store_leave(self);
    pass_epochs();
    store_enter(self);
    assert_int_equal(store_reserve(self, &key, &spec, &slot), STORE_OK);
    assert_int_equal(slot.offset, offset);
    store_cancel(self, &slot);
    store_leave(self);
}

#ifdef LARDER_CHECKS_FULL
static struct store_thread *other;
static uint64_t n_between;

/* Runs between a sweep's read of a link's mark and its read of the item that the mark names. */
static void
remove_and_write_anew(uint64_t chunk)
{
    (void)chunk;
    struct store_key large = key_number(1), next = key_of("coming");
    struct store_spec spec = {.n_value = 50000};
    struct store_slot slot;
    n_between++;
    store_enter(other);
    assert_int_equal(store_remove(other, &large, false, 0), STORE_OK);
    store_leave(other);
    for (int i = 0; i < 8; i++) { /* the sweep is inside, so no grace period ends */
        (void)epoch_try_advance(other->epoch);
        store_enter(other);
        store_thread_harvest(other, UINT32_MAX);
        assert_int_equal(store_reserve(other, &next, &spec, &slot), STORE_OK);
        store_slot_fill(other, &slot, 0, pattern(2, 50000), 50000);
        store_cancel(other, &slot);
        store_leave(other);
    }
}
#endif

static void
test_between_a_link_and_its_item_neither_is_reused(void **state)
{
    (void)state;
#ifdef LARDER_CHECKS_FULL
    assert_int_equal(set_pattern(1, 50000), STORE_OK);
    uint64_t chunk = *item_next(peek(key_number(1)));
    other = store_thread_new(the_store);
    assert_non_null(other);
    store_enter(self);
    assert_non_null(sweep_item_of(self, chunk));
    sweep_between_loads = remove_and_write_anew;
    assert_null(sweep_item_of(self, chunk));
    sweep_between_loads = NULL;
    store_leave(self);
    assert_int_equal(n_between, 1);
    store_thread_free(&other);
#else
    skip();
#endif
}

int
main(void)
{
#define ON_STORE(test) cmocka_unit_test_setup_teardown(test, open_small, close_store)
    cutoff_init(&cutoff, CUTOFF_SHARE);
    const struct CMUnitTest tests[] = {
        ON_STORE(test_a_sweep_of_expired_items_frees_no_others),
        ON_STORE(test_a_page_stores_its_next_expiry),
        ON_STORE(test_a_step_of_the_wall_clock_is_seen),
        ON_STORE(test_a_flush_of_this_second_keeps_the_pages_expiry),
        ON_STORE(test_items_above_the_cut_are_evicted),
        ON_STORE(test_fresh_items_rank_lowest),
        ON_STORE(test_the_newer_half_of_fresh_items_stays),
        ON_STORE(test_expired_and_flushed_items_are_not_counted_as_evicted),
        ON_STORE(test_emptying_a_page_moves_its_items),
        ON_STORE(test_items_without_space_are_evicted_only_if_permitted),
        ON_STORE(test_a_chain_is_judged_at_its_item),
        ON_STORE(test_a_chain_moves_when_the_page_of_its_last_link_is_emptied),
        ON_STORE(test_items_being_written_stay),
        ON_STORE(test_a_chain_that_is_being_written_is_not_seen),
        ON_STORE(test_a_chain_that_was_refused_waits_in_limbo),
        ON_STORE(test_between_a_link_and_its_item_neither_is_reused),
    };
    return cmocka_run_group_tests_name("sweep", tests, NULL, NULL);
}
