/* evict: one hand sweeps the pages of all classes, and evicts the items with the highest ranks. */
#include "slab/reclaim/evict.h"

#include "slab/mem/room.h"
#include "slab/form/cold.h"
#include "slab/reclaim/evacuate.h"
#include "slab/reclaim/reclaim.h"
#include "tests/unit/slab/packing.h"

static struct class *
class_holding(uint64_t i)
{
    return class_of_chunk(&the_store->classes, offset_of(peek(key_number(i))));
}

static bool
is_there(uint64_t i)
{
    return peek(key_number(i)) != NULL;
}

static uint64_t
count_present(uint64_t from, uint64_t to)
{
    uint64_t n = 0;
    for (uint64_t i = from; i < to; i++)
        n += is_there(i);
    return n;
}

/* Reads each item `times` times, which raises its heat. */
static void
read_all(uint64_t from, uint64_t to, int times)
{
    while (times-- > 0)
        for (uint64_t i = from; i < to; i++)
            assert_non_null(get_key(key_number(i)));
}

static void
test_the_first_cut_comes_from_a_sample_and_evicts_nothing(void **state)
{
    (void)state;
    fill(0, 3000, 100);
    fill(3000, 3100, 1000);
    clock_shift(100);
    assert_int_equal(cutoff_at(&the_store->cutoff), CUTOFF_UNKNOWN);
    evict_one(self, 0);
    assert_int_not_equal(cutoff_at(&the_store->cutoff), CUTOFF_UNKNOWN);
    assert_int_equal(stats().n_items, 3099);
    assert_int_equal(counted(STORE_N_EVICTED), 1);
}

static void
test_an_empty_store_evicts_nothing(void **state)
{
    (void)state;
    assert_int_equal(evict_some(self, 0), 0);
    evict_one(self, 0);
    assert_int_equal(evict_own(self, class_at(&the_store->classes, 0, 1), 10), 0);
    assert_int_equal(counted(STORE_N_EVICTED), 0);
}

/*
 * Small and large items, old and new, each in a class of its own: the hand evicts by rank, whichever class
 * it sweeps.
 */
static void
test_the_hand_goes_over_all_classes(void **state)
{
    (void)state;
    fill(0, 1000, 100);
    fill(1000, 1100, 1000);
    fill(2000, 2010, 7000);
    clock_shift(1000);
    fill(10000, 11000, 120);
    fill(11000, 11100, 1100);
    fill(12000, 12010, 7600);
    clock_shift(10);
    for (int i = 0; i < 1000 && count_present(0, 3000) > 0; i++)
        (void)evict_some(self, 0);
    assert_int_equal(count_present(0, 3000), 0);
    /*
     * Of the items that are a hundred times younger, the small ones stay; those a hundred times larger
     * need not.
     */
    assert_int_equal(count_present(10000, 11000), 1000);
    assert_every_loss_is_counted(0);
}

static void
test_of_one_age_and_size_the_coldest_are_evicted(void **state)
{
    (void)state;
    fill(1000, 2000, 100);
    read_all(1000, 1800, 5);
    clock_shift(100);
    while (count_present(1800, 2000) > 0)
        assert_true(evict_some(self, 0) > 0);
    assert_int_equal(count_present(1000, 1800), 800);
}

static void
test_evict_some_frees_about_a_page(void **state)
{
    (void)state;
    fill(0, 6000, 100);
    clock_shift(100);
    uint64_t n = stats().n_bytes, n_freed = evict_some(self, 0);
    assert_true(n_freed > 0);
    assert_int_equal(stats().n_items, 6000 - n_freed);
    assert_true(n - stats().n_bytes <= 2 * the_store->arena.page_size);
}

/* Counts evictions, and that each is of an item that is there no more. */
static void
count_evicted(void *arg, const struct store_meta *meta)
{
    const struct store_key key = store_key(meta->key);
    ++*(uint64_t *)arg;
    assert_int_equal(meta->n_value, 100);
    assert_false(meta->fetched);
    assert_null(index_find(self->index, &key));
}

static void
test_an_eviction_calls_the_hook_once(void **state)
{
    (void)state;
    _Atomic uint32_t wanted = 1;
    uint64_t n_calls = 0;
    the_store->options.hooks =
        (struct store_hooks){.wanted = &wanted, .evicted = count_evicted, .arg = &n_calls};
    fill(0, 2000, 100);
    clock_shift(100);
    uint64_t n_freed = 0;
    for (int i = 0; i < 10; i++)
        n_freed += evict_some(self, 0);
    assert_true(n_freed > 0);
    assert_int_equal(n_calls, n_freed);
    assert_int_equal(counted(STORE_N_EVICTED), n_freed);
    assert_int_equal(counted(STORE_N_EVICTED_UNFETCHED), n_freed);
    assert_every_loss_is_counted(0);
    atomic_store(&wanted, 0);
    fill(2000, 4000, 100);
    clock_shift(100);
    assert_true(evict_some(self, 0) > 0);
    assert_int_equal(n_calls, n_freed); /* no event is reported while none is wanted */
    the_store->options.hooks = (struct store_hooks){0};
}

