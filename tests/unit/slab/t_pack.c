/*
 * pack: a packed item is the same item to clients, whatever they do with it, and is counted as long as it is
 * linked.
 */
#include "slab/core/forms.h"
#include "slab/mem/room.h"
#include "slab/form/relocate.h"
#include "slab/reclaim/maintain.h"
#include "tests/unit/slab/packing.h"

static uint32_t slot;

static int
open_packing(void **state)
{
    int r = open_large(state);
    assert_true(pack_join(self));
    slot = adopt_common(&the_store->dictionaries, CODEC_zstd);
    return r;
}

static int
open_no_evict_packing(void **state)
{
    (void)state;
    struct store_options o = small_store();
    o.limit = (size_t)32 << 20;
    o.evict = false;
    open_store(&o);
    assert_true(pack_join(self));
    return 0;
}

static int
close_packing(void **state)
{
    pack_part(self);
    return close_store(state);
}

static struct form_counts
forms(void)
{
    struct form_counts n;
    forms_sum(the_store, &n);
    return n;
}

static bool
is_packed(struct store_key key)
{
    return (item_flags(peek(key)) & ITEM_FORM) == ITEM_PACKED;
}

static void
test_a_packed_item_is_the_same_item(void **state)
{
    (void)state;
    struct store_spec spec = {.client_flags = 77,
        .exptime = clock_now_s() + 500,
        .n_value = 400,
        .has_cas_new = true,
        .cas_new = 4711};
    struct store_put how = {.mode = STORE_SET};
    struct store_key key = key_of("a");
    assert_int_equal(put_as(key, &spec, &how, record(1, 400)), STORE_OK);
    assert_non_null(get("a"));
    struct item *from = peek(key);
    item_set_status(from, ITEM_STALE);
    uint64_t seq = item_seq(from), size = item_size(from);
    uint32_t flags = item_flags(from);
    assert_int_equal(pack_key(key, slot), PACK_DONE);
    struct item *to = peek(key);
    assert_ptr_not_equal(to, from);
    assert_int_equal(item_seq(from), 0);
    assert_int_equal(item_seq(to), seq);
    assert_int_equal(item_flags(to), flags | ITEM_PACKED);
    assert_int_equal(item_n_value(to), 400);
    assert_true(item_n_stored(to) < 200);
    assert_int_equal(item_client_size(to, the_store->classes.chunk_max), size);
    assert_int_equal(item_client_flags(to), 77);
    assert_int_equal(item_exptime(to), spec.exptime);
    assert_int_equal(to->heat, 1);
    assert_int_equal(item_cas(to, seq), 4711);
    assert_memory_equal(get("a"), record(1, 400), 400);
    assert_true(page_of(to)->soonest != 0 && page_of(to)->soonest <= spec.exptime);
}

static void
test_clients_see_the_plain_sizes(void **state)
{
    (void)state;
    assert_int_equal(set_record(1, 500), STORE_OK);
    struct store_key key = key_number(1);
    struct store_meta before, after;
    store_enter(self);
    assert_int_equal(store_describe(self, &key, &before), STORE_OK);
    store_leave(self);
    assert_int_equal(pack_key(key, slot), PACK_DONE);
    store_enter(self);
    assert_int_equal(store_describe(self, &key, &after), STORE_OK);
    store_leave(self);
    assert_int_equal(after.n_item, before.n_item);
    assert_int_equal(after.n_value, before.n_value);
    assert_int_equal(after.class_id, before.class_id);
    assert_int_equal(after.cas, before.cas);
}

static void
test_what_it_holds_is_counted_while_it_is_linked(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 100; i++) {
        assert_int_equal(set_record(i, 300), STORE_OK);
        assert_int_equal(pack_key(key_number(i), i % 2 ? slot : CODEC_zstd), PACK_DONE);
    }
    struct form_counts n = forms();
    assert_true(n.n_packed == 100 && n.value_bytes == 30000 && n.stored_bytes < 20000);
    assert_true(n.referers[slot] == 50 && n.referers[CODEC_zstd] == 50);
    assert_sound();
    for (uint64_t i = 0; i < 40; i++)
        assert_int_equal(drop(key_number(i)), STORE_OK);
    for (uint64_t i = 40; i < 80; i++)
        assert_int_equal(set_record(i, 300), STORE_OK);
    n = forms();
    assert_true(n.n_packed == 20 && n.value_bytes == 6000 && n.referers[slot] == 10);
    assert_int_equal(forms_referers(the_store, slot), 10);
    for (uint64_t i = 80; i < 100; i++) {
        struct store_key key = key_number(i);
        store_enter(self);
        assert_int_equal(pack_undo(self, peek_inside(key), key.hash), PACK_DONE);
        store_leave(self);
        assert_true(!is_packed(key) && has_record(i, 300));
    }
    n = forms();
    assert_true(n.n_packed == 0 && n.value_bytes == 0 && n.stored_bytes == 0 && n.referers[slot] == 0);
}

