/*
 * promote: packed items that are read often become plain again, also while the hand stands still; nothing is
 * evicted for it, and it ends at a bound.
 */
#include <pthread.h>

#include "slab/core/demand.h"
#include "slab/core/forms.h"
#include "slab/form/cold.h"
#include "slab/form/promote.h"
#include "slab/form/relocate.h"
#include "slab/form/wish.h"
#include "tests/unit/slab/packing.h"

enum {
    SIZE = 400,
    OFTEN = 3 + PROMOTE_WISHES, /* reads, a second apart: the first three make no wish */
    HOT_S = 3600, /* the cut: items that are read less often than once in about an hour are cold */
};

static uint32_t slot;

/* Sets the cut so that items of the highest heat are hot up to about this age; 0: none is. */
static void
cut_at(uint32_t seconds)
{
    uint64_t rank = ((uint64_t)2 * seconds << CLOCK_STAMP_SHIFT) * 64 * 2 / (1 + 2 * ITEM_HEAT_MAX);
    atomic_store(&the_store->cold->cut.at, cutoff_step(rank, false));
}

/* In what a test's store differs from the others. */
struct opening {
    bool no_compression, no_budget, tiny, no_evict, has_mover;
};
static struct opening usual, without_compression = {.no_compression = true},
                             without_budget = {.no_budget = true}, tiny = {.tiny = true},
                             without_evictions = {.no_evict = true}, with_mover = {.has_mover = true};

/* 32 MiB, so that memory is not full, unless it is to be tiny. */
static int
open_promoting(void **state)
{
    const struct opening *opening = *state;
    struct store_options o = small_store();
    if (!opening->tiny)
        o.limit = (size_t)32 << 20;
    o.compression = opening->no_compression ? STORE_COMPRESSION_OFF : STORE_COMPRESSION_AUTO;
    if (opening->no_budget)
        o.compression_cpu = 0;
    o.evict = !opening->no_evict;
    o.background = opening->has_mover;
    open_store(&o);
    assert_true(pack_join(self));
    slot = adopt_common(&the_store->dictionaries, CODEC_zstd);
    cut_at(HOT_S);
    if (!o.background)
        (void)promote_run(self); /* from now on threads make wishes */
    return 0;
}

static int
close_promoting(void **state)
{
    pack_part(self);
    return close_store(state);
}

static struct store_cold
cold(void)
{
    struct store_cold c;
    store_cold(the_store, &c);
    return c;
}

static bool
is_packed(uint64_t i)
{
    return (item_flags(peek(key_number(i))) & ITEM_FORM) == ITEM_PACKED;
}

static void
set_packed(uint64_t i)
{
    assert_int_equal(set_record(i, SIZE), STORE_OK);
    assert_int_equal(pack_key(key_number(i), slot), PACK_DONE);
    assert_true(is_packed(i));
}

/* Reads it `n` times, a second apart. */
static void
read_often(uint64_t i, int n)
{
    for (; n > 0; n--) {
        clock_shift(1);
        assert_true(has_record(i, SIZE));
    }
}

/* ---- wishes ----------------------------------------------------------------- */

static void
test_a_packed_item_that_is_read_often_becomes_plain(void **state)
{
    (void)state;
    set_packed(1);
    struct item *from = peek(key_number(1));
    uint64_t seq = item_seq(from);
    read_often(1, OFTEN - 1);
    (void)promote_run(self);
    assert_true(is_packed(1));
    read_often(1, 1);
    assert_false(promote_run(self));
    assert_false(is_packed(1));
    struct item *to = peek(key_number(1));
    assert_true(to != from && item_seq(to) == seq && to->heat == ITEM_HEAT_MAX && has_record(1, SIZE));
    assert_int_equal(cold().n_wishes, PROMOTE_WISHES);
    assert_int_equal(cold().n_promotions, 1);
    assert_int_equal(cold().n_wishes_lost, 0);
    assert_int_equal(forms_referers(the_store, slot), 0);
}

static void
test_reads_of_plain_items_make_no_wish(void **state)
{
    (void)state;
    assert_int_equal(set_record(1, SIZE), STORE_OK);
    assert_int_equal(set_pattern(2, 60000), STORE_OK); /* a chain */
    for (int i = 0; i < 2 * OFTEN; i++) {
        read_often(1, 1);
        assert_true(has_pattern(2, 60000));
    }
    assert_int_equal(cold().n_wishes, 0);
}

