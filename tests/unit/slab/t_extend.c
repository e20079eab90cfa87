/*
 * extend: an append reuses the links of a chain, and readers and senders of the old value keep the old
 * value.
 */
#include "slab/store/extend.h"

#include <pthread.h>

#include "slab/index/chain.h"
#include "slab/reclaim/grace.h"

#include "tests/unit/slab/storing.h"

enum { LENGTH = 400000 };

static uint64_t
first_link(struct store_key key)
{
    return *item_next(peek(key));
}

static enum store_result
append_as(struct store_thread *t, struct store_key key, const char *p, uint32_t n)
{
    struct store_spec spec = {.n_value = n};
    struct store_put how = {.mode = STORE_APPEND};
    struct store_slot slot;
    struct store_stored stored;
    store_enter(t);
    enum store_result r = store_reserve(t, &key, &spec, &slot);
    if (r == STORE_OK) {
        store_slot_fill(t, &slot, 0, p, n);
        r = store_commit(t, &key, &slot, &how, &stored);
    }
    store_leave(t);
    return r;
}

/* Grows a value in pieces; after each append the value must match, byte for byte. */
static void
grow(uint32_t step, uint32_t from, uint32_t to)
{
    struct store_key key = key_of("grows");
    const char *value = pattern(7, to);
    assert_int_equal(put_until(key, value, from, STORE_SET, 0), STORE_OK);
    for (uint32_t n = from; n < to;) {
        uint32_t piece = to - n < step ? to - n : step;
        assert_int_equal(append_as(self, key, value + n, piece), STORE_OK);
        n += piece;
        assert_memory_equal(get_key(key), value, n);
    }
    assert_sound();
    assert_int_equal(drop(key), STORE_OK);
    pass_epochs();
    assert_sound();
}

static void
test_values_grow_by_pieces_of_any_size(void **state)
{
    (void)state;
    uint32_t max = the_store->classes.chunk_max, link = max - (uint32_t)sizeof(struct link);
    const uint32_t steps[] = {1, 100, 4096, link - 1, link, link + 1, 3 * link, 50000};
    for (size_t i = 0; i < N_OF(steps); i++)
        grow(steps[i], 3 * link - 300, 3 * link + (steps[i] == 1 ? 600 : 100000));
    grow(17, max - 100, max + 600);
    grow(1000, 1, 60000);
}

static void
test_full_links_are_taken_over(void **state)
{
    (void)state;
    struct store_key key = key_number(1);
    assert_int_equal(set_pattern(1, 100000), STORE_OK);
    uint64_t first = first_link(key), head = offset_of(peek(key));
    assert_int_equal(append_as(self, key, "x", 1), STORE_OK);
    assert_int_equal(first_link(key), first);
    assert_int_not_equal(offset_of(peek(key)), head);
    for (struct link *l = chain_first(self->base, peek(key)); l != NULL; l = chain_next(self->base, l))
        assert_int_equal(l->mark, LINK_MARK | offset_of(peek(key)));
    assert_sound();
    /*
     * A prepend changes the beginning, and a CAS number that the client chose is stored in the item's
     * chunk: both copy.
     */
    assert_int_equal(put_until(key, "y", 1, STORE_PREPEND, 0), STORE_OK);
    assert_int_not_equal(first_link(key), first);
    first = first_link(key);
    struct store_spec spec = {.n_value = 1, .has_cas_new = true, .cas_new = 99};
    struct store_put how = {.mode = STORE_APPEND};
    assert_int_equal(put_as(key, &spec, &how, "z"), STORE_OK);
    assert_int_not_equal(first_link(key), first);
    assert_int_equal(last_stored.cas, 99);
}

/*
 * Between a takeover's last store to the links and the swing of the slot, the old item is found, and its
 * chain goes on in the newer item's links, which may hold more bytes than the old value has.
 */
