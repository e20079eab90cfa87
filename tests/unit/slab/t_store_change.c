/* store_change: removing, invalidating, counting and flushing: every result, and no effect on other items. */
#include <pthread.h>

#include "slab/store.h"

#include "tests/unit/slab/storing.h"

static enum store_result
remove_if(const char *name, uint64_t cas)
{
    struct store_key key = key_of(name);
    store_enter(self);
    enum store_result r = store_remove(self, &key, true, cas);
    store_leave(self);
    return r;
}

static enum store_result
invalidate(const char *name, const struct store_invalidate *how)
{
    struct store_key key = key_of(name);
    store_enter(self);
    enum store_result r = store_invalidate(self, &key, how);
    store_leave(self);
    return r;
}

static struct store_number number;

static enum store_result
arith(const char *name, const struct store_arith *how)
{
    struct store_key key = key_of(name);
    store_enter(self);
    enum store_result r = store_arith(self, &key, how, &number);
    store_leave(self);
    return r;
}

static enum store_result
incr(const char *name, uint64_t delta)
{
    return arith(name, &(struct store_arith){.delta = delta});
}

static enum store_result
decr(const char *name, uint64_t delta)
{
    return arith(name, &(struct store_arith){.decr = true, .delta = delta});
}

/* ---- remove ----------------------------------------------------------- */

static void
test_remove_compares_the_cas_number(void **state)
{
    (void)state;
    assert_int_equal(drop(key_of("a")), STORE_MISSING);
    assert_int_equal(set("a", "1"), STORE_OK);
    assert_int_equal(remove_if("a", last_stored.cas + 1), STORE_EXISTS);
    assert_int_equal(remove_if("a", last_stored.cas), STORE_OK);
    assert_null(get("a"));
    assert_int_equal(counted(STORE_N_DELETE_HITS), 1);
    assert_int_equal(counted(STORE_N_DELETE_MISSES), 2);
}

static void
test_removing_an_expired_item_is_a_miss_and_counts_as_expiry(void **state)
{
    (void)state;
    assert_int_equal(put_until(key_of("a"), "1", 1, STORE_SET, clock_now_s() + 1), STORE_OK);
    clock_shift(1);
    assert_int_equal(drop(key_of("a")), STORE_MISSING);
    assert_int_equal(counted(STORE_N_EXPIRED), 1);
    assert_int_equal(counted(STORE_N_DELETE_HITS), 0);
    assert_int_equal(stats().n_items, 0);
}

static void
test_forget_is_not_counted_as_a_delete(void **state)
{
    (void)state;
    struct store_key key = key_of("a");
    assert_int_equal(set("a", "1"), STORE_OK);
    store_enter(self);
    store_forget(self, &key);
    store_forget(self, &key);
    store_leave(self);
    assert_null(get("a"));
    assert_int_equal(counted(STORE_N_DELETE_HITS) + counted(STORE_N_DELETE_MISSES), 0);
}

/* ---- invalidate -------------------------------------------------------- */

static void
test_a_stale_item_keeps_its_value_and_gets_a_new_number(void **state)
{
    (void)state;
    assert_int_equal(set_pattern(1, 30000), STORE_OK);
    uint64_t cas = last_stored.cas;
    struct store_key key = key_number(1);
    struct item *before = peek(key);
    assert_int_equal(invalidate(key.p, &(struct store_invalidate){.mark_stale = true}), STORE_OK);
    assert_ptr_equal(peek(key), before); /* in place: nothing that readers copy has changed */
    assert_true(item_seq(before) > cas);
    assert_true(item_flags(before) & ITEM_STALE);
    assert_true(has_pattern(1, 30000));
    assert_int_equal(invalidate("none", &(struct store_invalidate){.mark_stale = true}), STORE_MISSING);
    struct store_invalidate how = {.mark_stale = true, .has_cas = true, .cas = cas};
    assert_int_equal(invalidate(key.p, &how), STORE_EXISTS);
    how = (struct store_invalidate){.mark_stale = true, .touch = true, .exptime = clock_now_s() + 5};
    assert_int_equal(invalidate(key.p, &how), STORE_OK);
    assert_int_equal(item_exptime(peek(key)), clock_now_s() + 5);
}

