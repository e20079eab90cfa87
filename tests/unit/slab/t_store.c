/* store: a write from reservation to commit: every mode, every result, every counter, and the limits. */
#include "slab/store.h"

#include "tests/unit/slab/storing.h"

/* ---- opening ---------------------------------------------------------- */

static void
assert_refused(const struct store_options *o, const char *sentence)
{
    char why[128] = "";
    assert_null(store_new(o, why, sizeof why));
    assert_non_null(strstr(why, sentence));
}

static void
test_options_out_of_range_are_refused_with_a_sentence(void **state)
{
    (void)state;
    struct store_options o = small_store();
    o.limit = STORE_LIMIT_MIN - 1;
    assert_refused(&o, "below 1 MiB");
    o = small_store();
    o.item_max = o.limit / 2 + 1;
    assert_refused(&o, "half the memory limit");
    o = store_defaults();
    o.limit = (size_t)8 << 30;
    o.item_max = ((size_t)1 << 30) + 1;
    assert_refused(&o, "1 GiB");
    o = small_store();
    o.growth = 1.0;
    assert_refused(&o, "growth factor");
    o = small_store();
    o.item_min = 0;
    assert_refused(&o, "smallest chunk");
    o = small_store();
    o.backing = STORE_FILE;
    o.path = "/no/such/folder/file";
    assert_refused(&o, "/no/such/folder/file");
}

static void
test_any_backing_serves(void **state)
{
    (void)state;
    char path[] = "/tmp/larder-t_store-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    static const enum store_backing backings[] = {STORE_PRIVATE, STORE_MEMFD, STORE_FILE};
    for (size_t i = 0; i < N_OF(backings); i++) {
        struct store_options o = small_store();
        o.backing = backings[i];
        o.path = path;
        o.huge_pages = i == 0;
        open_store(&o);
        for (uint64_t k = 0; k < 3000; k++)
            assert_int_equal(set_pattern(k, (uint32_t)k), STORE_OK);
        assert_true(has_pattern(2999, 2999));
        assert_int_equal(close_store(NULL), 0);
    }
    close(fd);
    unlink(path);
}

static void
test_a_gigabyte_limit_costs_nothing_until_it_is_used(void **state)
{
    (void)state;
    struct store_options o = store_defaults();
    o.limit = (size_t)4 << 30;
    o.item_max = (size_t)1 << 30;
    o.background = false;
    open_store(&o);
    assert_int_equal(set("a", "1"), STORE_OK);
    assert_int_equal(stats().page_size, 1 << 20);
    assert_int_equal(stats().n_pages_used, 1);
    assert_int_equal(close_store(NULL), 0);
}

/* ---- modes ------------------------------------------------------------ */

static void
test_set_stores_and_replaces(void **state)
{
    (void)state;
    assert_int_equal(set("a", "one"), STORE_OK);
    assert_int_equal(last_stored.n_value, 3);
    uint64_t cas = last_stored.cas;
    assert_string_equal(get("a"), "one");
    assert_int_equal(set("a", ""), STORE_OK);
    assert_true(last_stored.cas > cas);
    assert_string_equal(get("a"), "");
    assert_int_equal(stats().n_items, 1);
    assert_int_equal(counted(STORE_N_SETS), 2);
    assert_int_equal(counted(STORE_N_LINKED), 2);
}

static void
test_add_requires_no_item_and_replace_requires_one(void **state)
{
    (void)state;
    assert_int_equal(put("a", "1", STORE_REPLACE), STORE_NOT_STORED);
    assert_true(last_stored.cas == 0);
    assert_int_equal(put("a", "2", STORE_ADD), STORE_OK);
    assert_int_equal(put("a", "3", STORE_ADD), STORE_NOT_STORED);
    assert_string_equal(get("a"), "2");
    assert_int_equal(put("a", "4", STORE_REPLACE), STORE_OK);
    assert_string_equal(get("a"), "4");
    assert_int_equal(counted(STORE_N_SETS), 4); /* counts reservations, whatever their outcome */
}

static void
test_an_expired_item_counts_as_missing_in_any_mode(void **state)
{
    (void)state;
    static const enum store_mode on_none[] = {STORE_REPLACE, STORE_APPEND, STORE_PREPEND};
    for (size_t i = 0; i < N_OF(on_none); i++) {
        assert_int_equal(put_until(key_of("a"), "old", 3, STORE_SET, clock_now_s() + 5), STORE_OK);
        clock_shift(5);
        assert_int_equal(put("a", "new", on_none[i]), STORE_NOT_STORED);
        assert_null(get("a"));
    }
    assert_int_equal(put_until(key_of("a"), "old", 3, STORE_SET, clock_now_s() + 5), STORE_OK);
    clock_shift(5);
    assert_int_equal(put("a", "new", STORE_ADD), STORE_OK);
    assert_string_equal(get("a"), "new");
    assert_int_equal(counted(STORE_N_EXPIRED), 4);
    flush(0);
    assert_int_equal(put("a", "newer", STORE_ADD), STORE_OK);
    assert_int_equal(counted(STORE_N_FLUSHED), 1);
    assert_int_equal(stats().n_items, 1);
}

