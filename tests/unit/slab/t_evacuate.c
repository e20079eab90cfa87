/*
 * evacuate: sparse pages are freed, their items are moved, and a page with an item in use is left
 * unchanged.
 */
#include "slab/reclaim/evacuate.h"

#include "slab/form/relocate.h"

#include "tests/unit/slab/storing.h"

enum { N = 400, SIZE = 1000 };

static struct class *
class_holding(uint64_t i)
{
    return class_of_chunk(&the_store->classes, offset_of(peek(key_number(i))));
}

static uint64_t
pool_pages(void)
{
    return atomic_load(&the_store->classes.pools[0].n_free);
}

/* Sets N values and removes all but every k-th. */
static struct class *
make_sparse(uint64_t k)
{
    fill(0, N, SIZE);
    struct class *c = class_holding(0);
    for (uint64_t i = 0; i < N; i++)
        if (i % k != 0)
            assert_int_equal(drop(key_number(i)), STORE_OK);
    store_settle(self);
    return c;
}

static void
assert_all_there(uint64_t k)
{
    for (uint64_t i = 0; i < N; i += k)
        assert_true(has_pattern(i, SIZE));
    assert_int_equal(counted(STORE_N_EVICTED), 0);
    assert_sound();
}

static void
test_sparse_pages_are_freed_and_no_item_is_lost(void **state)
{
    (void)state;
    struct class *c = make_sparse(4);
    uint64_t before = class_pages(c), pool = pool_pages(), n = 0, now;
    while ((now = evacuate_sparse(self, 0, CLASS_NONE)) > 0)
        n += now;
    assert_true(n >= before / 2);
    assert_int_equal(class_pages(c), before - n);
    assert_int_equal(pool_pages(), pool + n);
    assert_int_equal(stats().n_pages_moved, n);
    assert_true(class_free_chunks(c) < 2 * c->geometry->n_chunks);
    assert_all_there(4);
}

static void
test_a_class_keeps_free_chunks_for_less_than_a_page(void **state)
{
    (void)state;
    fill(0, N, SIZE);
    struct class *c = class_holding(0);
    while (class_free_chunks(c) + 1 < c->geometry->n_chunks) {
        static uint64_t next;
        assert_int_equal(drop(key_number(next)), STORE_OK);
        next += 7;
        store_settle(self);
    }
    uint64_t before = class_pages(c), there = count_there(0, N, SIZE);
    assert_int_equal(evacuate_sparse(self, 0, CLASS_NONE), 0);
    assert_int_equal(class_pages(c), before);
    assert_int_equal(count_there(0, N, SIZE), there);
}

static void
test_the_class_that_needs_a_page_is_not_evacuated(void **state)
{
    (void)state;
    struct class *c = make_sparse(4);
    assert_int_equal(evacuate_sparse(self, 0, c->id), 0);
    assert_true(evacuate_sparse(self, 0, CLASS_NONE) > 0);
}

/*
 * Each value has two chunks, of two classes.  If moving them frees a page of one class, the other must not
 * need a new one.
 */
static void
test_moving_chains_does_not_cost_another_class_a_page(void **state)
{
    (void)state;
    enum { N_CHAINED = 200, CHAINED_SIZE = 10000 };
    for (uint64_t k = 2; k < 12; k++) {
        uint64_t n_there = 0;
        fill(0, N_CHAINED, CHAINED_SIZE);
        for (uint64_t i = 0; i < N_CHAINED; i++)
            if (i % k == 0)
                assert_int_equal(drop(key_number(i)), STORE_OK);
        store_settle(self);
        uint64_t pool = pool_pages(), n;
        while ((n = evacuate_sparse(self, 0, CLASS_NONE)) > 0) {
            assert_int_equal(pool_pages(), pool + n);
            pool += n;
        }
        for (uint64_t i = 0; i < N_CHAINED; i++)
            n_there += i % k != 0 && has_pattern(i, CHAINED_SIZE);
        assert_int_equal(n_there, N_CHAINED - (N_CHAINED + k - 1) / k);
        for (uint64_t i = 0; i < N_CHAINED; i++)
            assert_int_equal(drop(key_number(i)), i % k == 0 ? STORE_MISSING : STORE_OK);
        store_settle(self);
    }
}

