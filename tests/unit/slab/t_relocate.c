/*
 * relocate: a moved item is the same item to clients; an item removed or replaced during the move is not
 * restored.
 */
#include "slab/index/chain.h"
#include "slab/form/relocate.h"

#include "slab/store/write.h"
#include "tests/unit/slab/storing.h"

static enum relocate_result
move(struct store_key key, struct item *it)
{
    store_enter(self);
    enum relocate_result r = relocate(self, it, key.hash, self->node);
    store_leave(self);
    return r;
}

static void
test_everything_about_an_item_moves_with_it(void **state)
{
    (void)state;
    struct store_spec spec = {.client_flags = 77, .exptime = clock_now_s() + 500, .n_value = 5000};
    struct store_put how = {.mode = STORE_SET};
    struct store_key key = key_of("a");
    assert_int_equal(put_as(key, &spec, &how, pattern(1, 5000)), STORE_OK);
    assert_non_null(get("a"));
    clock_shift(3);
    struct item *from = peek(key);
    uint64_t seq = item_seq(from);
    item_set_status(from, ITEM_STALE);
    struct store_stats before = stats();
    assert_int_equal(move(key, from), RELOCATE_DONE);
    struct item *to = peek(key);
    assert_ptr_not_equal(to, from);
    assert_int_equal(item_seq(to), seq);
    assert_int_equal(item_seq(from), 0);
    assert_int_equal(item_exptime(to), spec.exptime);
    assert_int_equal(item_flags(to), item_flags(from));
    assert_int_equal(item_client_flags(to), 77);
    assert_int_equal(to->heat, 1);
    assert_int_equal(clock_second_of(to->atime), clock_now_s() - 3);
    assert_memory_equal(item_value(to), pattern(1, 5000), 5000);
    assert_true(page_of(to)->soonest != 0 && page_of(to)->soonest <= spec.exptime);
    struct store_stats after = stats();
    assert_int_equal(after.n_items, before.n_items);
    assert_int_equal(after.n_bytes, before.n_bytes);
    assert_int_equal(after.n[STORE_N_RELOCATED], 1);
    assert_int_equal(after.n[STORE_N_LINKED], before.n[STORE_N_LINKED]);
}

static void
test_a_hold_stays_with_the_old_chunk(void **state)
{
    (void)state;
    assert_int_equal(set_pattern(1, 5000), STORE_OK);
    struct store_key key = key_number(1);
    struct item *from = hold(key);
    assert_int_equal(move(key, from), RELOCATE_DONE);
    assert_int_equal(*item_holds(peek(key)), 0);
    pass_epochs();
    for (uint64_t i = 2; i < 20; i++)
        assert_int_equal(set_pattern(i, 5000), STORE_OK);
    assert_memory_equal(item_value(from), pattern(1, 5000), 5000); /* its chunk was not reused */
    release(from);
}

static void
test_an_item_that_was_removed_stays_removed(void **state)
{
    (void)state;
    assert_int_equal(set("a", "1"), STORE_OK);
    struct item *it = peek(key_of("a"));
    assert_int_equal(drop(key_of("a")), STORE_OK);
    assert_int_equal(move(key_of("a"), it), RELOCATE_GONE);
    assert_null(get("a"));
}

static void
test_an_item_that_was_replaced_stays_replaced(void **state)
{
    (void)state;
    assert_int_equal(set("a", "1"), STORE_OK);
    struct item *it = peek(key_of("a"));
    assert_int_equal(set("a", "2"), STORE_OK);
    assert_int_equal(move(key_of("a"), it), RELOCATE_GONE);
    assert_string_equal(get("a"), "2");
    assert_int_equal(counted(STORE_N_RELOCATED), 0);
}

static size_t
chunks_of(const struct item *it)
{
    size_t n = 1;
    for (const struct link *link = chain_first(self->base, it); link != NULL;
         link = chain_next(self->base, link))
        n++;
    return n;
}