static void
test_a_stale_item_may_get_the_number_that_the_client_chose(void **state)
{
    (void)state;
    struct store_key key = key_of("a");
    struct store_invalidate how = {.mark_stale = true, .has_cas_new = true, .cas_new = 99};
    assert_int_equal(set("a", "one"), STORE_OK);
    assert_string_equal(get("a"), "one");
    assert_int_equal(invalidate("a", &how), STORE_OK);
    struct item *it = peek(key);
    assert_true(find_cas(it) == 99);
    assert_true((item_flags(it) & ITEM_STALE) && (item_flags(it) & ITEM_FETCHED));
    assert_string_equal(get("a"), "one");
    /* then the number is the server's again, although the item's shape has a field for the client's */
    how = (struct store_invalidate){.mark_stale = true};
    assert_int_equal(invalidate("a", &how), STORE_OK);
    assert_true(find_cas(peek(key)) != 99);
    assert_string_equal(get("a"), "one");
}

static void
test_a_dropped_value_leaves_an_empty_item(void **state)
{
    (void)state;
    struct store_invalidate how = {.drop_value = true, .client_flags = 7, .exptime = clock_now_s() + 9};
    assert_int_equal(set("a", "one"), STORE_OK);
    uint64_t cas = last_stored.cas;
    assert_int_equal(invalidate("a", &how), STORE_OK);
    struct item *it = peek(key_of("a"));
    assert_string_equal(get("a"), "");
    assert_int_equal(item_client_flags(it), 7);
    assert_int_equal(item_exptime(it), how.exptime);
    assert_true(find_cas(it) == cas); /* the number stays unless the item becomes stale */
    how.mark_stale = true;
    assert_int_equal(invalidate("a", &how), STORE_OK);
    assert_true(find_cas(peek(key_of("a"))) != cas);
}

/* ---- arithmetic -------------------------------------------------------- */

static void
test_counting_up_and_down(void **state)
{
    (void)state;
    assert_int_equal(set("n", "5"), STORE_OK);
    assert_int_equal(incr("n", 10), STORE_OK);
    assert_true(number.number == 15 && !number.created);
    assert_string_equal(get("n"), "15");
    assert_int_equal(decr("n", 7), STORE_OK);
    assert_string_equal(get("n"), "8 "); /* as long as before, padded with spaces as in memcached */
    assert_int_equal(decr("n", 100), STORE_OK);
    assert_true(number.number == 0);
    assert_int_equal(set("n", "18446744073709551615"), STORE_OK);
    assert_int_equal(incr("n", 2), STORE_OK);
    assert_true(number.number == 1);
    assert_int_equal(incr("none", 1), STORE_MISSING);
    assert_int_equal(decr("none", 1), STORE_MISSING);
    assert_int_equal(counted(STORE_N_INCR_HITS), 2);
    assert_int_equal(counted(STORE_N_DECR_HITS), 2);
    assert_int_equal(counted(STORE_N_INCR_MISSES), 1);
    assert_int_equal(counted(STORE_N_DECR_MISSES), 1);
}

static void
test_a_value_that_is_no_number_stays(void **state)
{
    (void)state;
    static const char *const values[] = {"", "x", "1x", "-1", "18446744073709551616", " ", "+", "1.5"};
    for (size_t i = 0; i < N_OF(values); i++) {
        assert_int_equal(set("n", values[i]), STORE_OK);
        assert_int_equal(incr("n", 1), STORE_NOT_NUMBER);
        assert_string_equal(get("n"), values[i]);
    }
    assert_int_equal(set_pattern(1, 30000), STORE_OK);
    assert_int_equal(incr(key_number(1).p, 1), STORE_NOT_NUMBER);
}

static void
test_counting_keeps_flags_and_expiry(void **state)
{
    (void)state;
    struct store_spec spec = {.client_flags = 5, .exptime = clock_now_s() + 10, .n_value = 1};
    struct store_put how = {.mode = STORE_SET};
    assert_int_equal(put_as(key_of("n"), &spec, &how, "9"), STORE_OK);
    assert_int_equal(incr("n", 1), STORE_OK);
    struct item *it = peek(key_of("n"));
    assert_int_equal(item_client_flags(it), 5);
    assert_int_equal(item_exptime(it), spec.exptime);
    assert_true(number.cas == item_seq(it));
    assert_int_equal(number.exptime, spec.exptime);
    assert_int_equal(arith("n", &(struct store_arith){.touch = true, .exptime = 12345}), STORE_OK);
    assert_int_equal(number.exptime, spec.exptime);
    assert_int_equal(number.exptime_after, 12345);
}

