/*
 * concurrent: a thread has read an item and waits for the lock of its bucket.  What another thread changes in
 * the item in this time is not lost.
 *
 * The test holds the lock until the other thread's command waits for it: its
 * decision is made and its new item is filled.  Then the test changes the item in
 * place, as a touch or a reader that wins would, and releases the lock.
 */
#include <pthread.h>

#include "slab/form/relocate.h"
#include "slab/store.h"

#include "tests/unit/slab/storing.h"

/* The other thread's command and its result. */
struct command {
    struct store_thread *t;
    enum store_result (*run)(struct command *);
    struct store_key key;
    enum store_result result;
    struct store_arith arith;
    struct store_number number;
    struct store_invalidate invalidate;
    enum store_mode mode;
    struct store_view view;
    bool won;
};

static enum store_result
run_arith(struct command *c)
{
    return store_arith(c->t, &c->key, &c->arith, &c->number);
}

static enum store_result
run_invalidate(struct command *c)
{
    return store_invalidate(c->t, &c->key, &c->invalidate);
}

static enum store_result
run_extend(struct command *c)
{
    struct store_spec spec = {.n_value = 1, .exptime = clock_now_s() + 7};
    struct store_put how = {.mode = c->mode};
    struct store_slot slot;
    struct store_stored stored;
    enum store_result r = store_reserve(c->t, &c->key, &spec, &slot);
    if (r != STORE_OK)
        return r;
    store_slot_fill(c->t, &slot, 0, "+", 1);
    return store_commit(c->t, &c->key, &slot, &how, &stored);
}

static enum store_result
run_get(struct command *c)
{
    return store_get_or_win(c->t, &c->key, true, true, &c->view, &c->won);
}

static void *
run(void *arg)
{
    struct command *c = arg;
    store_enter(c->t);
    c->result = c->run(c);
    store_leave(c->t);
    return NULL;
}

static uint64_t
locks_taken(const struct command *c)
{
    return counter_read(store_thread_counter(c->t, CLASS_NONE, STORE_N_BUCKET_LOCKS));
}

/*
 * Lets `c` run until it waits for the lock, changes the item, releases the lock, and waits for the end of
 * `c`.
 */
static void
change_beside(struct command *c, void (*change)(struct item *))
{
    struct index_guard g;
    pthread_t thread;
    struct item *it = peek(c->key);
    c->t = store_thread_new(the_store);
    assert_non_null(c->t);
    index_lock(self->index, c->key.hash, &g);
    assert_int_equal(pthread_create(&thread, NULL, run, c), 0);
    while (locks_taken(c) == 0)
        nanosleep(&(struct timespec){0, 100000}, NULL);
    change(it);
    index_unlock(&g);
    pthread_join(thread, NULL);
    store_thread_free(&c->t);
}

enum { SOON = 20, LATER = 5000 };

static void
touch_later(struct item *it)
{
    atomic_store_explicit(&it->exptime, LATER, memory_order_release);
}

static void
win_and_touch(struct item *it)
{
    item_set_status(it, ITEM_TOKEN_SENT);
    touch_later(it);
    item_bump(it, clock_stamp());
}

static uint32_t
status_of(const char *name)
{
    return item_flags(peek(key_of(name))) & (ITEM_STALE | ITEM_TOKEN_SENT | ITEM_FETCHED);
}

/* Sets a number that expires soon and, if `stale`, is marked stale. */
static void
set_number(const char *value, bool stale)
{
    struct store_key key = key_of("n");
    assert_int_equal(put_until(key, value, (uint32_t)strlen(value), STORE_SET, SOON), STORE_OK);
    if (stale)
        item_set_status(peek(key), ITEM_STALE);
}

static struct command
counting(uint64_t delta)
{
    return (struct command){.run = run_arith, .key = key_of("n"), .arith = {.delta = delta}};
}

static void
test_counting_keeps_a_touch_and_a_win(void **state)
{
    (void)state;
    struct command c = counting(1);
    set_number("100", true);
    change_beside(&c, win_and_touch);
    assert_int_equal(c.result, STORE_OK);
    assert_string_equal(get("n"), "101");
    assert_int_equal(item_exptime(peek(key_of("n"))), LATER);
    assert_int_equal(status_of("n"), ITEM_STALE | ITEM_TOKEN_SENT | ITEM_FETCHED);
    assert_int_equal(c.number.exptime, LATER);
    assert_int_equal(c.number.exptime_after, LATER);
}

static void
test_a_number_that_grows_keeps_a_touch(void **state)
{
    (void)state;
    struct command c = counting(1);
    set_number("99", true);
    change_beside(&c, win_and_touch);
    assert_int_equal(c.result, STORE_OK);
    assert_int_equal(item_exptime(peek(key_of("n"))), LATER);
    assert_int_equal(status_of("n"), 0);
    assert_string_equal(get("n"), "100");
}

