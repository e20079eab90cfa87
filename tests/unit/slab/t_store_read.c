/* store_read: what a reader gets, how a read changes the item, and values that stay while they are sent. */
#include "slab/store.h"

#include "tests/unit/slab/storing.h"

static enum store_result
fetch(const char *name, const struct store_fetch *how, struct store_fetched *out)
{
    struct store_key key = key_of(name);
    store_enter(self);
    enum store_result r = store_fetch(self, &key, how, false, out);
    store_leave(self);
    return r;
}

static enum store_result
touch(const char *name, uint32_t exptime)
{
    struct store_key key = key_of(name);
    store_enter(self);
    enum store_result r = store_touch(self, &key, exptime);
    store_leave(self);
    return r;
}

/* ---- get and touch ----------------------------------------------------- */

static void
test_a_view_has_all_stored_fields(void **state)
{
    (void)state;
    struct store_spec spec = {
        .client_flags = 42, .exptime = clock_now_s() + 9, .n_value = 5, .key_is_binary = true};
    struct store_put how = {.mode = STORE_SET};
    struct store_key key = key_of("name");
    struct store_view v;
    uint32_t then = clock_now_s();
    assert_int_equal(put_as(key, &spec, &how, "value"), STORE_OK);
    clock_shift(3);
    store_enter(self);
    assert_int_equal(store_get(self, &key, &v), STORE_OK);
    assert_memory_equal(v.value, "value", 5);
    assert_int_equal(v.n_value, 5);
    assert_int_equal(v.client_flags, 42);
    assert_int_equal(v.exptime, then + 9);
    assert_int_equal(clock_second_of(v.stamp), then);
    assert_true(v.key_is_binary);
    assert_false(v.stale || v.token_sent || v.fetched);
    assert_true(bytes_equal(bytes_of(item_key(v.item), v.item->nkey), BYTES("name")));
    assert_int_equal(store_view_cas(self, &v), STORE_OK);
    assert_true(v.cas == last_stored.cas);
    assert_int_equal(store_get(self, &key, &v), STORE_OK);
    assert_true(v.fetched); /* set by the read before */
    assert_int_equal(clock_second_of(v.stamp), then + 3);
    store_leave(self);
    assert_int_equal(counted(STORE_N_GET_HITS), 2);
}

static void
test_a_miss_is_counted_with_its_cause(void **state)
{
    (void)state;
    assert_null(get("a"));
    assert_int_equal(put_until(key_of("b"), "1", 1, STORE_SET, clock_now_s() + 2), STORE_OK);
    clock_shift(2);
    assert_null(get("b"));
    assert_int_equal(set("c", "1"), STORE_OK);
    flush(0);
    assert_null(get("c"));
    assert_int_equal(counted(STORE_N_GET_MISSES), 3);
    assert_int_equal(counted(STORE_N_GET_EXPIRED), 1);
    assert_int_equal(counted(STORE_N_GET_FLUSHED), 1);
    assert_int_equal(counted(STORE_N_GET_HITS), 0);
    assert_int_equal(stats().n_items, 0);
}

static void
test_an_unlinked_item_has_no_cas_number(void **state)
{
    (void)state;
    struct store_view v;
    struct store_key key = key_of("a");
    assert_int_equal(set("a", "1"), STORE_OK);
    store_enter(self);
    assert_int_equal(store_get(self, &key, &v), STORE_OK);
    assert_int_equal(store_remove(self, &key, false, 0), STORE_OK);
    assert_int_equal(store_view_cas(self, &v), STORE_MISSING);
    assert_memory_equal(v.value, "1", 1); /* the value is still readable */
    store_leave(self);
}

static void
test_touch_moves_the_expiry_both_ways(void **state)
{
    (void)state;
    assert_int_equal(touch("a", 0), STORE_MISSING);
    assert_int_equal(put_until(key_of("a"), "1", 1, STORE_SET, clock_now_s() + 5), STORE_OK);
    assert_int_equal(touch("a", clock_now_s() + 20), STORE_OK);
    clock_shift(19);
    assert_int_equal(touch("a", 0), STORE_OK);
    clock_shift(1000);
    maintain_all(self);
    assert_string_equal(get("a"), "1");
    assert_int_equal(touch("a", clock_now_s() + 1), STORE_OK);
    clock_shift(1);
    maintain_all(self);
    assert_int_equal(stats().n_items, 0); /* the page knew the new expiry, so the item was swept */
    assert_int_equal(touch("a", 0), STORE_MISSING);
    assert_int_equal(counted(STORE_N_TOUCH_HITS), 3);
    assert_int_equal(counted(STORE_N_TOUCH_MISSES), 2);
}

