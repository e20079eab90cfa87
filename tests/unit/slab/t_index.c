/*
 * index: an inserted key is found until it is removed: through splits, overflow and folding back, and by a
 * thread that looks up at the same time.
 */
#include "slab/index/index.h"
#include "slab/index/index_walk.h"

#include "tests/unit/unit.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>

enum { MIB = 1 << 20, ITEM_BYTES = 64, FIRST_BUCKETS = (64 << 10) / sizeof(struct bucket) };

static struct arena arena;
static struct index idx;
static struct index_spares spares;
static uint64_t n_items; /* written, from the first page on, ITEM_BYTES apart */

static int
open_index(void **state)
{
    (void)state;
    char why[128];
    struct arena_options o = {.limit = 32 * MIB};
    assert_true(arena_init(&arena, &o, why, sizeof why));
    assert_true(index_init(&idx, &arena));
    memset(&spares, 0, sizeof spares);
    assert_true(index_refill_spares(&idx, &spares));
    n_items = 0;
    return 0;
}

static int
close_index(void **state)
{
    (void)state;
    char why[128];
    if (!index_walk_check(&idx, why, sizeof why))
        fail_msg("%s", why);
    index_fini(&idx);
    arena_fini(&arena);
    return 0;
}

/* ---- items ------------------------------------------------------------ */

struct name {
    char text[24];
    struct store_key key;
};

static struct store_key
name_item(struct name *name, uint64_t i)
{
    int n = snprintf(name->text, sizeof name->text, "%llu", (unsigned long long)i);
    return name->key = store_key(bytes_of(name->text, (size_t)n));
}

static uint64_t
place_of(uint64_t i)
{
    return idx.sb->pages + i * ITEM_BYTES;
}

static uint64_t
write_item(const struct store_key *key, uint64_t i)
{
    struct item *it = arena_at(&arena, place_of(i));
    it->nkey = (uint8_t)key->n;
    it->vlen = 0;
    it->flags = 0;
    memcpy(item_key(it), key->p, key->n);
    return place_of(i);
}

/* Reuses removed overflow buckets at once: no reader of this test may still be in one. */
static void
give_removed(void)
{
    do
        while (spares.n_removed > 0)
            index_give_spare(&idx, spares.removed[--spares.n_removed]);
    while (index_take_removed(&idx, &spares));
    if (spares.n < INDEX_SPARES / 2)
        assert_true(index_refill_spares(&idx, &spares));
}

/* False if the bucket is full and `from` has no spare. */
static bool
insert_locked(struct index_guard *g, uint64_t hash, uint64_t offset, struct index_spares *from)
{
    _Atomic uint64_t *slot = index_locked_free_slot(&idx, g, from);
    if (slot != NULL)
        index_locked_swing(slot, hash, offset);
    return slot != NULL;
}

static void
insert(uint64_t i)
{
    struct name name;
    struct index_guard g;
    struct store_key key = name_item(&name, i);
    uint64_t offset = write_item(&key, i);
    index_lock(&idx, key.hash, &g);
    assert_true(insert_locked(&g, key.hash, offset, &spares));
    index_unlock(&g);
    give_removed();
}

static void
remove_item(uint64_t i)
{
    struct name name;
    struct index_guard g;
    struct store_key key = name_item(&name, i);
    index_lock(&idx, key.hash, &g);
    _Atomic uint64_t *slot = index_locked_find(&idx, &g, &key);
    assert_non_null(slot);
    index_locked_remove(&idx, &g, slot, &spares);
    index_unlock(&g);
    give_removed();
}

static bool
is_there(uint64_t i)
{
    struct name name;
    struct store_key key = name_item(&name, i);
    struct item *it = index_find(&idx, &key);
    if (it != NULL)
        assert_ptr_equal(it, arena_at(&arena, place_of(i)));
    return it != NULL;
}

static void
insert_many(uint64_t n, bool split)
{
    for (uint64_t end = n_items + n; n_items < end; n_items++) {
        insert(n_items);
        if (split) {
            index_count(&idx, 1, &spares);
            give_removed();
        }
    }
}

static void
assert_there(uint64_t from, uint64_t to, bool there)
{
    for (uint64_t i = from; i < to; i++)
        if (is_there(i) != there)
            fail_msg("item %llu: there %d", (unsigned long long)i, !there);
}

/* ---- one thread ------------------------------------------------------- */

static void
test_bucket_numbers_fold_back_onto_the_bucket_to_be_split(void **state)
{
    (void)state;
    for (uint64_t n = 2; n < 600; n++) {
        for (uint64_t hash = 0; hash < 1024; hash++) {
            uint64_t now = peek_bucket_number(hash, n), next = peek_bucket_number(hash, n + 1);
            assert_true(now < n);
            if (next != now) { /* a key may only move from the split bucket to the new one */
                assert_int_equal(next, n);
                assert_int_equal(now, n - (UINT64_C(1) << (63 - __builtin_clzll(n))));
            }
        }
    }
}