static void
test_all_changes_work_on_a_packed_value(void **state)
{
    (void)state;
    struct store_key key = key_number(1);
    /* append and prepend */
    assert_int_equal(set_record(1, 300), STORE_OK);
    assert_int_equal(pack_key(key, slot), PACK_DONE);
    assert_int_equal(put_until(key, "tail", 4, STORE_APPEND, 0), STORE_OK);
    assert_int_equal(last_stored.n_value, 304);
    assert_memory_equal(get_key(key) + 300, "tail", 4);
    assert_int_equal(pack_key(key, slot), PACK_DONE);
    assert_int_equal(put_until(key, "head", 4, STORE_PREPEND, 0), STORE_OK);
    assert_memory_equal(get_key(key), "head", 4);
    assert_memory_equal(get_key(key) + 4, record(1, 300), 300);
    /* a long one, so that the sum is a chain */
    assert_int_equal(pack_key(key, slot), PACK_DONE);
    assert_int_equal(put_until(key, pattern(2, 60000), 60000, STORE_APPEND, 0), STORE_OK);
    assert_memory_equal(get_key(key) + 4, record(1, 300), 300);
    assert_memory_equal(get_key(key) + 308, pattern(2, 60000), 60000);
    /* touch, in place */
    assert_int_equal(set_record(1, 300), STORE_OK);
    assert_int_equal(pack_key(key, slot), PACK_DONE);
    store_enter(self);
    assert_int_equal(store_touch(self, &key, clock_now_s() + 100), STORE_OK);
    store_leave(self);
    assert_true(is_packed(key) && item_exptime(peek(key)) == clock_now_s() + 100 && has_record(1, 300));
    /* an invalidation that keeps the value, with a number of the client's */
    store_enter(self);
    struct store_invalidate how = {.mark_stale = true, .has_cas_new = true, .cas_new = 9};
    assert_int_equal(store_invalidate(self, &key, &how), STORE_OK);
    store_leave(self);
    assert_true((item_flags(peek(key)) & ITEM_STALE) && has_record(1, 300));
}

static void
test_a_packed_number_counts(void **state)
{
    (void)state;
    char value[200];
    memset(value, ' ', sizeof value);
    memcpy(value, "41", 2);
    struct store_key key = key_of("n");
    assert_int_equal(put_until(key, value, sizeof value, STORE_SET, 0), STORE_OK);
    assert_int_equal(pack_key(key, CODEC_zstd), PACK_DONE);
    struct store_arith how = {.delta = 1};
    struct store_number out;
    store_enter(self);
    assert_int_equal(store_arith(self, &key, &how, &out), STORE_OK);
    store_leave(self);
    assert_int_equal(out.number, 42);
    assert_memory_equal(get("n"), "42   ", 5);
    assert_int_equal(set_record(1, 300), STORE_OK);
    key = key_number(1);
    assert_int_equal(pack_key(key, slot), PACK_DONE);
    store_enter(self);
    assert_int_equal(store_arith(self, &key, &how, &out), STORE_NOT_NUMBER);
    store_leave(self);
}

static void
test_a_value_that_hardly_shrinks_stays_plain(void **state)
{
    (void)state;
    assert_int_equal(set_pattern(1, 500), STORE_OK); /* random bytes */
    assert_int_equal(pack_key(key_number(1), slot), PACK_VAIN);
    assert_false(is_packed(key_number(1)));
    assert_true(has_pattern(1, 500));
    assert_int_equal(set("n", "1234"), STORE_OK);
    assert_int_equal(pack_key(key_of("n"), slot), PACK_VAIN);
}