static void
test_counting_with_an_expiry_of_its_own_sets_that(void **state)
{
    (void)state;
    struct command c = counting(1);
    c.arith.touch = true;
    c.arith.exptime = 777;
    set_number("100", false);
    change_beside(&c, win_and_touch);
    assert_int_equal(c.result, STORE_OK);
    assert_int_equal(item_exptime(peek(key_of("n"))), 777);
    assert_int_equal(c.number.exptime, LATER); /* the touch was first */
    assert_int_equal(c.number.exptime_after, 777);
    assert_int_equal(status_of("n"), ITEM_TOKEN_SENT | ITEM_FETCHED);
}

static void
test_appending_and_prepending_keep_a_touch(void **state)
{
    (void)state;
    static const enum store_mode modes[] = {STORE_APPEND, STORE_PREPEND};
    static const char *const results[] = {"100+", "+100"};
    for (size_t i = 0; i < N_OF(modes); i++) {
        struct command c = {.run = run_extend, .key = key_of("n"), .mode = modes[i]};
        set_number("100", true);
        change_beside(&c, win_and_touch);
        assert_int_equal(c.result, STORE_OK);
        assert_int_equal(item_exptime(peek(c.key)), LATER);
        assert_int_equal(status_of("n"), 0); /* a new item, as in memcached */
        assert_string_equal(get("n"), results[i]);
    }
}

/* A CAS number that the client chose needs a new item. */
static struct command
invalidation(void)
{
    return (struct command){.run = run_invalidate,
        .key = key_of("n"),
        .invalidate = {.mark_stale = true, .has_cas_new = true, .cas_new = 99}};
}

static void
test_invalidating_keeps_a_touch_but_no_win(void **state)
{
    (void)state;
    struct command c = invalidation();
    set_number("100", false);
    change_beside(&c, win_and_touch);
    assert_int_equal(c.result, STORE_OK);
    assert_int_equal(item_exptime(peek(key_of("n"))), LATER);
    assert_int_equal(status_of("n"), ITEM_STALE | ITEM_FETCHED);
    assert_string_equal(get("n"), "100");
}

static void
test_invalidating_with_an_expiry_sets_that(void **state)
{
    (void)state;
    struct command c = invalidation();
    c.invalidate.touch = true;
    c.invalidate.exptime = 777;
    set_number("100", false);
    change_beside(&c, touch_later);
    assert_int_equal(item_exptime(peek(key_of("n"))), 777);
    c = invalidation();
    c.invalidate.drop_value = true;
    change_beside(&c, touch_later);
    assert_int_equal(item_exptime(peek(key_of("n"))), 0);
    assert_int_equal(status_of("n"), ITEM_STALE);
    assert_string_equal(get("n"), "");
}

static void
test_a_relocation_keeps_a_touch_and_a_win(void **state)
{
    (void)state;
    struct store_key key = key_of("n");
    set_number("100", true);
    win_and_touch(peek(key));
    store_enter(self);
    assert_int_equal(relocate(self, peek_inside(key), key.hash, self->node), RELOCATE_DONE);
    store_leave(self);
    assert_int_equal(item_exptime(peek(key)), LATER);
    assert_int_equal(peek(key)->heat, 1);
    assert_int_equal(status_of("n"), ITEM_STALE | ITEM_TOKEN_SENT | ITEM_FETCHED);
}

/* ---- a reader ------------------------------------------------------------ */

static struct command
reading(void)
{
    return (struct command){.run = run_get, .key = key_of("n")};
}

static void
nothing(struct item *it)
{
    (void)it;
}

static void
test_a_stale_item_has_one_winner(void **state)
{
    (void)state;
    struct command first = reading(), second = reading();
    set_number("100", true);
    change_beside(&first, nothing);
    assert_int_equal(first.result, STORE_OK);
    assert_true(first.won && first.view.stale && !first.view.token_sent);
    assert_true(first.view.cas == item_seq(peek(key_of("n"))));
    change_beside(&second, nothing);
    assert_true(!second.won && second.view.stale && second.view.token_sent);
    assert_int_equal(counted(STORE_N_GET_HITS), 2);
    assert_int_equal(peek(key_of("n"))->heat, 2);
}

static void
win_token(struct item *it)
{
    item_set_status(it, ITEM_TOKEN_SENT);
}

static void
test_the_second_reader_sees_that_the_first_won(void **state)
{
    (void)state;
    struct command c = reading();
    set_number("100", true);
    change_beside(&c, win_token);
    assert_int_equal(c.result, STORE_OK);
    assert_true(!c.won && c.view.stale && c.view.token_sent);
}

/* Like a touch with a time in the past. */
static void
touch_with_past_time(struct item *it)
{
    atomic_store_explicit(&it->exptime, 1, memory_order_release);
}