static void
test_append_and_prepend_extend_and_keep_flags_and_expiry(void **state)
{
    (void)state;
    struct store_spec spec = {.client_flags = 5, .exptime = clock_now_s() + 10, .n_value = 3};
    struct store_put how = {.mode = STORE_SET};
    assert_int_equal(put_as(key_of("a"), &spec, &how, "bcd"), STORE_OK);
    assert_int_equal(put("a", "ef", STORE_APPEND), STORE_OK);
    assert_int_equal(last_stored.n_value, 5);
    assert_int_equal(put("a", "a", STORE_PREPEND), STORE_OK);
    assert_string_equal(get("a"), "abcdef");
    struct item *it = peek(key_of("a"));
    assert_int_equal(item_client_flags(it), 5);
    assert_int_equal(item_exptime(it), spec.exptime);
    assert_true(item_seq(it) == last_stored.cas);
    assert_int_equal(put("b", "x", STORE_APPEND), STORE_NOT_STORED);
    assert_null(get("b"));
}

static void
test_appending_crosses_every_border(void **state)
{
    (void)state;
    uint32_t n = 0;
    char *whole = malloc(60000);
    assert_int_equal(set("a", ""), STORE_OK);
    for (uint32_t i = 1; n + i * 13 < 60000; i++) {
        struct store_spec spec = {.n_value = i * 13};
        struct store_put how = {.mode = STORE_APPEND};
        memcpy(whole + n, pattern(i, spec.n_value), spec.n_value);
        assert_int_equal(put_as(key_of("a"), &spec, &how, whole + n), STORE_OK);
        n += spec.n_value;
        assert_memory_equal(get("a"), whole, n);
    }
    free(whole);
}

static void
test_vivify_lets_append_begin_an_item(void **state)
{
    (void)state;
    struct store_spec spec = {.n_value = 1, .client_flags = 3};
    struct store_put how = {.mode = STORE_APPEND, .vivify = true};
    assert_int_equal(put_as(key_of("a"), &spec, &how, "1"), STORE_OK);
    assert_int_equal(put_as(key_of("a"), &spec, &how, "2"), STORE_OK);
    how.mode = STORE_PREPEND;
    assert_int_equal(put_as(key_of("a"), &spec, &how, "0"), STORE_OK);
    assert_string_equal(get("a"), "012");
    assert_int_equal(item_client_flags(peek(key_of("a"))), 3);
}

/* ---- compare and swap -------------------------------------------------- */

static enum store_result
cas(const char *name, const char *value, uint64_t number, bool allow_stale)
{
    struct store_spec spec = {.n_value = (uint32_t)strlen(value), .exptime = clock_now_s() + 1000};
    struct store_put how = {.mode = STORE_CAS, .has_cas = true, .cas = number, .allow_stale = allow_stale};
    return put_as(key_of(name), &spec, &how, value);
}

static void
test_cas_replaces_only_the_item_with_its_number(void **state)
{
    (void)state;
    assert_int_equal(cas("a", "0", 1, false), STORE_MISSING);
    assert_int_equal(set("a", "1"), STORE_OK);
    uint64_t seen = last_stored.cas;
    assert_int_equal(cas("a", "2", seen + 1, false), STORE_EXISTS);
    assert_int_equal(cas("a", "2", 0, false), STORE_EXISTS);
    assert_int_equal(cas("a", "2", seen, false), STORE_OK);
    assert_int_equal(cas("a", "3", seen, false), STORE_EXISTS);
    assert_string_equal(get("a"), "2");
    assert_int_equal(counted(STORE_N_CAS_MISSES), 1);
    assert_int_equal(counted(STORE_N_CAS_HITS), 1);
    assert_int_equal(counted(STORE_N_CAS_BADVAL), 3);
}

static void
test_an_older_number_may_store_as_stale(void **state)
{
    (void)state;
    struct store_view v;
    struct store_key key = key_of("a");
    assert_int_equal(put_until(key, "1", 1, STORE_SET, clock_now_s() + 77), STORE_OK);
    assert_int_equal(cas("a", "2", last_stored.cas - 1, true), STORE_OK);
    assert_int_equal(cas("a", "3", last_stored.cas + 1, true), STORE_EXISTS);
    store_enter(self);
    assert_int_equal(store_get(self, &key, &v), STORE_OK);
    assert_true(v.stale);
    assert_int_equal(v.exptime, clock_now_s() + 77); /* the old item's expiry */
    store_leave(self);
}

static void
test_append_may_require_a_number(void **state)
{
    (void)state;
    struct store_spec spec = {.n_value = 1};
    struct store_put how = {.mode = STORE_APPEND, .has_cas = true};
    assert_int_equal(set("a", "1"), STORE_OK);
    how.cas = last_stored.cas + 1;
    assert_int_equal(put_as(key_of("a"), &spec, &how, "2"), STORE_EXISTS);
    how.cas--;
    assert_int_equal(put_as(key_of("a"), &spec, &how, "2"), STORE_OK);
    assert_string_equal(get("a"), "12");
}

