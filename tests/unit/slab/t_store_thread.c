/*
 * store_thread: the memory that a thread holds is reused: from magazines, from limbo after two epochs, and
 * from a thread that is outside.
 */
#include "slab/core/store_thread.h"

#include "tests/unit/slab/storing.h"

#include <pthread.h>

static void
test_chunks_of_a_thread_that_leaves_are_free_again(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 500; i++)
        assert_int_equal(set_pattern(i, (uint32_t)(i % 5) * 300), STORE_OK);
    for (uint64_t i = 0; i < 500; i++)
        assert_int_equal(drop(key_number(i)), STORE_OK);
    store_thread_free(&self);
    assert_null(self);
    assert_sound();
    uint64_t n_free = 0, n_chunks = 0;
    struct store_class_stats c;
    for (uint32_t i = 0; i < stats().n_classes; i++) {
        store_class_stats(the_store, i, &c);
        n_free += c.n_free_chunks;
        n_chunks += c.n_chunks;
    }
    assert_int_equal(n_free, n_chunks);
    assert_int_equal(the_store->index.n_items, 0);
    assert_int_equal(stats().n_overflow_buckets, 0);
}

static void
test_counters_outlive_their_thread(void **state)
{
    (void)state;
    assert_int_equal(set("a", "1"), STORE_OK);
    assert_string_equal(get("a"), "1");
    assert_null(get("b"));
    store_thread_free(&self);
    assert_int_equal(counted(STORE_N_SETS), 1);
    assert_int_equal(counted(STORE_N_GET_HITS), 1);
    assert_int_equal(counted(STORE_N_GET_MISSES), 1);
    assert_int_equal(stats().n_items, 1);
}

static void
test_an_unlinked_item_waits_for_two_epochs(void **state)
{
    (void)state;
    assert_int_equal(set("a", "1"), STORE_OK);
    uint64_t chunk = offset_of(peek(key_of("a")));
    uint32_t id = store_thread_class_of(self, item_at(self->base, chunk));
    struct store_key key = key_of("a");
    store_enter(self);
    assert_int_equal(store_remove(self, &key, false, 0), STORE_OK);
    for (int i = 0; i < 5; i++) { /* we are inside, so no chunk may be reused */
        (void)epoch_try_advance(self->epoch);
        store_thread_harvest(self, UINT32_MAX);
    }
    assert_int_equal(self->limbo.tail - self->limbo.head, 1);
    assert_memory_equal(item_value(item_at(self->base, chunk)), "1", 1);
    store_leave(self);
    pass_epochs();
    struct magazine *m = &self->magazines[id];
    assert_int_equal(m->chunk[m->n - 1], chunk);
}

static void
test_limbo_grows_and_keeps_its_order(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 6000; i++)
        assert_int_equal(set_pattern(i, 10), STORE_OK);
    store_enter(self);
    for (uint64_t i = 0; i < 6000; i++) {
        struct store_key key = key_number(i);
        assert_int_equal(store_remove(self, &key, false, 0), STORE_OK);
    }
    assert_true(self->limbo.tail - self->limbo.head >= 6000); /* some more are overflow buckets */
    for (uint32_t i = self->limbo.head + 1; i != self->limbo.tail; i++)
        assert_true(self->limbo.ring[i & self->limbo.mask].epoch >=
                    self->limbo.ring[(i - 1) & self->limbo.mask].epoch);
    store_leave(self);
    assert_sound();
    pass_epochs();
}

static void
test_an_absent_thread_is_raided_and_one_inside_is_not(void **state)
{
    (void)state;
    struct store_thread *other = store_thread_new(the_store);
    assert_int_equal(set_pattern(1, 100), STORE_OK);
    assert_int_equal(drop(key_number(1)), STORE_OK);
    assert_true(epoch_try_advance(self->epoch));
    assert_true(epoch_try_advance(self->epoch));
    uint32_t id = class_for(&the_store->classes, 24 + 5 + 100);
    store_enter(self);
    uint16_t n = self->magazines[id].n;
    store_thread_raid_all(the_store, true);
    assert_int_equal(self->magazines[id].n, n);
    assert_true(n > 0);
    store_leave(self);
    store_thread_raid_all(the_store, true);
    assert_int_equal(self->magazines[id].n, 0);
    assert_int_equal(self->limbo.head, self->limbo.tail);
    store_thread_free(&other);
}

static void
test_a_full_magazine_spills_half(void **state)
{
    (void)state;
    uint64_t chunk[3 * MAGAZINE_MAX];
    struct magazine *m = &self->magazines[1];
    store_enter(self);
    for (size_t i = 0; i < N_OF(chunk); i++)
        assert_int_not_equal(chunk[i] = store_thread_take_chunk(self, 1), 0);
    for (size_t i = 0; i < N_OF(chunk); i++) {
        store_thread_give_chunk(self, chunk[i]);
        assert_true(m->n <= m->max);
    }
    store_leave(self);
    assert_sound();
}