static void
test_a_key_is_found_until_it_is_removed(void **state)
{
    (void)state;
    assert_false(is_there(0));
    insert(0);
    assert_true(is_there(0));
    assert_false(is_there(1));
    remove_item(0);
    assert_false(is_there(0));
}

static void
test_keys_of_one_hash_are_distinguished(void **state)
{
    (void)state;
    struct index_guard g;
    struct name a, b;
    struct store_key first = name_item(&a, 1), second = name_item(&b, 2);
    second.hash = first.hash;
    index_lock(&idx, first.hash, &g);
    assert_true(insert_locked(&g, first.hash, write_item(&first, 1), &spares));
    assert_null(index_locked_find(&idx, &g, &second));
    assert_true(insert_locked(&g, first.hash, write_item(&second, 2), &spares));
    index_unlock(&g);
    assert_ptr_equal(index_find(&idx, &first), arena_at(&arena, place_of(1)));
    assert_ptr_equal(index_find(&idx, &second), arena_at(&arena, place_of(2)));
}

static void
test_a_swung_slot_leads_to_the_new_place(void **state)
{
    (void)state;
    struct index_guard g;
    struct name name;
    insert(7);
    struct store_key key = name_item(&name, 7);
    uint64_t elsewhere = write_item(&key, 1000);
    index_lock(&idx, key.hash, &g);
    _Atomic uint64_t *slot = index_locked_find_offset(&idx, &g, key.hash, place_of(7));
    assert_ptr_equal(slot, index_locked_find(&idx, &g, &key));
    index_locked_swing(slot, key.hash, elsewhere);
    assert_null(index_locked_find_offset(&idx, &g, key.hash, place_of(7)));
    index_unlock(&g);
    assert_ptr_equal(index_find(&idx, &key), arena_at(&arena, elsewhere));
}

static void
test_a_full_bucket_needs_a_spare(void **state)
{
    (void)state;
    struct index_guard g;
    struct index_spares none = {.n = 0};
    struct name name;
    struct store_key key = name_item(&name, 0);
    index_lock(&idx, key.hash, &g);
    for (uint64_t i = 1; i <= BUCKET_SLOTS; i++)
        assert_true(insert_locked(&g, key.hash, write_item(&key, i), &none));
    assert_false(insert_locked(&g, key.hash, write_item(&key, 8), &none));
    uint32_t n_spares = spares.n;
    assert_true(insert_locked(&g, key.hash, write_item(&key, 8), &spares));
    assert_int_equal(spares.n, n_spares - 1);
    /* Removal: the slot is filled from the chain's end, whose bucket is then empty. */
    index_locked_remove(&idx, &g, index_locked_find_offset(&idx, &g, key.hash, place_of(3)), &spares);
    assert_int_equal(spares.n_removed, 1);
    assert_non_null(index_locked_find_offset(&idx, &g, key.hash, place_of(8)));
    index_unlock(&g);
    give_removed();
}

static void
test_it_grows_one_bucket_at_a_time_and_loses_nothing(void **state)
{
    (void)state;
    assert_int_equal(index_size(&idx), FIRST_BUCKETS);
    insert_many(100000, true);
    assert_int_equal(index_size(&idx), (100000 * 2 + INDEX_LOAD_X2 - 1) / INDEX_LOAD_X2);
    assert_there(0, n_items, true);
    assert_there(n_items, n_items + 1000, false);
}

static void
test_long_chains_fold_back_as_items_are_removed(void **state)
{
    (void)state;
    uint64_t before = idx.n_overflow;
    insert_many(FIRST_BUCKETS * 40, false);
    assert_int_equal(index_size(&idx), FIRST_BUCKETS);
    assert_in_range(idx.n_overflow, FIRST_BUCKETS * 4, FIRST_BUCKETS * 7);
    assert_there(0, n_items, true);
    for (uint64_t i = 0; i < n_items; i += 2)
        remove_item(i);
    for (uint64_t i = 0; i < n_items; i++)
        assert_int_equal(is_there(i), i % 2);
    for (uint64_t i = 1; i < n_items; i += 2)
        remove_item(i);
    assert_true(idx.n_overflow <= before + INDEX_SPARES);
}

/* Counts the items that were inserted uncounted, and lets the index grow until no split is due. */
static void
catch_up(void)
{
    index_count(&idx, (int64_t)n_items, &spares);
    for (int i = 0; i < 10000; i++, index_count(&idx, 0, &spares))
        give_removed();
    give_removed();
    assert_true(index_size(&idx) * INDEX_LOAD_X2 >= n_items * 2);
    assert_there(0, n_items, true);
}