static void
test_links_of_a_newer_item_are_not_taken_over(void **state)
{
    (void)state;
    uint32_t max = the_store->classes.chunk_max, link = max - (uint32_t)sizeof(struct link);
    struct store_key key = key_of("old"), longer = key_of("new");
    const char *value = pattern(1, 3 * link);
    assert_int_equal(put_until(key, value, 2 * link + 10, STORE_SET, 0), STORE_OK);
    assert_int_equal(put_until(longer, value, 3 * link, STORE_SET, 0), STORE_OK);
    struct item *old = peek(key);
    struct link *full = chain_first(self->base, old);
    struct link *newer = chain_next(self->base, chain_first(self->base, peek(longer)));
    assert_int_equal(full->n, link);
    assert_int_equal(newer->n, link);
    uint64_t next = atomic_exchange(&full->next, chain_offset(self->base, newer));
    struct store_spec spec = {.n_value = 2 * link + 15};
    struct rewritten out;
    store_enter(self);
    assert_int_equal(extend_chain(self, &key, &spec, old, item_seq(old), NULL, &out), STORE_NOT_STORED);
    store_leave(self);
    atomic_store(&full->next, next);
    assert_memory_equal(get_key(key), value, 2 * link + 10);
    assert_int_equal(append_as(self, key, value + 2 * link + 10, 0), STORE_OK); /* of nothing */
    assert_memory_equal(get_key(key), value, 2 * link + 10);
    assert_sound();
}

static void
test_properties_of_the_item_stay(void **state)
{
    (void)state;
    struct store_key key = key_of("k");
    uint32_t later = clock_now_s() + 100;
    struct store_spec spec = {.n_value = LENGTH, .client_flags = 0xABCD, .exptime = later, .pin = true};
    struct store_put how = {.mode = STORE_SET};
    struct store_meta meta;
    assert_int_equal(put_as(key, &spec, &how, pattern(1, LENGTH)), STORE_OK);
    uint64_t cas = last_stored.cas;
    assert_int_equal(append_as(self, key, "12", 2), STORE_OK);
    store_enter(self);
    assert_int_equal(store_describe(self, &key, &meta), STORE_OK);
    assert_int_equal(meta.exptime, later);
    assert_int_equal(meta.client_flags, 0xABCD);
    assert_int_equal(meta.n_value, LENGTH + 2);
    assert_true(meta.cas > cas);
    assert_true(item_flags(peek_inside(key)) & ITEM_PINNED);
    store_leave(self);
}

/* A reader that found the old item still reads the old value. */
static void
test_a_reader_keeps_its_value(void **state)
{
    (void)state;
    struct store_key key = key_number(3);
    struct store_view v;
    struct store_thread *other = store_thread_new(the_store);
    assert_int_equal(set_pattern(3, LENGTH), STORE_OK);
    store_enter(self);
    assert_int_equal(store_get(self, &key, &v), STORE_OK);
    for (int i = 0; i < 20; i++)
        assert_int_equal(append_as(other, key, pattern(4, 5000), 5000), STORE_OK);
    assert_int_equal(v.n_value, LENGTH);
    assert_memory_equal(read_out(self, v.item, LENGTH), pattern(3, LENGTH), LENGTH);
    store_leave(self);
    store_thread_free(&other);
}

/* While a sender holds the chain, an append copies it. */
static void
test_a_chain_being_sent_is_copied(void **state)
{
    (void)state;
    struct store_key key = key_number(3);
    assert_int_equal(set_pattern(3, 200000), STORE_OK);
    struct item *it = hold(key);
    uint64_t first = *item_next(it);
    assert_int_equal(append_as(self, key, "x", 1), STORE_OK);
    assert_int_not_equal(first_link(key), first);
    pass_epochs();
    assert_memory_equal(read_out(self, it, 200000), pattern(3, 200000), 200000);
    release(it);
    assert_sound();
}