static void
test_sequence_numbers_rise_and_are_unique(void **state)
{
    (void)state;
    struct store_thread *other = store_thread_new(the_store);
    uint64_t last[2] = {0, 0};
    store_enter(self);
    store_enter(other);
    for (int i = 0; i < 2000; i++) {
        uint64_t a = store_thread_next_seq(self), b = store_thread_next_seq(other);
        assert_true(a > last[0] && b > last[1] && a != b);
        assert_true(a / SEQ_BLOCK != b / SEQ_BLOCK);
        last[0] = a;
        last[1] = b;
    }
    /* It must be above the other thread's number for the same key, although this thread's block is newer. */
    uint64_t high = last[0] > last[1] ? last[0] : last[1];
    assert_true(store_thread_seq_above(self, store_thread_next_seq(self), high) > high);
    assert_true(store_thread_seq_above(other, store_thread_next_seq(other), high) > high);
    assert_int_equal(store_thread_seq_above(self, high + 1, high), high + 1);
    store_leave(other);
    store_leave(self);
    store_thread_free(&other);
}

static void
test_no_number_is_given_out_from_before_a_flush(void **state)
{
    (void)state;
    store_enter(self);
    uint64_t before = store_thread_next_seq(self);
    store_leave(self);
    flush(0);
    store_enter(self);
    uint64_t after = store_thread_next_seq(self);
    store_leave(self);
    assert_true(after > before);
    assert_true(after >= self->sb->flush_seq && before < self->sb->flush_seq);
}

static void
test_there_is_a_limit_of_threads(void **state)
{
    (void)state;
    struct store_thread *threads[STORE_THREADS_MAX];
    int n = 0;
    while (n < STORE_THREADS_MAX && (threads[n] = store_thread_new(the_store)) != NULL)
        n++;
    assert_int_equal(n, STORE_THREADS_MAX - 1); /* with the test's own thread, all */
    while (n > 0)
        store_thread_free(&threads[--n]);
    assert_non_null(threads[0] = store_thread_new(the_store));
    store_thread_free(&threads[0]);
}

/* ---- two threads ------------------------------------------------------ */

static _Atomic bool stop;

static void *
raid(void *arg)
{
    (void)arg;
    while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
        (void)epoch_try_advance(&the_store->epoch);
        store_thread_raid_all(the_store, true);
    }
    return NULL;
}

static void
test_raids_lose_nothing_of_a_thread_that_enters_and_leaves(void **state)
{
    (void)state;
    pthread_t raider;
    atomic_store(&stop, false);
    assert_int_equal(pthread_create(&raider, NULL, raid, NULL), 0);
    for (uint64_t i = 0; i < 20000; i++) {
        assert_int_equal(set_pattern(i % 100, (uint32_t)(i % 1000)), STORE_OK);
        assert_true(has_pattern(i % 100, (uint32_t)(i % 1000)));
        if (i % 3 == 0)
            assert_int_equal(drop(key_number(i % 100)), STORE_OK);
    }
    atomic_store(&stop, true);
    pthread_join(raider, NULL);
}

static void
test_a_thread_may_leave_while_it_is_raided(void **state)
{
    (void)state;
    pthread_t raider;
    atomic_store(&stop, false);
    assert_int_equal(pthread_create(&raider, NULL, raid, NULL), 0);
    struct store_thread *me = self;
    for (uint64_t i = 0; i < 300; i++) {
        self = store_thread_new(the_store);
        assert_non_null(self);
        for (uint64_t k = 0; k < 20; k++)
            assert_int_equal(set_pattern(k, (uint32_t)(i * k % 500)), STORE_OK);
        store_thread_free(&self);
    }
    self = me;
    atomic_store(&stop, true);
    pthread_join(raider, NULL);
}

enum { N_READS = 30000, LIMBO_MOST = 10000 }; /* about half of memory */

static void *
read_with_cas(void *arg)
{
    struct store_thread *t = store_thread_new(the_store);
    struct store_key key = key_of("k");
    struct store_view v;
    uint64_t last = 0, *n_back = arg;
    for (int i = 0; i < N_READS; i++) {
        store_enter(t);
        MUST(store_get_with_cas(t, &key, &v) == STORE_OK);
        *n_back += v.cas < last;
        last = v.cas;
        store_leave(t);
    }
    store_thread_free(&t);
    atomic_store(&stop, true);
    return NULL;
}

/*
 * An item may be replaced between the lookup and the read of its CAS number: it is looked up again, and
 * counts as one hit.
 */