static void
test_an_item_makes_one_wish_in_a_tick(void **state)
{
    (void)state;
    set_packed(1);
    read_often(1, 4);
    assert_int_equal(cold().n_wishes, 1);
    for (int i = 0; i < 100; i++)
        assert_true(has_record(1, SIZE));
    assert_int_equal(cold().n_wishes, 1);
    (void)promote_run(self);
    assert_true(is_packed(1));
}

static void
test_every_way_to_read_makes_wishes(void **state)
{
    (void)state;
    struct store_view v;
    struct store_fetched f;
    struct store_fetch reads = {0}, looks = {.no_bump = true};
    bool won;
    set_packed(1);
    read_often(1, 3);
    struct store_key key = key_number(1);
    clock_shift(1);
    store_enter(self);
    assert_int_equal(store_fetch(self, &key, &looks, false, &f), STORE_OK);
    store_leave(self);
    assert_int_equal(cold().n_wishes, 0); /* it does not count as a read */
    for (uint64_t n = 0; n < 4; n++) {
        clock_shift(1);
        store_enter(self);
        assert_int_equal(n == 0   ? store_get_with_cas(self, &key, &v)
                         : n == 1 ? store_get_and_touch(self, &key, 0, &v)
                         : n == 2 ? store_fetch(self, &key, &reads, false, &f)
                                  : store_get_or_win(self, &key, false, true, &v, &won),
            STORE_OK);
        store_leave(self);
        assert_int_equal(cold().n_wishes, n + 1);
    }
    (void)promote_run(self);
    assert_false(is_packed(1));
}

static void
test_a_full_ring_loses_wishes(void **state)
{
    (void)state;
    enum { ITEMS = WISH_RING + 10 };
    for (uint64_t i = 0; i < ITEMS; i++)
        set_packed(i);
    for (int n = 0; n < OFTEN; n++) {
        clock_shift(1);
        for (uint64_t i = 0; i < ITEMS; i++)
            assert_true(has_record(i, SIZE));
    }
    assert_int_equal(cold().n_wishes, PROMOTE_WISHES * ITEMS);
    assert_int_equal(cold().n_wishes_lost, PROMOTE_WISHES * ITEMS - WISH_RING);
    while (promote_run(self))
        ;
    /* The ring is free again. */
    for (int n = 0; n < 2 * PROMOTE_WISHES; n++) {
        clock_shift(1);
        for (uint64_t i = 0; i < ITEMS; i++)
            assert_true(has_record(i, SIZE));
        while (promote_run(self))
            ;
    }
    assert_true(cold().n_promotions > ITEMS / 2);
}

static void
test_wishes_of_a_thread_that_has_ended_are_counted(void **state)
{
    (void)state;
    set_packed(1);
    struct store_thread *first = self;
    self = store_thread_new(the_store);
    assert_non_null(self);
    read_often(1, OFTEN);
    assert_int_equal(cold().n_wishes, PROMOTE_WISHES);
    store_thread_free(&self);
    self = first;
    assert_int_equal(cold().n_wishes, PROMOTE_WISHES);
    (void)promote_run(self);
    assert_true(is_packed(1));
}

static void
test_the_memory_of_wishes_is_counted(void **state)
{
    (void)state;
    uint64_t before = store_codec_bytes(the_store);
    assert_true(before > promote_memory(the_store) + sizeof(struct packer));
    set_packed(1);
    struct store_thread *first = self;
    self = store_thread_new(the_store);
    assert_non_null(self);
    uint64_t begun = store_codec_bytes(the_store);
    read_often(1, OFTEN);
    assert_int_equal(store_codec_bytes(the_store), begun + sizeof(struct wish_ring));
    store_thread_free(&self);
    self = first;
    assert_int_equal(store_codec_bytes(the_store), before);
}

/* ---- which items ------------------------------------------------------------ */

static void
test_items_that_are_read_rarely_stay_packed(void **state)
{
    (void)state;
    set_packed(1);
    for (int n = 0; n < 3 * OFTEN; n++) {
        clock_shift(HOT_S);
        assert_true(has_record(1, SIZE));
        (void)promote_run(self);
    }
    assert_int_equal(cold().n_wishes, 0);
    /* Two reads in a row now and then: each pair makes a wish, but the pairs are far from each other. */
    for (int n = 0; n < 3 * OFTEN; n++) {
        clock_shift(HOT_S);
        read_often(1, 2);
        (void)promote_run(self);
    }
    assert_int_equal(cold().n_wishes, 3 * OFTEN);
    assert_true(is_packed(1));
}