static int
open_for_giants(void **state)
{
    (void)state;
    struct store_options o = small_store();
    o.limit = (size_t)32 << 20;
    o.item_max = o.limit / 2;
    o.evict = false;
    open_store(&o);
    return 0;
}

/* A value too large to be copied in one step stays, and then no other item of its page is moved. */
static void
test_a_page_with_an_item_that_cannot_move_stays(void **state)
{
    (void)state;
    enum { SMALL = 8000 };
    fill(0, 4, SMALL);
    struct class *c = class_holding(0);
    assert_int_equal(set_pattern(4, RELOCATE_MOST), STORE_OK); /* fills the rest of their page */
    fill(5, 11, SMALL);                                        /* on a page with space for one or two more */
    for (uint64_t i = 0; i < 4; i++)
        if (i != 1)
            assert_int_equal(drop(key_number(i)), STORE_OK);
    store_settle(self);
    const struct item *where = peek(key_number(1));
    assert_true(class_free_chunks(c) > 3);
    assert_false(evacuate_class(self, c)); /* their page is the sparsest */
    assert_ptr_equal(peek(key_number(1)), where);
    assert_true(has_pattern(1, SMALL) && has_pattern(4, RELOCATE_MOST));
}

static void
test_heat_and_expiry_move_with_the_item(void **state)
{
    (void)state;
    uint32_t exptime = clock_now_s() + 100;
    fill(0, N, SIZE);
    for (uint64_t i = 0; i < N; i += 4)
        assert_int_equal(set_pattern_until(i, SIZE, exptime), STORE_OK);
    assert_true(has_pattern(8, SIZE) && has_pattern(8, SIZE));
    for (uint64_t i = 0; i < N; i++)
        if (i % 4 != 0)
            assert_int_equal(drop(key_number(i)), STORE_OK);
    store_settle(self);
    while (evacuate_sparse(self, 0, CLASS_NONE) > 0)
        ;
    assert_true(counted(STORE_N_RELOCATED) > 0);
    assert_int_equal(atomic_load(&peek(key_number(8))->heat), 2);
    for (uint64_t i = 0; i < N; i += 4)
        assert_int_equal(item_exptime(peek(key_number(i))), exptime);
    clock_shift(100);
    maintain_all(self); /* the items are swept, because the new pages know their expiry */
    assert_int_equal(stats().n_items, 0);
}

/* ---- in use ------------------------------------------------------------- */

enum { N_HELD = 64, HELD_SIZE = 8000 };

static void
test_a_page_with_a_value_being_sent_stays(void **state)
{
    (void)state;
    struct item *held[N_HELD];
    fill(0, N_HELD, HELD_SIZE);
    struct class *c = class_holding(0);
    for (uint64_t i = 0; i < N_HELD; i += 4)
        held[i] = hold(key_number(i));
    for (uint64_t i = 0; i < N_HELD; i++)
        if (i % 4 != 0)
            assert_int_equal(drop(key_number(i)), STORE_OK);
    store_settle(self);
    uint64_t before = class_pages(c);
    assert_int_equal(evacuate_sparse(self, 0, CLASS_NONE), 0);
    assert_false(evacuate_class(self, c));
    assert_int_equal(class_pages(c), before);
    for (uint64_t i = 0; i < N_HELD; i += 4)
        assert_ptr_equal(peek(key_number(i)), held[i]); /* not moved */
    for (uint64_t i = 0; i < N_HELD; i += 4)
        release(held[i]);
    assert_true(evacuate_sparse(self, 0, CLASS_NONE) > 0);
    for (uint64_t i = 0; i < N_HELD; i += 4)
        assert_true(has_pattern(i, HELD_SIZE));
}