static void
test_growth_catches_up_after_it_was_held_back(void **state)
{
    (void)state;
    insert_many(FIRST_BUCKETS * 40, false);
    catch_up();
    assert_true(idx.n_overflow < FIRST_BUCKETS * 4);
}

/* A chain of any length must be split in the end, or no bucket after it would ever be split. */
static void
test_growth_catches_up_from_chains_of_any_length(void **state)
{
    (void)state;
    insert_many(FIRST_BUCKETS * 160, false);
    catch_up();
}

static void
test_growth_waits_while_the_budget_is_spent(void **state)
{
    (void)state;
    while (arena_budget_take(&arena))
        ;
    insert_many(FIRST_BUCKETS * 7, true);
    assert_int_equal(index_size(&idx), FIRST_BUCKETS);
    assert_true(idx.needs_memory);
    assert_there(0, n_items, true);
    arena_budget_give(&arena);
    insert_many(1, true);
    assert_true(index_size(&idx) > FIRST_BUCKETS);
    assert_there(0, n_items, true);
}

static bool
count_visit(void *arg, uint64_t offset, uint64_t bucket)
{
    assert_true(offset >= place_of(0));
    assert_true(bucket < index_size(&idx));
    ++*(uint64_t *)arg;
    return *(uint64_t *)arg != 5000;
}

static void
test_a_walk_meets_every_item_and_can_be_stopped(void **state)
{
    (void)state;
    uint64_t n = 0;
    insert_many(4000, false);
    assert_true(index_walk_each(&idx, count_visit, &n));
    assert_int_equal(n, n_items);
    assert_false(index_walk_each(&idx, count_visit, &n));
    assert_int_equal(n, 5000);
}

/* Walks by snapshots of at most `max` offsets; every number from 0 on must be met once. */
static void
assert_snapshots_meet_all(size_t max)
{
    uint64_t at = 0, offsets[64], n = 0;
    uint8_t *times = calloc(n_items, 1);
    assert_non_null(times);
    do {
        uint64_t from = at;
        size_t got = index_walk_snapshot(&idx, &at, offsets, max);
        assert_true(got <= max);
        for (size_t i = 0; i < got; i++, n++) {
            const struct item *it = arena_at(&arena, offsets[i]);
            uint64_t reversed = index_walk_reversed(hash_key(item_key(it), it->nkey));
            assert_true(reversed >= from && (at == 0 || reversed < at));
            assert_int_equal(times[(offsets[i] - place_of(0)) / ITEM_BYTES]++, 0);
        }
    } while (at != 0);
    assert_int_equal(n, n_items);
    free(times);
}

static void
test_snapshots_meet_every_item_once(void **state)
{
    (void)state;
    insert_many(FIRST_BUCKETS * 20, true);
    assert_snapshots_meet_all(64);
}

static void
test_a_chain_too_long_for_a_snapshot_is_read_in_pieces(void **state)
{
    (void)state;
    insert_many(FIRST_BUCKETS * 40, false);
    assert_snapshots_meet_all(64);
    assert_snapshots_meet_all(7);
    assert_snapshots_meet_all(1);
}

static void
test_the_reverse_of_the_reverse_is_the_hash(void **state)
{
    (void)state;
    assert_true(index_walk_reversed(1) == UINT64_C(1) << 63);
    assert_true(index_walk_reversed(UINT64_C(0x8000000000000002)) == (UINT64_C(1) << 62 | 1));
    for (uint64_t h = 1; h != 0; h <<= 1)
        assert_true(index_walk_reversed(index_walk_reversed(h * 3)) == h * 3);
}

/* ---- two threads ------------------------------------------------------ */

enum { N_STABLE = 2000, N_CHURN = 30000 };

static _Atomic bool stop;

static void *
look(void *arg)
{
    uintptr_t n_missed = 0;
    (void)arg;
    while (!atomic_load_explicit(&stop, memory_order_relaxed))
        for (uint64_t i = 0; i < N_STABLE; i++) {
            struct name name;
            struct store_key key = name_item(&name, i);
            n_missed += index_find(&idx, &key) == NULL;
        }
    return (void *)n_missed;
}

/* Never reuses removed overflow buckets: the reader has no epoch. */
static void
forget_removed(void)
{
    do
        spares.n_removed = 0;
    while (index_take_removed(&idx, &spares));
    if (spares.n < INDEX_SPARES / 2)
        assert_true(index_refill_spares(&idx, &spares));
}

static void
change(uint64_t i, bool in)
{
    struct name name;
    struct index_guard g;
    struct store_key key = name_item(&name, i);
    index_lock(&idx, key.hash, &g);
    _Atomic uint64_t *slot = index_locked_find(&idx, &g, &key);
    assert_int_equal(slot == NULL, in);
    if (in)
        assert_true(insert_locked(&g, key.hash, place_of(i), &spares));
    else
        index_locked_remove(&idx, &g, slot, &spares);
    index_unlock(&g);
    forget_removed();
}