static void
test_a_chain_moves_as_a_whole(void **state)
{
    (void)state;
    assert_int_equal(set_pattern(1, 20000), STORE_OK);
    struct item *from = peek(key_number(1));
    size_t n = chunks_of(from);
    assert_true(n > 1);
    assert_int_equal(move(key_number(1), from), RELOCATE_DONE);
    struct item *to = peek(key_number(1));
    assert_ptr_not_equal(to, from);
    assert_ptr_not_equal(item_at(self->base, *item_next(to)), item_at(self->base, *item_next(from)));
    assert_int_equal(chunks_of(to), n);
    assert_true(has_pattern(1, 20000));
    assert_sound();
}

/* While a sender holds the old chain, none of its chunks is reused. */
static void
test_a_held_chain_stays_whole_in_its_old_chunks(void **state)
{
    (void)state;
    assert_int_equal(set_pattern(1, 20000), STORE_OK);
    struct item *from = hold(key_number(1));
    assert_int_equal(move(key_number(1), from), RELOCATE_DONE);
    pass_epochs();
    for (uint64_t i = 2; i < 10; i++)
        assert_int_equal(set_pattern(i, 20000), STORE_OK);
    struct iovec span;
    uint32_t at = 0;
    struct write_cursor c = {0, 0};
    for (uint32_t before = 0; write_spans_from(self, from, &c, &at, &span, 1) == 1; before = at)
        assert_memory_equal(span.iov_base, pattern(1, 20000) + before, span.iov_len);
    assert_int_equal(at, 20000);
    release(from);
}

/* The free chunks of all classes. */
static uint64_t
free_chunks(void)
{
    uint64_t n = 0;
    for (uint32_t id = 1; id <= the_store->classes.n; id++)
        n += class_free_chunks(class_at(&the_store->classes, 0, id));
    return n;
}

static void
test_a_chain_that_fits_only_in_part_stays(void **state)
{
    (void)state;
    uint64_t n = 0;
    while (set_pattern(n, 20000) == STORE_OK)
        n++;
    store_thread_raid_all(the_store, true);
    uint64_t before = free_chunks();
    assert_int_equal(move(key_number(0), peek(key_number(0))), RELOCATE_NO_CHUNK);
    assert_true(has_pattern(0, 20000));
    store_thread_raid_all(the_store, true);
    assert_int_equal(free_chunks(), before);
}

static void
test_without_a_free_chunk_it_stays(void **state)
{
    (void)state;
    uint64_t n = 0;
    while (set_pattern(n, 7000) == STORE_OK)
        n++;
    store_enter(self);
    uint32_t id = store_thread_class_of(self, peek_inside(key_number(0)));
    store_leave(self);
    assert_int_equal(self->magazines[id].n, 0);
    assert_int_equal(move(key_number(0), peek(key_number(0))), RELOCATE_NO_CHUNK);
    assert_true(has_pattern(0, 7000));
}

int
main(void)
{
#define ON_STORE(test) cmocka_unit_test_setup_teardown(test, open_small, close_store)
    const struct CMUnitTest tests[] = {
        ON_STORE(test_everything_about_an_item_moves_with_it),
        ON_STORE(test_a_hold_stays_with_the_old_chunk),
        ON_STORE(test_an_item_that_was_removed_stays_removed),
        ON_STORE(test_an_item_that_was_replaced_stays_replaced),
        ON_STORE(test_a_chain_moves_as_a_whole),
        ON_STORE(test_a_held_chain_stays_whole_in_its_old_chunks),
        cmocka_unit_test_setup_teardown(
            test_a_chain_that_fits_only_in_part_stays, open_small_no_evict, close_store),
        cmocka_unit_test_setup_teardown(test_without_a_free_chunk_it_stays, open_small_no_evict, close_store),
    };
    return cmocka_run_group_tests_name("relocate", tests, NULL, NULL);
}
