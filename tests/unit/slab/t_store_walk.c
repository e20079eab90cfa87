/*
 * store_walk: every item that exists during the whole walk is shown once, whatever other threads do
 * between its steps.
 */
#include "slab/store.h"

#include "slab/form/relocate.h"
#include "tests/unit/slab/storing.h"

enum { N_LIVE = 3000, N_MORE = 30000, KEY_MAX = 40000 };

/* How often each key_number was shown. */
static struct seen {
    uint8_t times[KEY_MAX];
    uint64_t n, stop_at;
    struct store_meta last;
} seen;

static bool
see(void *arg, const struct store_meta *m)
{
    struct seen *s = arg;
    unsigned long long i = 0;
    char name[32];
    snprintf(name, sizeof name, "%.*s", (int)m->key.n, m->key.p);
    assert_int_equal(sscanf(name, "key:%llu", &i), 1);
    assert_true(i < KEY_MAX);
    s->times[i]++;
    s->last = *m;
    return ++s->n != s->stop_at;
}

static void
assert_seen_once(uint64_t from, uint64_t to)
{
    for (uint64_t i = from; i < to; i++)
        if (seen.times[i] != 1)
            fail_msg("key %llu was shown %u times", (unsigned long long)i, seen.times[i]);
}

static bool
step(struct store_cursor *c, uint32_t max)
{
    store_enter(self);
    uint64_t before = seen.n;
    bool more = store_walk_some(self, c, see, &seen, max);
    assert_true(seen.n - before <= (uint64_t)max + STORE_WALK_STEP);
    store_leave(self);
    return more;
}

static void
put_numbers(uint64_t from, uint64_t to)
{
    for (uint64_t i = from; i < to; i++)
        assert_int_equal(set_pattern(i, 10), STORE_OK);
}

static int
open_with_items(void **state)
{
    memset(&seen, 0, sizeof seen);
    open_large(state);
    put_numbers(0, N_LIVE);
    return 0;
}

/* ---- all of them, once ------------------------------------------------- */

static void
test_a_quiet_walk_shows_all(void **state)
{
    (void)state;
    struct store_cursor c = {0};
    while (step(&c, 100))
        ;
    assert_true(c.done);
    assert_int_equal(seen.n, N_LIVE);
    assert_seen_once(0, N_LIVE);
    assert_false(step(&c, 100)); /* another step is not possible */
    assert_int_equal(seen.n, N_LIVE);
    memset(&seen, 0, sizeof seen);
    store_walk(self, see, &seen);
    assert_seen_once(0, N_LIVE);
}

static void
test_splits_between_the_steps_change_nothing(void **state)
{
    (void)state;
    struct store_cursor c = {0};
    uint64_t before = index_size(self->index), n = N_LIVE;
    do {
        uint64_t more = n + 150 < N_MORE ? n + 150 : N_MORE;
        put_numbers(n, more);
        n = more;
    } while (step(&c, 16));
    assert_true(index_size(self->index) > before * 3 / 2);
    assert_seen_once(0, N_LIVE);
    for (uint64_t i = N_LIVE; i < n; i++)
        assert_true(seen.times[i] <= 1);
}

static void
test_replaced_touched_and_moved_items_are_shown_once(void **state)
{
    (void)state;
    struct store_cursor c = {0};
    for (uint64_t i = 0; step(&c, 8); i = (i + 37) % N_LIVE) {
        struct store_key key = key_number(i);
        assert_int_equal(set_pattern(i, 200), STORE_OK);
        store_enter(self);
        assert_int_equal(store_touch(self, &key, clock_now_s() + 100), STORE_OK);
        assert_int_equal(relocate(self, index_find(self->index, &key), key.hash, self->node), RELOCATE_DONE);
        store_leave(self);
    }
    assert_seen_once(0, N_LIVE);
}

static void
test_other_items_are_shown_at_most_once(void **state)
{
    (void)state;
    struct store_cursor c = {0};
    for (uint64_t i = 0; step(&c, 8); i = (i + 7) % 1000) {
        assert_int_equal(drop(key_number(i)), STORE_OK);
        assert_int_equal(set_pattern(i, 10), STORE_OK);
    }
    for (uint64_t i = 0; i < 1000; i++)
        assert_true(seen.times[i] <= 1);
    assert_seen_once(1000, N_LIVE);
}

static void
test_expired_and_flushed_items_are_not_shown(void **state)
{
    (void)state;
    assert_int_equal(put_until(key_number(5), "x", 1, STORE_SET, clock_now_s() + 2), STORE_OK);
    clock_shift(2);
    store_walk(self, see, &seen);
    assert_int_equal(seen.times[5], 0);
    assert_int_equal(seen.n, N_LIVE - 1);
    store_enter(self);
    store_flush(self, 0);
    store_leave(self);
    memset(&seen, 0, sizeof seen);
    store_walk(self, see, &seen);
    assert_int_equal(seen.n, 0);
}