static void
test_a_number_keeps_its_history_until_it_grows(void **state)
{
    (void)state;
    assert_int_equal(set("n", "8"), STORE_OK);
    assert_string_equal(get("n"), "8");
    assert_int_equal(incr("n", 1), STORE_OK);
    assert_int_equal(peek(key_of("n"))->heat, 1);
    assert_true(item_flags(peek(key_of("n"))) & ITEM_FETCHED);
    assert_int_equal(incr("n", 1), STORE_OK);
    assert_int_equal(peek(key_of("n"))->heat, 0);
    assert_false(item_flags(peek(key_of("n"))) & ITEM_FETCHED);
}

static void
test_counting_may_require_and_choose_a_cas_number(void **state)
{
    (void)state;
    struct store_arith how = {.delta = 1, .has_cas = true, .has_cas_new = true, .cas_new = 50};
    assert_int_equal(set("n", "1"), STORE_OK);
    how.cas = last_stored.cas + 1;
    assert_int_equal(arith("n", &how), STORE_EXISTS);
    how.cas--;
    assert_int_equal(arith("n", &how), STORE_OK);
    assert_true(number.cas == 50);
    how.cas = 0; /* 0 matches any item */
    assert_int_equal(arith("n", &how), STORE_OK);
    assert_string_equal(get("n"), "3");
}

static void
test_a_missing_number_may_be_created(void **state)
{
    (void)state;
    struct store_arith how = {
        .delta = 5, .vivify = true, .initial = UINT64_MAX, .vivify_exptime = clock_now_s() + 3};
    assert_int_equal(arith("n", &how), STORE_OK);
    assert_true(number.created && number.number == UINT64_MAX);
    assert_int_equal(number.exptime_after, how.vivify_exptime);
    assert_string_equal(get("n"), "18446744073709551615");
    assert_int_equal(arith("n", &how), STORE_OK);
    assert_true(!number.created && number.number == 4);
}

/* A number padded with spaces so that its chunk is full to the last byte; the next chunk must stay intact. */
static void
test_a_number_that_fills_its_chunk_stays_in_it(void **state)
{
    (void)state;
    uint32_t max = the_store->classes.chunk_max, n = max - 24 - 4 - 1;
    char *value = malloc(n);
    memset(value, ' ', n);
    value[0] = '7';
    for (uint32_t less = 0; less < 24; less++) {
        struct store_put how = {.mode = STORE_SET};
        struct store_spec spec = {.n_value = n - less};
        assert_int_equal(put_as(key_of("n"), &spec, &how, value), STORE_OK);
        assert_int_equal(put_as(key_of("m"), &spec, &how, value), STORE_OK);
        assert_int_equal(arith("n", &(struct store_arith){.has_cas_new = true, .cas_new = 1}), STORE_OK);
        assert_memory_equal(get("n"), value, spec.n_value);
        assert_memory_equal(get("m"), value, spec.n_value);
        assert_sound();
    }
    free(value);
}

/* ---- flush ------------------------------------------------------------- */

static void
test_a_flush_covers_all_items_before_it_and_none_after(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 500; i++)
        assert_int_equal(set_pattern(i, 20), STORE_OK);
    flush(0);
    for (uint64_t i = 250; i < 750; i++)
        assert_int_equal(set_pattern(i, 20), STORE_OK); /* in the same second */
    for (uint64_t i = 0; i < 750; i++)
        assert_int_equal(has_pattern(i, 20), i >= 250);
    maintain_all(self);
    for (uint64_t i = 250; i < 750; i++)
        assert_true(has_pattern(i, 20));
    assert_int_equal(stats().n_items, 500);
    assert_int_equal(counted(STORE_N_FLUSHED), 500);
}