static void
test_a_read_with_cas_is_one_hit_also_if_replaced(void **state)
{
    (void)state;
    pthread_t reader;
    uint64_t n_back = 0;
    assert_int_equal(set("k", "1"), STORE_OK);
    atomic_store(&stop, false);
    assert_int_equal(pthread_create(&reader, NULL, read_with_cas, &n_back), 0);
    while (!atomic_load(&stop)) {
        assert_int_equal(set("k", "2"), STORE_OK);
        /*
         * A reader that sleeps inside holds all replaced items, and if they fill the memory, the key is
         * evicted.
         */
        while (self->limbo.tail - self->limbo.head > LIMBO_MOST)
            store_settle(self);
    }
    pthread_join(reader, NULL);
    assert_int_equal(n_back, 0);
    assert_int_equal(counted(STORE_N_GET_HITS), N_READS);
    assert_int_equal(counted(STORE_N_GET_MISSES), 0);
}

/* ---- rules that are calls --------------------------------------------- */

static void
wait_for_others_inside(void)
{
    store_enter(self);
    store_settle(self);
}

static void
free_a_thread_inside(void)
{
    store_enter(self);
    store_thread_free(&self);
}

static void
use_a_store_that_was_freed(void)
{
    struct store_stats s;
    the_store->magic = 0;
    store_stats(the_store, &s);
}

static void
use_a_thread_that_was_freed(void)
{
    self->magic = 0;
    store_flush(self, 0);
}

static void
read_outside(void)
{
    struct store_key key = key_of("a");
    struct store_view v;
    if (store_get(self, &key, &v) == STORE_OK)
        _exit(0);
}

static void
write_outside(void)
{
    (void)set_inside(key_of("a"), "2");
}

static void
retire_what_is_linked(void)
{
    store_enter(self);
    store_thread_retire(self, peek_inside(key_of("a")));
}

static void
give_no_chunk(void)
{
    store_enter(self);
    store_thread_give_chunk(self, 64);
}

static void
publish_without_the_lock(void)
{
    struct store_key key = key_of("b");
    struct index_guard g;
    struct item *it;
    store_enter(self);
    if (write_item(self, &key, &(struct store_spec){.n_value = 0}, &it) != STORE_OK)
        return;
    index_lock(self->index, key.hash, &g);
    struct index_guard stale = g;
    index_unlock(&g);
    if (publish_locked(self, &stale, key.hash, it, store_thread_next_seq(self)))
        _exit(0);
}

static void
test_broken_rules_abort(void **state)
{
    (void)state;
    assert_int_equal(set("a", "1"), STORE_OK);
    unit_must_die(wait_for_others_inside, "!epoch_inside(e, record)");
    unit_must_die(free_a_thread_inside, "!epoch_inside(e, record)");
    unit_must_die(use_a_store_that_was_freed, "STORE_MAGIC");
    unit_must_die(use_a_thread_that_was_freed, "STORE_THREAD_MAGIC");
}

#ifdef LARDER_CHECKS
static void
test_broken_rules_of_the_hot_path_abort(void **state)
{
    (void)state;
    assert_int_equal(set("a", "1"), STORE_OK);
    unit_must_die(read_outside, "epoch_inside(e, record)");
    unit_must_die(write_outside, "epoch_inside(e, record)");
    unit_must_die(retire_what_is_linked, "item_seq(it) == 0");
    unit_must_die(give_no_chunk, "offset >= ");
    unit_must_die(publish_without_the_lock, "held == b");
}
#endif

int
main(void)
{
#ifndef LARDER_CHECKS
    (void)read_outside;
    (void)write_outside;
    (void)retire_what_is_linked;
    (void)give_no_chunk;
    (void)publish_without_the_lock;
#endif
#define ON_STORE(test) cmocka_unit_test_setup_teardown(test, open_small, close_store)
    const struct CMUnitTest tests[] = {
        ON_STORE(test_chunks_of_a_thread_that_leaves_are_free_again),
        ON_STORE(test_counters_outlive_their_thread),
        ON_STORE(test_an_unlinked_item_waits_for_two_epochs),
        ON_STORE(test_limbo_grows_and_keeps_its_order),
        ON_STORE(test_an_absent_thread_is_raided_and_one_inside_is_not),
        ON_STORE(test_a_full_magazine_spills_half),
        ON_STORE(test_sequence_numbers_rise_and_are_unique),
        ON_STORE(test_no_number_is_given_out_from_before_a_flush),
        ON_STORE(test_there_is_a_limit_of_threads),
        ON_STORE(test_broken_rules_abort),
#ifdef LARDER_CHECKS
        ON_STORE(test_broken_rules_of_the_hot_path_abort),
#endif
        ON_STORE(test_raids_lose_nothing_of_a_thread_that_enters_and_leaves),
        ON_STORE(test_a_read_with_cas_is_one_hit_also_if_replaced),
        ON_STORE(test_a_thread_may_leave_while_it_is_raided),
    };
    return cmocka_run_group_tests_name("store_thread", tests, NULL, NULL);
}