static void
test_get_and_touch_shows_the_item_as_it_was(void **state)
{
    (void)state;
    struct store_view v;
    struct store_key key = key_of("a");
    assert_int_equal(put_until(key, "1", 1, STORE_SET, clock_now_s() + 5), STORE_OK);
    store_enter(self);
    assert_int_equal(store_get_and_touch(self, &key, clock_now_s() + 50, &v), STORE_OK);
    assert_int_equal(v.exptime, clock_now_s() + 5);
    assert_true(v.cas == last_stored.cas);
    key = key_of("b");
    assert_int_equal(store_get_and_touch(self, &key, 0, &v), STORE_MISSING);
    assert_null(v.item);
    store_leave(self);
    assert_int_equal(item_exptime(peek(key_of("a"))), clock_now_s() + 50);
}

/* ---- fetch: the meta get ----------------------------------------------- */

static void
test_a_fetch_without_bump_changes_nothing(void **state)
{
    (void)state;
    struct store_fetched f;
    assert_int_equal(set("a", "1"), STORE_OK);
    clock_shift(5);
    assert_int_equal(fetch("a", &(struct store_fetch){.no_bump = true}, &f), STORE_OK);
    struct item *it = peek(key_of("a"));
    assert_int_equal(it->heat, 0);
    assert_int_equal(clock_second_of(it->atime), clock_now_s() - 5);
    assert_int_equal(fetch("a", &(struct store_fetch){.touch = true, .exptime = 99}, &f), STORE_OK);
    assert_int_equal(f.view.exptime, 0);
    assert_int_equal(f.exptime_after, 99);
    assert_int_equal(it->heat, 1);
}

static void
test_the_first_reader_that_misses_makes_the_item_and_wins(void **state)
{
    (void)state;
    struct store_fetched f;
    struct store_fetch how = {
        .vivify = true, .vivify_exptime = clock_now_s() + 30, .has_cas_new = true, .cas_new = 8};
    assert_int_equal(fetch("a", &how, &f), STORE_OK);
    assert_true(f.created && f.won);
    assert_int_equal(f.vivify_result, STORE_OK);
    assert_int_equal(f.view.n_value, 0);
    assert_int_equal(f.exptime_after, how.vivify_exptime);
    assert_true(f.view.cas == 8);
    assert_int_equal(fetch("a", &how, &f), STORE_OK);
    assert_false(f.created || f.won);
    assert_true(f.view.token_sent);
    assert_int_equal(fetch("b", &(struct store_fetch){0}, &f), STORE_MISSING);
    assert_null(f.view.item);
    assert_int_equal(stats().n_items, 1);
}

static void
test_one_reader_wins_when_little_time_is_left(void **state)
{
    (void)state;
    struct store_fetched f;
    struct store_fetch how = {.recache = true, .recache_before = clock_now_s() + 30};
    assert_int_equal(put_until(key_of("a"), "1", 1, STORE_SET, clock_now_s() + 30), STORE_OK);
    assert_int_equal(fetch("a", &how, &f), STORE_OK);
    assert_false(f.won);
    how.recache_before++;
    assert_int_equal(fetch("a", &how, &f), STORE_OK);
    assert_true(f.won && !f.view.token_sent);
    assert_int_equal(fetch("a", &how, &f), STORE_OK);
    assert_true(!f.won && f.view.token_sent);
    assert_int_equal(set("a", "2"), STORE_OK); /* it never expires: no reader wins */
    assert_int_equal(fetch("a", &how, &f), STORE_OK);
    assert_false(f.won || f.view.token_sent);
}