/* The hand makes cold what is above the cut, and readers make hot what is an octave below it. */
static void
test_promoted_items_are_not_packed_at_once(void **state)
{
    (void)state;
    struct cold_pass pass;
    for (uint32_t gap = 1; gap < 2 * HOT_S; gap *= 2) {
        uint64_t i = gap;
        set_packed(i);
        for (int n = 0; n < 2 * OFTEN; n++) {
            clock_shift(gap);
            assert_true(has_record(i, SIZE));
            (void)promote_run(self);
        }
        assert_int_equal(is_packed(i), gap >= HOT_S);
        if (is_packed(i))
            continue;
        cold_begin(self, &pass);
        pass.packs = true;
        assert_int_equal(
            cold_judge(self, &pass, peek(key_number(i)), 448, 2 * gap << CLOCK_STAMP_SHIFT, false),
            COLD_LEAVE);
    }
}

static void
test_an_item_that_was_read_too_long_ago_is_no_wish(void **state)
{
    (void)state;
    set_packed(1);
    read_often(1, OFTEN - 1);
    clock_shift(HOT_S);
    assert_true(has_record(1, SIZE));
    (void)promote_run(self);
    assert_true(is_packed(1));
    assert_int_equal(cold().n_wishes, PROMOTE_WISHES - 1);
}

/* ---- between the wish and the promotion --------------------------------------- */

static void
test_an_item_that_was_removed_or_replaced_is_left_alone(void **state)
{
    (void)state;
    for (uint64_t i = 1; i <= 3; i++) {
        set_packed(i);
        read_often(i, OFTEN);
    }
    assert_int_equal(drop(key_number(1)), STORE_OK);
    assert_int_equal(set_record(2, SIZE), STORE_OK);
    set_packed(3);
    pass_epochs();
    /* Other items may now have the memory. */
    for (uint64_t i = 10; i < 20; i++)
        set_packed(i);
    (void)promote_run(self);
    assert_int_equal(cold().n_promotions, 0);
    assert_true(get_key(key_number(1)) == NULL && has_record(2, SIZE) && is_packed(3));
    for (uint64_t i = 10; i < 20; i++)
        assert_true(is_packed(i));
}

static void
test_an_item_that_moved_is_wished_for_again(void **state)
{
    (void)state;
    set_packed(1);
    read_often(1, OFTEN);
    struct store_key key = key_number(1);
    store_enter(self);
    assert_int_equal(relocate(self, peek_inside(key), key.hash, self->node), RELOCATE_DONE);
    store_leave(self);
    (void)promote_run(self);
    assert_true(is_packed(1) && cold().n_promotions == 0);
    read_often(1, PROMOTE_WISHES);
    (void)promote_run(self);
    assert_true(!is_packed(1) && cold().n_promotions == 1);
}

static void
test_a_flushed_item_is_left_alone(void **state)
{
    (void)state;
    set_packed(1);
    read_often(1, OFTEN);
    flush(0);
    (void)promote_run(self);
    assert_null(get_key(key_number(1)));
    maintain_all(self);
    assert_int_equal(stats().n_items, 0);
}

/* ---- bounds ----------------------------------------------------------------- */

static void
test_nothing_is_promoted_without_compression_or_budget(void **state)
{
    (void)state;
    set_packed(1);
    read_often(1, 2 * OFTEN);
    (void)promote_run(self);
    assert_true(is_packed(1));
    assert_int_equal(cold().n_wishes, 0);
}

static void
test_nothing_is_promoted_under_memory_pressure(void **state)
{
    (void)state;
    set_packed(1);
    store_set_pressure(the_store, STORE_PRESSURE_WARNING);
    (void)promote_run(self);
    read_often(1, 2 * OFTEN);
    (void)promote_run(self);
    assert_int_equal(cold().n_wishes, 0);
    store_set_pressure(the_store, STORE_PRESSURE_NORMAL);
    (void)promote_run(self);
    read_often(1, OFTEN);
    (void)promote_run(self);
    assert_false(is_packed(1));
}