static void
test_a_walk_can_be_stopped(void **state)
{
    (void)state;
    struct store_cursor c = {0};
    seen.stop_at = 100;
    while (step(&c, 32))
        ;
    assert_int_equal(seen.n, 100);
    assert_true(c.done);
}

static void
test_a_step_over_empty_buckets_is_bounded(void **state)
{
    (void)state;
    struct store_cursor c = {0};
    for (uint64_t i = 0; i < N_LIVE; i++)
        assert_int_equal(drop(key_number(i)), STORE_OK);
    uint64_t n_steps = 1;
    while (step(&c, 64))
        n_steps++;
    assert_int_equal(n_steps, (index_size(self->index) + 63) / 64);
}

/* ---- between a snapshot and showing it ---------------------------------- */

/* The first item shown replaces all others of its bucket, as other threads might at this moment. */
static bool
see_and_replace(void *arg, const struct store_meta *m)
{
    struct store_thread *other = *(struct store_thread **)arg;
    static bool done;
    (void)see(&seen, m);
    if (done)
        return true;
    done = true;
    store_enter(other);
    for (uint64_t i = 0; i < N_LIVE; i++) {
        struct store_key key = key_number(i);
        if (key.n == m->key.n && memcmp(key.p, m->key.p, key.n) == 0)
            continue;
        struct store_spec spec = {.n_value = 3};
        struct store_put how = {.mode = STORE_SET};
        struct store_slot slot;
        struct store_stored stored;
        assert_int_equal(store_reserve(other, &key, &spec, &slot), STORE_OK);
        store_slot_fill(other, &slot, 0, "new", 3);
        assert_int_equal(store_commit(other, &key, &slot, &how, &stored), STORE_OK);
    }
    store_leave(other);
    return true;
}

static void
test_an_item_replaced_before_it_is_shown_is_shown_as_new(void **state)
{
    (void)state;
    struct store_thread *other = store_thread_new(the_store);
    struct store_cursor c = {0};
    bool more = true;
    assert_non_null(other);
    while (more) {
        store_enter(self);
        more = store_walk_some(self, &c, see_and_replace, &other, 64);
        assert_true(seen.n <= 1 || seen.last.n_value == 3);
        assert_true(seen.n == 0 || seen.last.cas != 0);
        store_leave(self);
    }
    assert_seen_once(0, N_LIVE);
    store_thread_free(&other);
}

/* ---- one item ----------------------------------------------------------- */

static void
test_describe_does_not_count_as_an_access(void **state)
{
    (void)state;
    struct store_meta m;
    struct store_key key = key_of("name"), other = key_of("other");
    struct store_spec spec = {.client_flags = 77, .exptime = clock_now_s() + 7, .n_value = 5};
    assert_int_equal(put_as(key, &spec, &(struct store_put){.mode = STORE_SET}, "value"), STORE_OK);
    clock_shift(2);
    store_enter(self);
    assert_int_equal(store_describe(self, &other, &m), STORE_MISSING);
    assert_int_equal(store_describe(self, &key, &m), STORE_OK);
    assert_true(bytes_equal(m.key, BYTES("name")));
    assert_int_equal(m.exptime, clock_now_s() + 5);
    assert_int_equal(m.atime, clock_now_s() - 2);
    assert_int_equal(m.n_item, 24 + 4 + 4 + 5);
    assert_int_equal(m.n_value, 5);
    assert_int_equal(m.client_flags, 77);
    assert_int_equal(m.class_id, class_for(&the_store->classes, m.n_item));
    assert_true(m.cas == last_stored.cas);
    assert_false(m.fetched || m.key_is_binary);
    store_leave(self);
    assert_int_equal(peek(key)->heat, 0);
    assert_int_equal(counted(STORE_N_GET_HITS) + counted(STORE_N_GET_MISSES), 0);
}

int
main(void)
{
#define ON_ITEMS(test) cmocka_unit_test_setup_teardown(test, open_with_items, close_store)
    const struct CMUnitTest tests[] = {
        ON_ITEMS(test_a_quiet_walk_shows_all),
        ON_ITEMS(test_splits_between_the_steps_change_nothing),
        ON_ITEMS(test_replaced_touched_and_moved_items_are_shown_once),
        ON_ITEMS(test_other_items_are_shown_at_most_once),
        ON_ITEMS(test_expired_and_flushed_items_are_not_shown),
        ON_ITEMS(test_a_walk_can_be_stopped),
        ON_ITEMS(test_a_step_over_empty_buckets_is_bounded),
        ON_ITEMS(test_an_item_replaced_before_it_is_shown_is_shown_as_new),
        cmocka_unit_test_setup_teardown(test_describe_does_not_count_as_an_access, open_small, close_store),
    };
    clock_init();
    return cmocka_run_group_tests_name("store_walk", tests, NULL, NULL);
}