static void
test_a_client_may_choose_the_number_even_zero(void **state)
{
    (void)state;
    static const uint64_t numbers[] = {1, 0, UINT64_MAX, 12345};
    struct store_put how = {.mode = STORE_SET};
    struct store_key key = key_of("a");
    for (size_t i = 0; i < N_OF(numbers); i++) {
        struct store_spec spec = {.n_value = 5000, .has_cas_new = true, .cas_new = numbers[i]};
        struct store_view v;
        assert_int_equal(put_as(key, &spec, &how, pattern(i, 5000)), STORE_OK);
        assert_true(last_stored.cas == numbers[i]);
        store_enter(self);
        assert_int_equal(store_get(self, &key, &v), STORE_OK);
        assert_int_equal(store_view_cas(self, &v), STORE_OK);
        assert_true(v.cas == numbers[i]);
        store_leave(self);
        assert_memory_equal(get("a"), pattern(i, 5000), 5000);
        enum store_result want = numbers[i] != 0 ? STORE_OK : STORE_EXISTS; /* 0 matches no item */
        assert_int_equal(cas("a", "swapped", numbers[i], false), want);
    }
}

/* ---- limits ----------------------------------------------------------- */

static void
test_keys_of_every_length_are_kept_apart(void **state)
{
    (void)state;
    char name[STORE_KEY_MAX];
    memset(name, 'k', sizeof name);
    for (uint32_t n = 1; n <= STORE_KEY_MAX; n++)
        assert_int_equal(
            put_until(store_key(bytes_of(name, n)), (char *)&n, sizeof n, STORE_SET, 0), STORE_OK);
    for (uint32_t n = 1; n <= STORE_KEY_MAX; n++)
        assert_memory_equal(get_key(store_key(bytes_of(name, n))), &n, sizeof n);
    assert_int_equal(
        put_until(store_key(bytes_of(name, STORE_KEY_MAX)), pattern(1, 30000), 30000, STORE_SET, 0),
        STORE_OK);
    assert_memory_equal(get_key(store_key(bytes_of(name, STORE_KEY_MAX))), pattern(1, 30000), 30000);
}

static void
test_item_max_is_the_last_size_that_is_stored(void **state)
{
    (void)state;
    uint32_t fits = (uint32_t)the_store->options.item_max - 24 - 4 - 5;
    assert_int_equal(set_pattern(1, fits), STORE_OK);
    assert_true(has_pattern(1, fits));
    assert_int_equal(set_pattern(2, fits + 1), STORE_TOO_LARGE);
    assert_int_equal(counted(STORE_N_TOO_LARGE), 1);
    assert_int_equal(counted(STORE_N_SETS), 1);
    assert_int_equal(put_until(key_number(1), "x", 1, STORE_APPEND, 0), STORE_NOT_STORED);
    assert_true(has_pattern(1, fits));
}

static void
test_a_cancelled_reservation_leaves_nothing(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {0, 100, 5000, 100000, 500000};
    for (int round = 0; round < 20; round++) {
        for (size_t i = 0; i < N_OF(lengths); i++) {
            struct store_key key = key_of("a");
            struct store_slot slot;
            store_enter(self);
            assert_int_equal(
                store_reserve(self, &key, &(struct store_spec){.n_value = lengths[i]}, &slot), STORE_OK);
            store_leave(self); /* a slow client: its reservation outlives the epoch */
            assert_null(get("a"));
            store_enter(self);
            store_cancel(self, &slot);
            store_leave(self);
            assert_int_equal(slot.offset, 0);
        }
    }
    assert_int_equal(stats().n_items, 0);
}

int
main(void)
{
#define ON_STORE(test) cmocka_unit_test_setup_teardown(test, open_small, close_store)
#define IN_LARGE(test) cmocka_unit_test_setup_teardown(test, open_large, close_store)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options_out_of_range_are_refused_with_a_sentence),
        cmocka_unit_test(test_any_backing_serves),
        cmocka_unit_test(test_a_gigabyte_limit_costs_nothing_until_it_is_used),
        ON_STORE(test_set_stores_and_replaces),
        ON_STORE(test_add_requires_no_item_and_replace_requires_one),
        ON_STORE(test_an_expired_item_counts_as_missing_in_any_mode),
        ON_STORE(test_append_and_prepend_extend_and_keep_flags_and_expiry),
        IN_LARGE(test_appending_crosses_every_border),
        ON_STORE(test_vivify_lets_append_begin_an_item),
        ON_STORE(test_cas_replaces_only_the_item_with_its_number),
        ON_STORE(test_an_older_number_may_store_as_stale),
        ON_STORE(test_append_may_require_a_number),
        ON_STORE(test_a_client_may_choose_the_number_even_zero),
        IN_LARGE(test_keys_of_every_length_are_kept_apart),
        ON_STORE(test_item_max_is_the_last_size_that_is_stored),
        ON_STORE(test_a_cancelled_reservation_leaves_nothing),
    };
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