static void
test_a_new_policy_forgets_the_cut(void **state)
{
    (void)state;
    uint32_t now = clock_now_s();
    for (uint64_t i = 0; i < 2000; i++) /* the items with little time left are hot and new */
        assert_int_equal(set_pattern_until(i, 100, i >= 1500 ? now + 2000 : 0), STORE_OK);
    clock_shift(1000);
    read_all(1500, 2000, 7);
    clock_shift(10);
    while (stats().n_items > 1500)
        assert_true(evict_some(self, 0) > 0);
    assert_int_equal(count_present(1500, 2000), 500);
    uint64_t rest = count_present(0, 1500);
    assert_true(rest < 1500);
    store_set_policy(the_store, STORE_POLICY_ttl);
    assert_int_equal(cutoff_at(&the_store->cutoff), CUTOFF_UNKNOWN);
    while (count_present(1500, 2000) > 0)
        assert_true(evict_some(self, 0) > 0);
    assert_int_equal(count_present(0, 1500), rest);
}

/* Among items that expire within the hour, seconds decide. */
static void
test_ttl_evicts_the_soonest_expiry_first(void **state)
{
    (void)state;
    uint32_t now = clock_now_s();
    store_set_policy(the_store, STORE_POLICY_ttl);
    for (uint64_t i = 0; i < 2000; i++)
        assert_int_equal(set_pattern_until(i, 100, now + 600 + (uint32_t)(i % 4) * 600), STORE_OK);
    clock_shift(10);
    while (stats().n_items > 1700)
        assert_true(evict_some(self, 0) > 0);
    for (uint64_t i = 0; i < 2000; i++)
        if (i % 4 != 0)
            assert_true(is_there(i));
}

static void
test_lfu_keeps_large_items_that_are_read_often(void **state)
{
    (void)state;
    store_set_policy(the_store, STORE_POLICY_lfu);
    fill(0, 50, 7000);
    read_all(0, 50, 4);
    fill(100, 2000, 100);
    read_all(100, 2000, 1);
    clock_shift(100);
    while (stats().n_items > 1000)
        assert_true(evict_some(self, 0) > 0);
    assert_int_equal(count_present(0, 50), 50);
}

static void
test_lru_evicts_the_oldest_though_they_are_hot(void **state)
{
    (void)state;
    store_set_policy(the_store, STORE_POLICY_lru);
    fill(0, 1000, 100);
    read_all(0, 1000, 7);
    clock_shift(1000);
    fill(1000, 1050, 7000);
    clock_shift(10);
    while (count_present(0, 1000) > 0)
        assert_true(evict_some(self, 0) > 0);
    assert_int_equal(count_present(1000, 1050), 50);
}

/* ---- a class of its own --------------------------------------------------- */

static void
test_a_class_that_evicts_its_own_leaves_the_others(void **state)
{
    (void)state;
    fill(0, 300, 1000); /* older and larger */
    clock_shift(1000);
    fill(1000, 2000, 100);
    clock_shift(10);
    struct class *c = class_holding(1000);
    uint64_t n_freed = evict_own(self, c, 10);
    assert_true(n_freed >= 10);
    assert_int_equal(count_present(1000, 2000), 1000 - n_freed);
    assert_int_equal(count_present(0, 300), 300);
}

static void
test_a_class_evicts_a_tenth_or_the_wanted_number(void **state)
{
    (void)state;
    for (uint64_t i = 1000; i < 2000; i++) { /* each with an age of its own */
        fill(i, i + 1, 100);
        clock_shift(1);
    }
    struct class *c = class_holding(1000);
    uint64_t a_tenth = evict_own(self, c, 1);
    assert_in_range(a_tenth, 90, 130);
    assert_int_equal(count_present(1000, 2000), 1000 - a_tenth);
    /* the oldest are evicted, and others only in the same histogram step */
    assert_true(count_present(1000, 1100) < 20);
    pass_epochs();
    assert_true(evict_own(self, c, 600) >= 590);
}

static void
test_a_class_of_equal_items_evicts_its_share_only(void **state)
{
    (void)state;
    fill(1000, 2000, 100);
    clock_shift(100);
    uint64_t n_freed = evict_own(self, class_holding(1000), 10);
    assert_in_range(n_freed, 90, 130);
}

/* ---- with compression ----------------------------------------------------- */

static uint64_t
n_without_chunk(void)
{
    struct store_cold cold;
    store_cold(the_store, &cold);
    return cold.n_no_chunk;
}