static void
test_a_key_that_stays_is_never_missed(void **state)
{
    (void)state;
    insert_many(N_STABLE, false);
    for (uint64_t i = N_STABLE; i < N_STABLE + N_CHURN; i++) {
        struct name name;
        struct store_key key = name_item(&name, i);
        (void)write_item(&key, i);
    }
    pthread_t reader;
    atomic_store(&stop, false);
    assert_int_equal(pthread_create(&reader, NULL, look, NULL), 0);
    for (int round = 0; round < 3; round++) {
        /* First long chains, which fold back; then the same with splits. */
        for (uint64_t i = N_STABLE; i < N_STABLE + N_CHURN; i++) {
            change(i, true);
            if (round > 0)
                index_count(&idx, 1, &spares);
            forget_removed();
        }
        for (uint64_t i = N_STABLE; i < N_STABLE + N_CHURN; i++)
            change(i, false);
        if (round > 0)
            index_count(&idx, -N_CHURN, &spares);
    }
    atomic_store(&stop, true);
    void *n_missed;
    pthread_join(reader, &n_missed);
    assert_null(n_missed);
    assert_true(index_size(&idx) > FIRST_BUCKETS);
}

/* ---- rules that are calls --------------------------------------------- */

#ifdef LARDER_CHECKS
static void
remove_without_the_lock(void)
{
    struct name name;
    struct index_guard g;
    struct store_key key = name_item(&name, 1);
    index_lock(&idx, key.hash, &g);
    struct index_guard stale = g;
    _Atomic uint64_t *slot = index_locked_find(&idx, &g, &key);
    index_unlock(&g);
    index_locked_remove(&idx, &stale, slot, &spares);
}

static void
find_in_another_bucket(void)
{
    struct name name, other;
    struct index_guard g;
    struct store_key key = name_item(&name, 1), elsewhere = name_item(&other, 2);
    for (uint64_t i = 3; index_bucket(&idx, elsewhere.hash) == index_bucket(&idx, key.hash); i++)
        elsewhere = name_item(&other, i);
    index_lock(&idx, key.hash, &g);
    index_guard_must_hold(&g);
    index_must_hold(&idx, key.hash);
    index_must_hold(&idx, elsewhere.hash);
}

static void *
check_guard(void *guard)
{
    index_guard_must_hold(guard);
    return NULL;
}

static void
use_the_lock_of_another_thread(void)
{
    struct name name;
    struct index_guard g;
    pthread_t other;
    index_lock(&idx, name_item(&name, 1).hash, &g);
    pthread_create(&other, NULL, check_guard, &g);
    pthread_join(other, NULL);
}

static void
free_an_overflow_bucket_that_never_was(void)
{
    index_give_spare(&idx, index_overflow_used(&idx));
}

static void
test_a_bucket_that_is_not_held_aborts(void **state)
{
    (void)state;
    insert(1);
    unit_must_die(remove_without_the_lock, "held == b");
    unit_must_die(find_in_another_bucket, "held == b");
    unit_must_die(use_the_lock_of_another_thread, "held == b");
    unit_must_die(free_an_overflow_bucket_that_never_was, "index_overflow_used");
}
#endif

int
main(void)
{
#define ON_INDEX(test) cmocka_unit_test_setup_teardown(test, open_index, close_index)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bucket_numbers_fold_back_onto_the_bucket_to_be_split),
        ON_INDEX(test_a_key_is_found_until_it_is_removed),
        ON_INDEX(test_keys_of_one_hash_are_distinguished),
        ON_INDEX(test_a_swung_slot_leads_to_the_new_place),
        ON_INDEX(test_a_full_bucket_needs_a_spare),
        ON_INDEX(test_it_grows_one_bucket_at_a_time_and_loses_nothing),
        ON_INDEX(test_long_chains_fold_back_as_items_are_removed),
        ON_INDEX(test_growth_catches_up_after_it_was_held_back),
        ON_INDEX(test_growth_catches_up_from_chains_of_any_length),
        ON_INDEX(test_growth_waits_while_the_budget_is_spent),
        ON_INDEX(test_a_walk_meets_every_item_and_can_be_stopped),
        ON_INDEX(test_snapshots_meet_every_item_once),
        ON_INDEX(test_a_chain_too_long_for_a_snapshot_is_read_in_pieces),
        cmocka_unit_test(test_the_reverse_of_the_reverse_is_the_hash),
        ON_INDEX(test_a_key_that_stays_is_never_missed),
#ifdef LARDER_CHECKS
        ON_INDEX(test_a_bucket_that_is_not_held_aborts),
#endif
    };
    return cmocka_run_group_tests_name("index", tests, NULL, NULL);
}