static void
test_an_item_set_by_another_thread_after_a_flush_stays(void **state)
{
    (void)state;
    struct store_thread *other = store_thread_new(the_store), *me = self;
    assert_int_equal(set("a", "1"), STORE_OK);
    self = other;
    assert_int_equal(set("b", "1"), STORE_OK);
    self = me;
    flush(0);
    self = other; /* its block of numbers is from before the flush */
    assert_int_equal(set("c", "1"), STORE_OK);
    self = me;
    assert_null(get("a"));
    assert_null(get("b"));
    assert_string_equal(get("c"), "1");
    store_thread_free(&other);
}

static void
test_a_delayed_flush_waits_and_a_new_one_replaces_it(void **state)
{
    (void)state;
    assert_int_equal(set("a", "1"), STORE_OK);
    flush(clock_now_s() + 10);
    assert_int_equal(stats().flush_at, clock_now_s() + 10);
    flush(clock_now_s() + 20);
    clock_shift(19);
    store_tick(the_store);
    assert_string_equal(get("a"), "1");
    clock_shift(1);
    store_tick(the_store);
    assert_null(get("a"));
    assert_int_equal(stats().flush_at, 0);
    assert_int_equal(set("a", "2"), STORE_OK);
    flush(clock_now_s() + 10);
    flush(0); /* flushes now, and cancels the delayed flush */
    assert_int_equal(set("a", "3"), STORE_OK);
    clock_shift(10);
    store_tick(the_store);
    assert_string_equal(get("a"), "3");
}

enum { N_FLUSHERS = 4, N_FLUSHES = 1000000 };

/* Returns how many of its flushes did not cover all numbers that were drawn before. */
static void *
flush_often(void *arg)
{
    struct store_thread *t = arg;
    uintptr_t n_bad = 0;
    for (int i = 0; i < N_FLUSHES; i++) {
        uint64_t drawn = atomic_load(&t->sb->seq);
        store_flush(t, 0);
        for (int k = 0; k < 32; k++) /* the other's store may become visible late */
            n_bad += atomic_load(&t->sb->flush_seq) < drawn;
    }
    return (void *)n_bad;
}

static void
test_flushes_at_the_same_time_keep_the_highest_number(void **state)
{
    (void)state;
    struct store_thread *t[N_FLUSHERS];
    pthread_t id[N_FLUSHERS];
    uintptr_t n_bad = 0;
    for (int i = 0; i < N_FLUSHERS; i++) {
        t[i] = store_thread_new(the_store);
        assert_int_equal(pthread_create(&id[i], NULL, flush_often, t[i]), 0);
    }
    for (int i = 0; i < N_FLUSHERS; i++) {
        void *n;
        pthread_join(id[i], &n);
        n_bad += (uintptr_t)n;
        store_thread_free(&t[i]);
    }
    assert_int_equal(n_bad, 0);
}

int
main(void)
{
#define ON_STORE(test) cmocka_unit_test_setup_teardown(test, open_small, close_store)
    const struct CMUnitTest tests[] = {
        ON_STORE(test_remove_compares_the_cas_number),
        ON_STORE(test_removing_an_expired_item_is_a_miss_and_counts_as_expiry),
        ON_STORE(test_forget_is_not_counted_as_a_delete),
        ON_STORE(test_a_stale_item_keeps_its_value_and_gets_a_new_number),
        ON_STORE(test_a_stale_item_may_get_the_number_that_the_client_chose),
        ON_STORE(test_a_dropped_value_leaves_an_empty_item),
        ON_STORE(test_counting_up_and_down),
        ON_STORE(test_a_value_that_is_no_number_stays),
        ON_STORE(test_counting_keeps_flags_and_expiry),
        ON_STORE(test_a_number_keeps_its_history_until_it_grows),
        ON_STORE(test_counting_may_require_and_choose_a_cas_number),
        ON_STORE(test_a_missing_number_may_be_created),
        ON_STORE(test_a_number_that_fills_its_chunk_stays_in_it),
        ON_STORE(test_a_flush_covers_all_items_before_it_and_none_after),
        ON_STORE(test_an_item_set_by_another_thread_after_a_flush_stays),
        ON_STORE(test_a_delayed_flush_waits_and_a_new_one_replaces_it),
        ON_STORE(test_flushes_at_the_same_time_keep_the_highest_number),
    };
    return cmocka_run_group_tests_name("store_change", tests, NULL, NULL);
}