static void
test_a_stale_item_that_has_ended_is_a_miss(void **state)
{
    (void)state;
    struct command c = reading();
    set_number("100", true);
    change_beside(&c, touch_with_past_time);
    assert_int_equal(c.result, STORE_MISSING);
    assert_null(c.view.item);
    assert_int_equal(counted(STORE_N_GET_HITS), 0);
    assert_int_equal(counted(STORE_N_GET_MISSES), 1);
}

static void
test_a_reader_that_may_not_win_leaves_the_win_to_others(void **state)
{
    (void)state;
    struct command c = reading();
    struct store_view v;
    bool won;
    set_number("100", true);
    store_enter(self);
    assert_int_equal(store_get_or_win(self, &c.key, false, false, &v, &won), STORE_OK);
    assert_true(v.stale && !v.token_sent && !won);
    assert_int_equal(store_get_or_win(self, &c.key, false, true, &v, &won), STORE_OK);
    assert_true(v.stale && !v.token_sent && won);
    store_leave(self);
}

static void
test_a_fresh_item_is_read_without_a_lock(void **state)
{
    (void)state;
    struct store_key key = key_of("n");
    struct store_view v;
    bool won;
    set_number("100", false);
    uint64_t before = counted(STORE_N_BUCKET_LOCKS);
    store_enter(self);
    assert_int_equal(store_get_or_win(self, &key, true, true, &v, &won), STORE_OK);
    assert_true(v.cas == last_stored.cas && v.exptime == SOON && !v.stale && !v.token_sent && !won);
    key = key_of("none");
    assert_int_equal(store_get_or_win(self, &key, true, true, &v, &won), STORE_MISSING);
    store_leave(self);
    assert_int_equal(counted(STORE_N_BUCKET_LOCKS), before);
}

enum { N_TOUCHES = 200000 };

static _Atomic bool touches_end;

/* Stores an item that never expires, and then touches it with a Unix time in the past, again and again. */
static void *
touch_often(void *arg)
{
    struct store_thread *t = arg;
    struct store_key key = key_of("n");
    struct store_spec spec = {.n_value = 0};
    struct store_put how = {.mode = STORE_SET};
    uint32_t past = clock_expiry_s(clock_zero_s() + clock_now_s() - 10);
    uintptr_t n_bad = 0;
    for (int i = 0; i < N_TOUCHES; i++) {
        struct store_slot slot;
        struct store_stored stored;
        store_enter(t);
        n_bad += store_reserve(t, &key, &spec, &slot) != STORE_OK ||
                 store_commit(t, &key, &slot, &how, &stored) != STORE_OK ||
                 store_touch(t, &key, past) != STORE_OK;
        store_leave(t);
    }
    atomic_store(&touches_end, true);
    return (void *)n_bad;
}

static void
test_no_reader_gets_an_item_with_a_unix_time_in_the_past(void **state)
{
    (void)state;
    struct store_thread *other = store_thread_new(the_store);
    struct store_key key = key_of("n");
    pthread_t thread;
    uint64_t n_bad = 0;
    clock_init();
    atomic_store(&touches_end, false);
    assert_int_equal(pthread_create(&thread, NULL, touch_often, other), 0);
    while (!atomic_load(&touches_end)) {
        struct store_view v;
        bool won;
        store_enter(self);
        if (store_get_or_win(self, &key, false, true, &v, &won) == STORE_OK)
            n_bad += v.exptime != 0;
        store_leave(self);
    }
    void *n_failed;
    pthread_join(thread, &n_failed);
    store_thread_free(&other);
    assert_null(n_failed);
    assert_int_equal(n_bad, 0);
}

int
main(void)
{
#define ON_STORE(test) cmocka_unit_test_setup_teardown(test, open_small, close_store)
    const struct CMUnitTest tests[] = {
        ON_STORE(test_counting_keeps_a_touch_and_a_win),
        ON_STORE(test_a_number_that_grows_keeps_a_touch),
        ON_STORE(test_counting_with_an_expiry_of_its_own_sets_that),
        ON_STORE(test_appending_and_prepending_keep_a_touch),
        ON_STORE(test_invalidating_keeps_a_touch_but_no_win),
        ON_STORE(test_invalidating_with_an_expiry_sets_that),
        ON_STORE(test_a_relocation_keeps_a_touch_and_a_win),
        ON_STORE(test_a_stale_item_has_one_winner),
        ON_STORE(test_the_second_reader_sees_that_the_first_won),
        ON_STORE(test_a_stale_item_that_has_ended_is_a_miss),
        ON_STORE(test_a_reader_that_may_not_win_leaves_the_win_to_others),
        ON_STORE(test_a_fresh_item_is_read_without_a_lock),
        ON_STORE(test_no_reader_gets_an_item_with_a_unix_time_in_the_past),
    };
    return cmocka_run_group_tests_name("concurrent", tests, NULL, NULL);
}