static void
test_an_item_that_was_replaced_is_not_packed(void **state)
{
    (void)state;
    assert_int_equal(set_record(1, 300), STORE_OK);
    struct store_key key = key_number(1);
    struct item *old = peek(key);
    assert_int_equal(set_record(1, 310), STORE_OK);
    uint64_t saved;
    store_enter(self);
    assert_int_equal(pack_item(self, old, key.hash, slot, &saved), PACK_GONE);
    store_leave(self);
    assert_true(!is_packed(key) && has_record(1, 310));
    assert_int_equal(forms().n_packed, 0);
}

static void
test_a_packed_item_moves_and_is_packed_anew(void **state)
{
    (void)state;
    assert_int_equal(set_record(1, 300), STORE_OK);
    struct store_key key = key_number(1);
    assert_int_equal(pack_key(key, slot), PACK_DONE);
    struct item *it = peek(key);
    store_enter(self);
    assert_int_equal(relocate(self, it, key.hash, self->node), RELOCATE_DONE);
    store_leave(self);
    assert_true(is_packed(key) && has_record(1, 300));
    assert_int_equal(forms_referers(the_store, slot), 1);
    uint32_t other = adopt_common(&the_store->dictionaries, CODEC_lz4);
    assert_int_equal(pack_key(key, other), PACK_DONE);
    assert_true(is_packed(key) && has_record(1, 300));
    assert_int_equal(forms_referers(the_store, slot), 0);
    assert_int_equal(forms_referers(the_store, other), 1);
}

static void
test_values_over_the_bound_may_not_be_packed(void **state)
{
    (void)state;
    assert_int_equal(set_record(1, 6000), STORE_OK);
    assert_true(pack_may(peek(key_number(1))));
    assert_int_equal(set_pattern(2, CODEC_LARGE_MAX), STORE_OK);
    assert_true(pack_may(peek(key_number(2))));
    assert_int_equal(set_pattern(3, CODEC_LARGE_MAX + 1), STORE_OK);
    assert_false(pack_may(peek(key_number(3))));
}

/* ---- large values --------------------------------------------------------- */

static bool
is_chain(struct store_key key)
{
    return item_flags(peek(key)) & ITEM_CHAINED;
}

static void
test_a_chain_is_packed_into_one_chunk(void **state)
{
    (void)state;
    struct store_key key = key_number(1);
    for (uint32_t n = CODEC_SMALL_MAX - 300; n <= CODEC_LARGE_MAX;
         n += n < CODEC_SMALL_MAX + 300 ? 7 : 4111) {
        assert_int_equal(set_record(1, n), STORE_OK);
        bool chained = is_chain(key);
        uint64_t size = item_client_size(peek(key), the_store->classes.chunk_max);
        assert_int_equal(pack_key(key, CODEC_lz4), PACK_DONE);
        assert_true(is_packed(key) && has_record(1, n));
        assert_int_equal(item_n_value(peek(key)), n);
        assert_int_equal(item_client_size(peek(key), the_store->classes.chunk_max), size);
        assert_true(!chained || n > 20000 || !is_chain(key));
        store_enter(self);
        assert_int_equal(pack_undo(self, peek_inside(key), key.hash), PACK_DONE);
        store_leave(self);
        assert_true(!is_packed(key) && has_record(1, n) && is_chain(key) == chained);
    }
    assert_sound();
}

static void
test_a_chain_is_packed_into_a_chain(void **state)
{
    (void)state;
    struct store_key key = key_number(1);
    uint64_t saved;
    for (uint32_t n = 20000; n <= CODEC_LARGE_MAX; n += n / 64 + 1) {
        assert_int_equal(put_until(key, half_record(1, n), n, STORE_SET, 0), STORE_OK);
        uint64_t held = relocate_memory(&the_store->classes, peek(key), 0, n);
        store_enter(self);
        assert_int_equal(pack_item(self, peek_inside(key), key.hash, CODEC_lz4, &saved), PACK_DONE);
        store_leave(self);
        struct item *it = peek(key);
        assert_true(is_packed(key) && is_chain(key));
        assert_memory_equal(get_key(key), half_record(1, n), n);
        assert_int_equal(
            held - saved, relocate_memory(&the_store->classes, it, ITEM_PACKED, item_n_stored(it)));
        store_enter(self);
        assert_int_equal(relocate(self, peek_inside(key), key.hash, self->node), RELOCATE_DONE);
        store_leave(self);
        assert_true(is_packed(key) && is_chain(key));
        assert_memory_equal(get_key(key), half_record(1, n), n);
    }
    assert_sound();
    assert_int_equal(forms().n_packed, 1);
    assert_int_equal(drop(key), STORE_OK);
    assert_int_equal(forms().n_packed, 0);
    assert_sound();
}