static void
test_a_page_with_a_value_being_received_stays(void **state)
{
    (void)state;
    struct store_key key = key_of("coming");
    struct store_spec spec = {.n_value = SIZE};
    struct store_put how = {.mode = STORE_SET};
    struct store_slot slot;
    struct store_stored stored;
    store_enter(self);
    assert_int_equal(store_reserve(self, &key, &spec, &slot), STORE_OK);
    store_leave(self);
    struct class *c = class_of_chunk(&the_store->classes, slot.offset);
    assert_false(evacuate_class(self, c)); /* its only page */
    assert_int_equal(class_pages(c), 1);
    store_enter(self);
    store_slot_fill(self, &slot, 0, pattern(1, SIZE), SIZE);
    assert_int_equal(store_commit(self, &key, &slot, &how, &stored), STORE_OK);
    store_leave(self);
    assert_memory_equal(get("coming"), pattern(1, SIZE), SIZE);
}

/* ---- forced, and without need -------------------------------------------- */

static void
test_forced_evacuation_evicts_items_without_space(void **state)
{
    (void)state;
    while (counted(STORE_N_EVICTED) == 0)
        fill(stats().n_items, stats().n_items + 1, SIZE);
    struct class *c = NULL;
    for (uint64_t i = 0; c == NULL; i++)
        c = peek(key_number(i)) != NULL ? class_holding(i) : NULL;
    uint32_t units = 0;
    while (class_take_unit(&the_store->classes)) /* so that the class cannot grow while it is emptied */
        units++;
    uint64_t pages = class_pages(c), items = stats().n_items, evicted = counted(STORE_N_EVICTED);
    assert_true(evacuate_class(self, c));
    assert_int_equal(class_pages(c), pages - 1);
    uint64_t lost = counted(STORE_N_EVICTED) - evicted;
    assert_int_equal(stats().n_items, items - lost);
    assert_in_range(lost, 1, c->geometry->n_chunks);
    while (units-- > 0)
        arena_budget_give(&the_store->arena);
    assert_every_loss_is_counted(0);
}

static void
test_without_eviction_forced_evacuation_loses_nothing(void **state)
{
    (void)state;
    uint64_t n = 0;
    while (set_pattern(n, SIZE) == STORE_OK)
        n++;
    struct class *c = class_holding(0);
    store_settle(self);
    uint64_t pages = class_pages(c);
    assert_false(evacuate_class(self, c));
    assert_int_equal(class_pages(c), pages);
    assert_int_equal(count_there(0, n, SIZE), n);
}

static void
test_an_empty_page_is_freed_for_any_class(void **state)
{
    (void)state;
    struct class *c = make_sparse(N); /* one item stays */
    uint64_t pages = class_pages(c);
    assert_false(evacuate_empty(self, 0, c->id));
    for (uint64_t i = 1; i < pages; i++)
        assert_true(evacuate_empty(self, 0, CLASS_NONE));
    assert_false(evacuate_empty(self, 0, CLASS_NONE));
    assert_int_equal(class_pages(c), 1);
    assert_true(has_pattern(0, SIZE));
}

int
main(void)
{
#define ON_STORE(test) cmocka_unit_test_setup_teardown(test, open_small, close_store)
#define IN_LARGE(test) cmocka_unit_test_setup_teardown(test, open_large, close_store)
#define NO_EVICT(test) cmocka_unit_test_setup_teardown(test, open_small_no_evict, close_store)
    const struct CMUnitTest tests[] = {
        ON_STORE(test_sparse_pages_are_freed_and_no_item_is_lost),
        ON_STORE(test_a_class_keeps_free_chunks_for_less_than_a_page),
        ON_STORE(test_the_class_that_needs_a_page_is_not_evacuated),
        IN_LARGE(test_moving_chains_does_not_cost_another_class_a_page),
        cmocka_unit_test_setup_teardown(
            test_a_page_with_an_item_that_cannot_move_stays, open_for_giants, close_store),
        ON_STORE(test_heat_and_expiry_move_with_the_item),
        ON_STORE(test_a_page_with_a_value_being_sent_stays),
        ON_STORE(test_a_page_with_a_value_being_received_stays),
        ON_STORE(test_forced_evacuation_evicts_items_without_space),
        NO_EVICT(test_without_eviction_forced_evacuation_loses_nothing),
        ON_STORE(test_an_empty_page_is_freed_for_any_class),
    };
    return cmocka_run_group_tests_name("evacuate", tests, NULL, NULL);
}