static void
test_one_reader_wins_a_stale_item(void **state)
{
    (void)state;
    struct store_fetched f;
    struct store_view v;
    struct store_key key = key_of("a");
    assert_int_equal(set("a", "1"), STORE_OK);
    store_enter(self);
    assert_int_equal(store_invalidate(self, &key, &(struct store_invalidate){.mark_stale = true}), STORE_OK);
    assert_int_equal(store_get(self, &key, &v), STORE_OK);
    assert_true(v.stale);
    bool won;
    assert_int_equal(store_get_or_win(self, &key, false, true, &v, &won), STORE_OK);
    assert_true(won && v.stale && !v.token_sent);
    assert_int_equal(store_get_or_win(self, &key, false, true, &v, &won), STORE_OK);
    assert_true(!won && v.stale && v.token_sent);
    store_leave(self);
    assert_int_equal(fetch("a", &(struct store_fetch){0}, &f), STORE_OK);
    assert_true(f.view.stale && f.view.token_sent && !f.won);
}

static void
test_prefetching_changes_nothing(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 100; i += 2)
        assert_int_equal(set_pattern(i, 100), STORE_OK);
    store_enter(self);
    for (uint64_t i = 0; i < 100; i++) {
        struct store_key key = key_number(i);
        store_prefetch_index(self, &key);
        store_prefetch_item(self, &key);
    }
    store_leave(self);
    for (uint64_t i = 0; i < 100; i++)
        assert_int_equal(has_pattern(i, 100), i % 2 == 0);
}

/* ---- values held by senders -------------------------------------------- */

static void
test_a_held_value_outlives_delete_overwrite_and_pressure(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {STORE_HOLD_MIN, 7000, 50000};
    const struct item *held[N_OF(lengths)];
    for (uint64_t i = 0; i < N_OF(lengths); i++) {
        assert_int_equal(set_pattern(i, lengths[i]), STORE_OK);
        held[i] = hold(key_number(i));
    }
    assert_int_equal(drop(key_number(0)), STORE_OK);
    assert_int_equal(set_pattern(1, 3), STORE_OK);
    for (uint64_t i = 10; i < 4000; i++)
        assert_int_equal(set_pattern(i, (uint32_t)(i * 7919 % 9000)), STORE_OK);
    for (uint64_t i = 0; i < N_OF(lengths); i++)
        assert_memory_equal(read_out(self, held[i], lengths[i]), pattern(i, lengths[i]), lengths[i]);
    for (uint64_t i = 0; i < N_OF(lengths); i++)
        release(held[i]);
}

static void
test_the_last_release_frees_a_removed_item(void **state)
{
    (void)state;
    assert_int_equal(set_pattern(1, 50000), STORE_OK);
    const struct item *it = hold(key_number(1));
    assert_ptr_equal(hold(key_number(1)), it);
    assert_int_equal(drop(key_number(1)), STORE_OK);
    pass_epochs();
    release(it);
    assert_memory_equal(read_out(self, it, 50000), pattern(1, 50000), 50000);
    release(it);
    assert_sound(); /* each chunk has an owner again */
}

static void
test_a_hold_that_ends_early_costs_nothing(void **state)
{
    (void)state;
    assert_int_equal(set_pattern(1, 5000), STORE_OK);
    release(hold(key_number(1)));
    assert_true(has_pattern(1, 5000));
    const struct item *it = hold(key_number(1));
    assert_int_equal(drop(key_number(1)), STORE_OK);
    release(it); /* still in limbo */
    pass_epochs();
}

int
main(void)
{
#define ON_STORE(test) cmocka_unit_test_setup_teardown(test, open_small, close_store)
    const struct CMUnitTest tests[] = {
        ON_STORE(test_a_view_has_all_stored_fields),
        ON_STORE(test_a_miss_is_counted_with_its_cause),
        ON_STORE(test_an_unlinked_item_has_no_cas_number),
        ON_STORE(test_touch_moves_the_expiry_both_ways),
        ON_STORE(test_get_and_touch_shows_the_item_as_it_was),
        ON_STORE(test_a_fetch_without_bump_changes_nothing),
        ON_STORE(test_the_first_reader_that_misses_makes_the_item_and_wins),
        ON_STORE(test_one_reader_wins_when_little_time_is_left),
        ON_STORE(test_one_reader_wins_a_stale_item),
        ON_STORE(test_prefetching_changes_nothing),
        ON_STORE(test_a_held_value_outlives_delete_overwrite_and_pressure),
        ON_STORE(test_the_last_release_frees_a_removed_item),
        ON_STORE(test_a_hold_that_ends_early_costs_nothing),
    };
    return cmocka_run_group_tests_name("store_read", tests, NULL, NULL);
}