/* Nothing is written beyond the spare bytes. */
static void
test_a_packed_chain_needs_only_the_spare_bytes(void **state)
{
    (void)state;
    struct store_key key = key_number(1);
    uint32_t n = CODEC_LARGE_MAX;
    char *room = malloc(VALUE_ROOM_MAX); /* the address sanitizer sees its end */
    assert_non_null(room);
    assert_int_equal(put_until(key, half_record(1, n), n, STORE_SET, 0), STORE_OK);
    assert_int_equal(pack_key(key, CODEC_lz4), PACK_DONE);
    assert_true(is_chain(key));
    store_enter(self);
    value_copy(self, peek_inside(key), room);
    store_leave(self);
    assert_memory_equal(room, half_record(1, n), n);
    free(room);
}

static void
test_large_values_that_hardly_shrink_stay_plain(void **state)
{
    (void)state;
    for (uint32_t n = 9000; n < CODEC_LARGE_MAX; n += 9000) {
        struct store_key key = key_number(n);
        assert_int_equal(set_pattern(n, n), STORE_OK);
        assert_int_equal(pack_key(key, CODEC_lz4), PACK_VAIN);
        store_enter(self);
        assert_int_equal(pack_anyway(self, peek_inside(key), key.hash, CODEC_lz4), PACK_VAIN);
        store_leave(self);
        assert_true(!is_packed(key) && has_pattern(n, n));
    }
    assert_sound();
}

static void
test_all_changes_work_on_a_packed_chain(void **state)
{
    (void)state;
    struct store_key key = key_number(1);
    uint32_t n = 40000;
    for (int mode = 0; mode < 4; mode++) {
        assert_int_equal(put_until(key, half_record(1, n), n, STORE_SET, 0), STORE_OK);
        assert_int_equal(pack_key(key, CODEC_lz4), PACK_DONE);
        assert_true(is_packed(key) && is_chain(key));
        struct store_invalidate how = {.mark_stale = true};
        switch (mode) {
        case 0:
            assert_int_equal(put_until(key, "tail", 4, STORE_APPEND, 0), STORE_OK);
            assert_memory_equal(get_key(key), half_record(1, n), n);
            assert_memory_equal(get_key(key) + n, "tail", 4);
            break;
        case 1:
            assert_int_equal(put_until(key, "head", 4, STORE_PREPEND, 0), STORE_OK);
            assert_memory_equal(get_key(key) + 4, half_record(1, n), n);
            break;
        case 2:
            store_enter(self);
            assert_int_equal(store_invalidate(self, &key, &how), STORE_OK);
            store_leave(self);
            assert_memory_equal(get_key(key), half_record(1, n), n);
            break;
        default: assert_int_equal(put_until(key, "new", 3, STORE_SET, 0), STORE_OK); break;
        }
        assert_sound();
    }
    assert_int_equal(forms().n_packed, 0);
}

static void
test_a_large_packed_number_counts(void **state)
{
    (void)state;
    static char value[30000];
    memset(value, ' ', sizeof value);
    memcpy(value, "41", 2);
    struct store_key key = key_of("n");
    assert_int_equal(put_until(key, value, sizeof value, STORE_SET, 0), STORE_OK);
    assert_int_equal(pack_key(key, CODEC_lz4), PACK_DONE);
    struct store_arith how = {.delta = 1};
    struct store_number out;
    store_enter(self);
    assert_int_equal(store_arith(self, &key, &how, &out), STORE_OK);
    store_leave(self);
    assert_int_equal(out.number, 42);
    value[1] = '2';
    assert_memory_equal(get("n"), value, sizeof value);
}