static void
test_the_bytes_of_a_round_are_bounded(void **state)
{
    (void)state;
    /* In a store of 32 MiB, an eighth is 4 MiB: more than 8,000 of these items. */
    enum { ITEMS = 12000, AT_A_TIME = 400 };
    for (uint64_t i = 0; i < ITEMS; i++)
        set_packed(i);
    for (uint64_t from = 0; from < ITEMS; from += AT_A_TIME)
        for (int n = 0; n < 2 * OFTEN; n++) {
            clock_shift(1);
            for (uint64_t i = from; i < from + AT_A_TIME; i++)
                assert_true(has_record(i, SIZE));
            while (promote_run(self))
                ;
        }
    uint64_t n = cold().n_promotions, chunk = 0;
    for (uint64_t i = 0; i < ITEMS && chunk == 0; i++)
        if (!is_packed(i))
            chunk = the_store->classes.geometry[class_id_of(i)].size;
    assert_true(n * chunk >= the_store->options.limit / 8 - chunk &&
                n * chunk <= the_store->options.limit / 8 + chunk);
    /* Two rounds of the hand later, more may be promoted. */
    const struct page_pool *pool = &the_store->classes.pools[0];
    uint32_t n_pages = atomic_load(&pool->next) - pool->first, page;
    for (int round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < n_pages; i++) {
            struct class *c = class_hold_next(&the_store->classes, 0, &page);
            if (c != NULL)
                class_hold_end(c, page);
        }
        (void)promote_run(self);
    }
    uint64_t i = 0;
    while (!is_packed(i))
        i++;
    read_often(i, 2 * OFTEN);
    while (promote_run(self))
        ;
    assert_false(is_packed(i));
}

enum { PACKED = 300, OTHERS = 10000, LONG = 2000 };

static uint64_t
pool_pages(void)
{
    return page_pool_pages(&the_store->classes.pools[0]);
}

static uint64_t
free_plain_chunks(void)
{
    struct class *c = class_at(&the_store->classes, 0, class_id_of(OTHERS));
    return class_free_chunks(c) + self->magazines[c->id].n;
}

/* Packed items, long values, and others of the packed items' plain size until there is no chunk for one more. */
static void
fill_up(uint64_t n_long)
{
    for (uint64_t i = 0; i < PACKED; i++)
        set_packed(i);
    pass_epochs();
    fill(OTHERS / 2, OTHERS / 2 + n_long, LONG);
    uint64_t i = OTHERS;
    do
        assert_int_equal(set_pattern(i++, SIZE), STORE_OK);
    while (!demand_is_full(the_store) || pool_pages() > 0 || free_plain_chunks() > 0);
    assert_int_equal(counted(STORE_N_EVICTED), 0);
}

/* Reads all packed items often; returns how many were promoted. */
static uint64_t
read_packed(void)
{
    for (int n = 0; n < 2 * OFTEN; n++) {
        clock_shift(1);
        for (uint64_t i = 0; i < PACKED; i++)
            assert_true(has_record(i, SIZE));
        while (promote_run(self))
            ;
    }
    return cold().n_promotions;
}

static void
test_nothing_is_evicted_for_it(void **state)
{
    (void)state;
    fill_up(0);
    uint64_t n_items = stats().n_items;
    assert_int_equal(read_packed(), 0);
    assert_int_equal(stats().n_items, n_items);
    assert_true(cold().n_wishes > 0);
    /* There is a chunk for each item that is removed. */
    for (uint64_t i = OTHERS; i < OTHERS + 10; i++)
        assert_int_equal(drop(key_number(i)), STORE_OK);
    pass_epochs();
    assert_int_equal(read_packed(), 10);
}

static void
test_the_reserve_of_pages_is_left_to_writers(void **state)
{
    (void)state;
    enum { A_PAGE = (64 << 10) / LONG };
    fill_up(6 * A_PAGE);
    uint64_t reserve = demand_reserve(the_store), gone = OTHERS / 2;
    for (; gone < OTHERS / 2 + 6 * A_PAGE && pool_pages() <= reserve; gone++) {
        assert_int_equal(drop(key_number(gone)), STORE_OK);
        pass_epochs();
    }
    assert_int_equal(pool_pages(), reserve + 1);
    uint64_t n = read_packed();
    assert_true(n > 0 && n < PACKED);
    assert_int_equal(pool_pages(), reserve);
}

static void
test_where_nothing_is_evicted_the_room_is_the_clients(void **state)
{
    (void)state;
    set_packed(1);
    read_often(1, 2 * OFTEN);
    (void)promote_run(self);
    assert_true(is_packed(1));
    assert_int_equal(cold().n_wishes, 0);
}