/* This sender found the old item, but holds it only after its links belong to the new one. */
static void
test_a_late_sender_holds_the_old_value(void **state)
{
    (void)state;
    struct store_key key = key_number(3);
    struct store_view v;
    struct store_thread *other = store_thread_new(the_store);
    assert_int_equal(set_pattern(3, 200000), STORE_OK);
    store_enter(self);
    assert_int_equal(store_get(self, &key, &v), STORE_OK);
    assert_int_equal(append_as(other, key, "x", 1), STORE_OK);
    store_hold(self, v.item);
    store_leave(self);
    store_thread_free(&other); /* waits until its limbo is empty */
    assert_int_equal(drop(key), STORE_OK);
    pass_epochs();
    fill(100, 120, 20000); /* overwrites chunks that are free */
    assert_memory_equal(read_out(self, v.item, 200000), pattern(3, 200000), 200000);
    release(v.item);
    assert_sound();
}

/* ---- threads -------------------------------------------------------------- */

enum { APPENDS = 300, PIECE = 997 };

static _Atomic bool over;

/* Every value that is read must be a beginning of the pattern. */
static void *
read_on(void *arg)
{
    struct store_thread *t = store_thread_new(the_store);
    const char *value = arg;
    struct store_key key = key_of("shared");
    for (unsigned n = 0; !atomic_load(&over); n++) {
        struct store_view v;
        struct iovec span;
        uint32_t at = 0;
        store_enter(t);
        if (store_get(t, &key, &v) == STORE_OK && v.n_value >= STORE_HOLD_MIN) {
            store_hold(t, v.item);
            store_leave(t);
            while (store_value_spans(t, v.item, &at, &span, 1) == 1)
                if (memcmp(span.iov_base, value + at - span.iov_len, span.iov_len) != 0)
                    abort();
            if (at != v.n_value)
                abort();
            store_enter(t);
            store_release(t, v.item);
        }
        store_leave(t);
    }
    store_thread_free(&t);
    return NULL;
}

static void *
move_pages(void *arg)
{
    (void)arg;
    while (!atomic_load(&over))
        (void)!store_move_page(the_store, -1, 0);
    return NULL;
}

static void
test_beside_readers_and_moves(void **state)
{
    (void)state;
    struct store_options o = small_store();
    o.limit = (size_t)16 << 20;
    o.item_max = 1 << 20;
    o.background = true;
    open_store(&o);
    pthread_t readers[2], mover;
    char *value = malloc(APPENDS * PIECE);
    assert_non_null(value);
    memcpy(value, pattern(1, APPENDS * PIECE), APPENDS * PIECE);
    atomic_store(&over, false);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, read_on, value), 0);
    assert_int_equal(pthread_create(&mover, NULL, move_pages, NULL), 0);
    struct store_key key = key_of("shared");
    for (int round = 0; round < 4; round++) {
        assert_int_equal(put_until(key, value, PIECE, STORE_SET, 0), STORE_OK);
        for (int i = 1; i < APPENDS; i++)
            assert_int_equal(append_as(self, key, value + i * PIECE, PIECE), STORE_OK);
        assert_memory_equal(get_key(key), value, APPENDS * PIECE);
    }
    atomic_store(&over, true);
    for (int i = 0; i < 2; i++)
        pthread_join(readers[i], NULL);
    pthread_join(mover, NULL);
    mover_pause(the_store);
    assert_sound();
    mover_resume(the_store);
    free(value);
}

int
main(void)
{
#define ON_STORE(test) cmocka_unit_test_setup_teardown(test, open_large, close_store)
    const struct CMUnitTest tests[] = {
        ON_STORE(test_values_grow_by_pieces_of_any_size),
        ON_STORE(test_full_links_are_taken_over),
        ON_STORE(test_links_of_a_newer_item_are_not_taken_over),
        ON_STORE(test_properties_of_the_item_stay),
        ON_STORE(test_a_reader_keeps_its_value),
        ON_STORE(test_a_chain_being_sent_is_copied),
        ON_STORE(test_a_late_sender_holds_the_old_value),
        cmocka_unit_test_setup_teardown(test_beside_readers_and_moves, NULL, close_store),
    };
    return cmocka_run_group_tests_name("extend", tests, NULL, NULL);
}