/* A value that is being sent is held; it stays as it was until the sender releases it. */
static void
test_a_held_chain_is_packed(void **state)
{
    (void)state;
    struct store_key key = key_number(1);
    struct iovec spans[16];
    uint32_t n = 40000, at = 0, n_read = 0;
    assert_int_equal(set_record(1, n), STORE_OK);
    struct item *held = peek(key);
    store_enter(self);
    store_hold(self, held);
    store_leave(self);
    assert_int_equal(pack_key(key, CODEC_lz4), PACK_DONE);
    maintain_all(self);
    size_t n_spans = store_value_spans(self, held, &at, spans, N_OF(spans));
    for (size_t i = 0; i < n_spans; n_read += (uint32_t)spans[i++].iov_len)
        assert_memory_equal(spans[i].iov_base, record(1, n) + n_read, spans[i].iov_len);
    assert_int_equal(n_read, n);
    store_enter(self);
    store_release(self, held);
    store_leave(self);
    assert_true(is_packed(key) && has_record(1, n));
    assert_sound();
}

/* If a link is missing, the chunks that were taken are free again. */
static void
test_without_a_chunk_for_each_link_it_stays_plain(void **state)
{
    (void)state;
    struct store_key key = key_number(1);
    uint32_t n = 60000, missing = 0, n_set = 0;
    assert_int_equal(put_until(key, half_record(1, n), n, STORE_SET, 0), STORE_OK);
    while (n_set < 3000 && set_pattern(1000 + n_set, 40000) == STORE_OK)
        n_set++;
    assert_true(n_set > 100 && n_set < 3000);
    for (uint32_t i = 0; i < 100 && !is_packed(key); i++) {
        if (pack_key(key, CODEC_lz4) == PACK_NO_CHUNK) {
            missing++;
            assert_true(
                room_lacks(&the_store->classes, 0)); /* the class that lacks a chunk has asked for a page */
        }
        assert_memory_equal(get_key(key), half_record(1, n), n);
        if (i % 10 == 9)
            assert_int_equal(drop(key_number(1000 + i / 10)), STORE_OK);
        maintain_all(self);
    }
    assert_true(missing >= 10 && is_packed(key));
    assert_memory_equal(get_key(key), half_record(1, n), n);
    assert_sound();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_packed_item_is_the_same_item, open_packing, close_packing),
        cmocka_unit_test_setup_teardown(test_clients_see_the_plain_sizes, open_packing, close_packing),
        cmocka_unit_test_setup_teardown(
            test_what_it_holds_is_counted_while_it_is_linked, open_packing, close_packing),
        cmocka_unit_test_setup_teardown(test_all_changes_work_on_a_packed_value, open_packing, close_packing),
        cmocka_unit_test_setup_teardown(test_a_packed_number_counts, open_packing, close_packing),
        cmocka_unit_test_setup_teardown(
            test_a_value_that_hardly_shrinks_stays_plain, open_packing, close_packing),
        cmocka_unit_test_setup_teardown(
            test_an_item_that_was_replaced_is_not_packed, open_packing, close_packing),
        cmocka_unit_test_setup_teardown(
            test_a_packed_item_moves_and_is_packed_anew, open_packing, close_packing),
        cmocka_unit_test_setup_teardown(
            test_values_over_the_bound_may_not_be_packed, open_packing, close_packing),
        cmocka_unit_test_setup_teardown(test_a_chain_is_packed_into_one_chunk, open_packing, close_packing),
        cmocka_unit_test_setup_teardown(test_a_chain_is_packed_into_a_chain, open_packing, close_packing),
        cmocka_unit_test_setup_teardown(
            test_a_packed_chain_needs_only_the_spare_bytes, open_packing, close_packing),
        cmocka_unit_test_setup_teardown(
            test_large_values_that_hardly_shrink_stay_plain, open_packing, close_packing),
        cmocka_unit_test_setup_teardown(test_all_changes_work_on_a_packed_chain, open_packing, close_packing),
        cmocka_unit_test_setup_teardown(test_a_large_packed_number_counts, open_packing, close_packing),
        cmocka_unit_test_setup_teardown(test_a_held_chain_is_packed, open_packing, close_packing),
        cmocka_unit_test_setup_teardown(
            test_without_a_chunk_for_each_link_it_stays_plain, open_no_evict_packing, close_packing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