/* ---- several threads ---------------------------------------------------------- */

enum { KEYS = 16, READERS = 2, ROUNDS = 3000 };

static _Atomic bool readers_end;
static _Atomic int n_found;

/* Several threads read this way at the same time, so it uses no buffer of others. */
static void *
read_all(void *arg)
{
    struct store_thread *t = store_thread_new(arg);
    char value[SIZE];
    struct store_view v;
    MUST(t != NULL);
    for (uint64_t n = 0; !atomic_load(&readers_end); n++) {
        char name[32];
        snprintf(name, sizeof name, "key:%d", (int)(n % KEYS));
        struct store_key key = key_of(name);
        store_enter(t);
        if (store_get(t, &key, &v) == STORE_OK) {
            MUST(v.n_value == SIZE);
            store_copy_value(t, &v, value);
            /* record() begins with the number of the key */
            char begin[32];
            int n_begin = snprintf(begin, sizeof begin, "{\"id\":%d,", (int)(n % KEYS));
            MUST(memcmp(value, begin, (size_t)n_begin) == 0);
            atomic_fetch_add(&n_found, 1);
        }
        store_leave(t);
    }
    store_thread_free(&t);
    return NULL;
}

static void
test_threads_read_what_is_packed_promoted_and_replaced(void **state)
{
    (void)state;
    pthread_t id[READERS];
    atomic_store(&readers_end, false);
    for (uint64_t i = 0; i < KEYS; i++)
        set_packed(i);
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&id[i], NULL, read_all, the_store), 0);
    for (int n = 0; n < ROUNDS || cold().n_promotions == 0 || atomic_load(&n_found) == 0; n++) {
        uint64_t i = (uint64_t)n % KEYS;
        struct store_key key = key_number(i);
        clock_shift(1);
        if (n % 11 == 0)
            (void)drop(key);
        if (n % 7 == 0)
            assert_int_equal(set_record(i, SIZE), STORE_OK);
        struct item *it = peek(key);
        if (n % (5 * KEYS) < KEYS && it != NULL && !(item_flags(it) & ITEM_FORM))
            (void)pack_key(key, slot);
        (void)promote_run(self);
    }
    atomic_store(&readers_end, true);
    for (int i = 0; i < READERS; i++)
        pthread_join(id[i], NULL);
    assert_int_equal(forms_referers(the_store, slot), cold().n_packed);
}

static bool
a_tick_later_it_is_plain(void)
{
    clock_shift(1);
    mover_tick(the_store);
    return has_record(1, SIZE) && !is_packed(1);
}

static void
test_the_mover_promotes(void **state)
{
    (void)state;
    set_packed(1);
    assert_true(comes_true(a_tick_later_it_is_plain));
    assert_true(cold().n_promotions == 1);
}

#define T_ON(test, opening) \
    cmocka_unit_test_prestate_setup_teardown(test, open_promoting, close_promoting, &(opening))
#define T(test) T_ON(test, usual)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_a_packed_item_that_is_read_often_becomes_plain),
        T(test_reads_of_plain_items_make_no_wish),
        T(test_an_item_makes_one_wish_in_a_tick),
        T(test_every_way_to_read_makes_wishes),
        T(test_a_full_ring_loses_wishes),
        T(test_wishes_of_a_thread_that_has_ended_are_counted),
        T(test_the_memory_of_wishes_is_counted),
        T(test_items_that_are_read_rarely_stay_packed),
        T(test_promoted_items_are_not_packed_at_once),
        T(test_an_item_that_was_read_too_long_ago_is_no_wish),
        T(test_an_item_that_was_removed_or_replaced_is_left_alone),
        T(test_an_item_that_moved_is_wished_for_again),
        T(test_a_flushed_item_is_left_alone),
        T_ON(test_nothing_is_promoted_without_compression_or_budget, without_compression),
        T_ON(test_nothing_is_promoted_without_compression_or_budget, without_budget),
        T(test_nothing_is_promoted_under_memory_pressure),
        T(test_the_bytes_of_a_round_are_bounded),
        T_ON(test_nothing_is_evicted_for_it, tiny),
        T_ON(test_the_reserve_of_pages_is_left_to_writers, tiny),
        T_ON(test_where_nothing_is_evicted_the_room_is_the_clients, without_evictions),
        T(test_threads_read_what_is_packed_promoted_and_replaced),
        T_ON(test_the_mover_promotes, with_mover),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