/* All pages have a class, and items may be packed. */
static void
fill_and_pack(void)
{
    /* Until hardly any page without a class is left. */
    for (uint64_t i = 0; counted(STORE_N_EVICTED) < 3000; i++)
        assert_int_equal(set_record(i, 400), STORE_OK);
    assert_true(pack_join(self));
    uint32_t slot = adopt_common(&the_store->dictionaries, CODEC_zstd);
    assert_int_equal(cold_use(the_store, slot, NULL), DICTIONARY_NONE);
    store_set_compression(the_store, STORE_COMPRESSION_AUTO);
    clock_shift(100);
    for (int i = 0; i < 1000 && n_without_chunk() == 0; i++)
        (void)evict_some(self, 0);
    assert_true(n_without_chunk() > 0);
}

/* Nothing is packed while there is no chunk for it: each value would be compressed in vain. */
static void
test_items_that_find_no_chunk_are_evicted_only_as_needed(void **state)
{
    (void)state;
    fill_and_pack();
    assert_true(room_lacks(&the_store->classes, 0));
    struct store_cold before, after;
    store_cold(the_store, &before);
    /* Until a page has become empty, and the chunks are there. */
    for (int i = 0; i < 20 && room_lacks(&the_store->classes, 0); i++) {
        uint64_t n_evicted = counted(STORE_N_EVICTED);
        evict_one(self, 0);
        assert_int_equal(counted(STORE_N_EVICTED) - n_evicted, 1);
        store_cold(the_store, &after);
        assert_int_equal(after.n_tries, before.n_tries);
    }
    pack_part(self);
}

/* Whether a page becomes free in the mover's reserve or for a class that a thread stores in. */
static void
reclaim_and_pack(bool for_another)
{
    fill_and_pack();
    struct class *asking = class_at(&the_store->classes, 0,
        atomic_load_explicit(&the_store->classes.pools[0].asks, memory_order_relaxed));
    uint32_t large = class_for(&the_store->classes, 2000), n_pages = class_pages(asking);
    struct store_cold before, after;
    store_cold(the_store, &before);
    for (int i = 0; i < 200 && class_pages(asking) == n_pages; i++) {
        if (for_another)
            assert_true(reclaim_anywhere(
                self, large, class_free_chunks(class_at(&the_store->classes, 0, large)) + 1));
        else
            (void)reclaim_fill_pool(self, 0, 1);
    }
    assert_int_equal(class_pages(asking), n_pages + 1);
    assert_false(room_lacks(&the_store->classes, 0));
    /* The page is not emptied again for another class before anything is packed into it. */
    assert_true(room_is_kept(asking));
    assert_false(evacuate_empty(self, 0, large));
    while (evacuate_sparse(self, 0, large) > 0)
        ;
    assert_int_equal(class_pages(asking), n_pages + 1);
    for (int i = 0; i < 20; i++)
        (void)evict_some(self, 0);
    store_cold(the_store, &after);
    assert_true(after.n_packings > before.n_packings + asking->geometry->n_chunks / 2);
    pack_part(self);
}

static void
test_the_reserve_serves_packing_first(void **state)
{
    (void)state;
    reclaim_and_pack(false);
}

static void
test_a_page_for_another_class_serves_packing_first(void **state)
{
    (void)state;
    reclaim_and_pack(true);
}

int
main(void)
{
#define ON_STORE(test) cmocka_unit_test_setup_teardown(test, open_small, close_store)
    const struct CMUnitTest tests[] = {
        ON_STORE(test_the_first_cut_comes_from_a_sample_and_evicts_nothing),
        ON_STORE(test_an_empty_store_evicts_nothing),
        ON_STORE(test_the_hand_goes_over_all_classes),
        ON_STORE(test_of_one_age_and_size_the_coldest_are_evicted),
        ON_STORE(test_evict_some_frees_about_a_page),
        ON_STORE(test_an_eviction_calls_the_hook_once),
        ON_STORE(test_a_new_policy_forgets_the_cut),
        ON_STORE(test_ttl_evicts_the_soonest_expiry_first),
        ON_STORE(test_lfu_keeps_large_items_that_are_read_often),
        ON_STORE(test_lru_evicts_the_oldest_though_they_are_hot),
        ON_STORE(test_a_class_that_evicts_its_own_leaves_the_others),
        ON_STORE(test_a_class_evicts_a_tenth_or_the_wanted_number),
        ON_STORE(test_a_class_of_equal_items_evicts_its_share_only),
        ON_STORE(test_items_that_find_no_chunk_are_evicted_only_as_needed),
        ON_STORE(test_the_reserve_serves_packing_first),
        ON_STORE(test_a_page_for_another_class_serves_packing_first),
    };
    return cmocka_run_group_tests_name("evict", tests, NULL, NULL);
}
