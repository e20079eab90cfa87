/* bodies: items that share a value are the same items to clients, and the body lives as long as they do. */
#include "slab/form/bodies.h"

#include "slab/core/forms.h"
#include "slab/form/relocate.h"
#include "slab/index/chain.h"
#include "tests/unit/slab/sharing.h"

enum { N = 1000, LONG = 40000, CHAIN = 100000 };

/* The items 0 to n - 1 have the same value of `bytes` bytes, and share it. */
static void
set_equal(uint64_t n, uint32_t bytes)
{
    for (uint64_t i = 0; i < n; i++) {
        assert_int_equal(put_until(key_number(i), pattern(7, bytes), bytes, STORE_SET, 0), STORE_OK);
        assert_int_equal(share_key(key_number(i)), PACK_DONE);
    }
}

static void
assert_value(uint64_t i, uint32_t bytes)
{
    const char *value = get_key(key_number(i));
    assert_non_null(value);
    assert_memory_equal(value, pattern(7, bytes), bytes);
}

static void
remove_number(uint64_t i)
{
    struct store_key key = key_number(i);
    store_enter(self);
    assert_int_equal(store_remove(self, &key, false, 0), STORE_OK);
    store_leave(self);
}

/* The body of the item with that key; inside. */
static struct item *
body_of_number(uint64_t i)
{
    struct store_key key = key_number(i);
    struct item *it = index_find(self->index, &key);
    assert_true(it != NULL && item_is_shared(it));
    struct item *body = body_find(self->index, item_shared(it).hash);
    assert_non_null(body);
    return body;
}

static uint32_t
count_of(const struct item *body)
{
    return atomic_load(item_referers(body));
}

static void
test_equal_values_are_in_memory_once(void **state)
{
    (void)state;
    set_equal(3, N);
    assert_int_equal(n_bodies(), 1);
    assert_int_equal(n_shared(), 3);
    for (uint64_t i = 0; i < 3; i++)
        assert_value(i, N);
    struct store_stats s;
    store_stats(the_store, &s);
    assert_int_equal(s.n_items, 3);
    assert_int_equal(s.n[STORE_N_LINKED], 3);
    assert_true(s.n_bytes < N + 500);
    struct store_cold cold;
    store_cold(the_store, &cold);
    assert_int_equal(cold.shared_bytes, 2 * N);
}

static void
test_the_last_referer_removes_the_body(void **state)
{
    (void)state;
    set_equal(3, N);
    remove_number(0);
    assert_int_equal(n_bodies(), 1);
    assert_int_equal(set_pattern(1, 30), STORE_OK);
    assert_int_equal(n_bodies(), 1);
    assert_value(2, N);
    remove_number(2);
    assert_int_equal(n_bodies(), 0);
    assert_sound();
}

static void
test_expired_and_flushed_referers_leave(void **state)
{
    (void)state;
    set_equal(2, N);
    struct store_key key = key_number(0);
    store_enter(self);
    assert_int_equal(store_touch(self, &key, clock_now_s() + 1), STORE_OK);
    store_leave(self);
    clock_shift(2);
    maintain_all(self);
    assert_int_equal(n_bodies(), 1);
    assert_int_equal(n_shared(), 1);
    store_flush(self, 0);
    clock_shift(2);
    maintain_all(self);
    assert_int_equal(n_bodies(), 0);
}

/* An equal value that is stored after a flush may refer to a body that was made before. */
static void
test_a_body_survives_a_flush_with_a_new_referer(void **state)
{
    (void)state;
    set_equal(1, N);
    store_flush(self, 0);
    assert_int_equal(put_until(key_number(9), pattern(7, N), N, STORE_SET, 0), STORE_OK);
    assert_int_equal(share_key(key_number(9)), PACK_DONE);
    clock_shift(2);
    maintain_all(self);
    assert_int_equal(n_bodies(), 1);
    assert_value(9, N);
    assert_null(get_key(key_number(0)));
}

static void
test_no_client_finds_a_body(void **state)
{
    (void)state;
    set_equal(2, N);
    store_enter(self);
    uint64_t content = body_content(body_of_number(0));
    store_leave(self);
    struct store_key key = store_key(bytes_of((const char *)&content, sizeof content));
    assert_null(get_key(key));
    assert_int_equal(put_until(key, "mine", 4, STORE_ADD, 0), STORE_OK);
    assert_string_equal(get_key(key), "mine");
    assert_value(0, N);
    store_enter(self);
    assert_int_equal(store_remove(self, &key, false, 0), STORE_OK);
    assert_int_equal(store_remove(self, &key, false, 0), STORE_MISSING);
    store_leave(self);
    assert_value(1, N);
}

static bool
count_visit(void *arg, const struct store_meta *meta)
{
    assert_true(meta->key.n > 4 && memcmp(meta->key.p, "key:", 4) == 0);
    assert_int_equal(meta->n_value, N);
    ++*(int *)arg;
    return true;
}

static void
test_walks_do_not_show_bodies(void **state)
{
    (void)state;
    int n = 0;
    set_equal(3, N);
    store_walk(self, count_visit, &n);
    assert_int_equal(n, 3);
}

#ifdef LARDER_CHECKS_FULL
/* ---- races --------------------------------------------------------------------- */

static uint64_t between_removes;

static void
remove_between(struct item *body)
{
    (void)body;
    bodies_between = NULL;
    struct store_key key = key_number(between_removes);
    assert_int_equal(store_remove(self, &key, false, 0), STORE_OK);
}

static void
test_the_last_referer_goes_before_a_new_one_is_counted(void **state)
{
    (void)state;
    set_equal(1, N);
    assert_int_equal(put_until(key_number(1), pattern(7, N), N, STORE_SET, 0), STORE_OK);
    between_removes = 0;
    bodies_between = remove_between;
    assert_int_equal(share_key(key_number(1)), PACK_GONE);
    assert_int_equal(n_bodies(), 0);
    assert_value(1, N);
    assert_int_equal(share_key(key_number(1)), PACK_DONE);
    assert_value(1, N);
}

static void
test_the_new_referer_goes_before_it_is_linked(void **state)
{
    (void)state;
    set_equal(1, N);
    assert_int_equal(put_until(key_number(1), pattern(7, N), N, STORE_SET, 0), STORE_OK);
    between_removes = 1;
    bodies_between = remove_between;
    assert_int_equal(share_key(key_number(1)), PACK_GONE);
    assert_int_equal(n_bodies(), 1);
    assert_int_equal(n_shared(), 1);
    assert_value(0, N);
}

static void
move_between(struct item *body)
{
    bodies_between = NULL;
    uint64_t content = body_content(body);
    assert_int_equal(relocate(self, body, body_key(&content).hash, self->node), RELOCATE_DONE);
}

static void
test_a_body_that_moves_is_not_counted(void **state)
{
    (void)state;
    set_equal(2, N);
    assert_int_equal(put_until(key_number(2), pattern(7, N), N, STORE_SET, 0), STORE_OK);
    bodies_between = move_between;
    assert_int_equal(share_key(key_number(2)), PACK_GONE);
    assert_int_equal(share_key(key_number(2)), PACK_DONE);
    store_enter(self);
    assert_int_equal(count_of(body_of_number(0)), 3);
    store_leave(self);
    for (uint64_t i = 0; i < 3; i++)
        assert_value(i, N);
}
#endif

/* A reader has found the value, and then all of it is removed. */
static void
test_a_view_outlives_its_item(void **state)
{
    (void)state;
    set_equal(1, N);
    struct store_view v;
    struct store_key key = key_number(0);
    char copy[N];
    store_enter(self);
    assert_int_equal(store_get(self, &key, &v), STORE_OK);
    assert_true(v.item != v.holder && item_is_body(v.holder));
    assert_non_null(v.value);
    assert_int_equal(store_remove(self, &key, false, 0), STORE_OK);
    store_copy_value(self, &v, copy);
    store_leave(self);
    assert_memory_equal(copy, pattern(7, N), N);
    assert_int_equal(n_bodies(), 0);
}

#ifdef LARDER_CHECKS_FULL
/* ---- collisions ------------------------------------------------------------------ */

static uint64_t
same_hash(uint64_t hash)
{
    (void)hash;
    return 42;
}

static void
test_values_with_the_same_hash_are_compared(void **state)
{
    (void)state;
    char value[N];
    bodies_hash_instead = same_hash;
    set_equal(2, N);
    for (uint32_t at = 0; at < N; at += N / 10) { /* one byte is different */
        memcpy(value, pattern(7, N), N);
        value[at] ^= 1;
        assert_int_equal(put_until(key_number(2), value, N, STORE_SET, 0), STORE_OK);
        assert_int_equal(share_key(key_number(2)), PACK_VAIN);
        assert_memory_equal(get_key(key_number(2)), value, N);
    }
    memcpy(value, pattern(7, N), N);
    assert_int_equal(put_until(key_number(2), value, N - 1, STORE_SET, 0), STORE_OK);
    assert_int_equal(share_key(key_number(2)), PACK_VAIN);
    bodies_hash_instead = NULL;
    assert_int_equal(n_shared(), 2);
    assert_value(0, N);
}
#endif

/* ---- forms ---------------------------------------------------------------------- */

static void
test_chains_are_shared(void **state)
{
    (void)state;
    set_equal(3, CHAIN);
    store_enter(self);
    struct item *body = body_of_number(0);
    assert_true(item_flags(body) & ITEM_CHAINED);
    uint64_t content = body_content(body);
    assert_int_equal(relocate(self, body, body_key(&content).hash, self->node), RELOCATE_DONE);
    store_leave(self);
    for (uint64_t i = 0; i < 3; i++)
        assert_value(i, CHAIN);
    struct store_stats s;
    store_stats(the_store, &s);
    assert_true(s.n_bytes < CHAIN + 2000);
    for (uint64_t i = 0; i < 3; i++)
        remove_number(i);
    assert_int_equal(n_bodies(), 0);
}

/* A sender holds the body, and not the referer that it has found. */
static void
test_a_held_body_outlives_its_referers(void **state)
{
    (void)state;
    struct store_view v;
    struct store_key key = key_number(0);
    set_equal(1, CHAIN);
    store_enter(self);
    assert_int_equal(store_get(self, &key, &v), STORE_OK);
    store_hold(self, v.holder);
    store_leave(self);
    remove_number(0);
    for (int i = 0; i < 8; i++) {
        store_enter(self);
        store_leave(self);
    }
    const char *copy = read_out(self, v.holder, CHAIN);
    assert_memory_equal(copy, pattern(7, CHAIN), CHAIN);
    store_enter(self);
    store_release(self, v.holder);
    store_leave(self);
    assert_sound();
}

static void
test_a_body_is_packed_and_made_plain_again(void **state)
{
    (void)state;
    assert_true(pack_join(self));
    uint32_t slot = adopt_common(&the_store->dictionaries, CODEC_zstd);
    for (uint64_t i = 0; i < 3; i++) {
        assert_int_equal(put_until(key_number(i), record(1, N), N, STORE_SET, 0), STORE_OK);
        assert_int_equal(share_key(key_number(i)), PACK_DONE);
    }
    for (int round = 0; round < 2; round++) {
        store_enter(self);
        struct item *body = body_of_number(0);
        uint64_t content = body_content(body);
        struct store_key key = body_key(&content);
        uint64_t saved;
        enum pack_result r =
            round == 0 ? pack_item(self, body, key.hash, slot, &saved) : pack_undo(self, body, key.hash);
        assert_int_equal(r, PACK_DONE);
        assert_int_equal(item_flags(body_of_number(0)) & ITEM_FORM, round == 0 ? ITEM_PACKED : 0);
        assert_int_equal(count_of(body_of_number(0)), 3);
        store_leave(self);
        for (uint64_t i = 0; i < 3; i++)
            assert_memory_equal(get_key(key_number(i)), record(1, N), N);
        assert_sound();
    }
    pack_part(self);
}

static void
test_a_packed_item_becomes_a_referer(void **state)
{
    (void)state;
    assert_true(pack_join(self));
    uint32_t slot = adopt_common(&the_store->dictionaries, CODEC_zstd);
    assert_int_equal(set_record(0, N), STORE_OK);
    assert_int_equal(pack_key(key_number(0), slot), PACK_DONE);
    assert_int_equal(share_key(key_number(0)), PACK_DONE);
    assert_memory_equal(get_key(key_number(0)), record(0, N), N);
    assert_int_equal(forms_referers(the_store, slot), 0);
    pack_part(self);
}

/* Packs the body of the item with that key by lz4; it becomes a chain. */
static void
pack_body(uint64_t i)
{
    uint64_t saved;
    store_enter(self);
    struct item *body = body_of_number(i);
    uint64_t content = body_content(body);
    assert_int_equal(pack_item(self, body, body_key(&content).hash, CODEC_lz4, &saved), PACK_DONE);
    uint32_t flags = item_flags(body_of_number(i));
    assert_int_equal(flags & (ITEM_FORM | ITEM_CHAINED), ITEM_PACKED | ITEM_CHAINED);
    store_leave(self);
}

/* Items of all forms have the hash of the plain one, and are equal to it. */
static void
test_packed_chains_are_bodies_and_become_referers(void **state)
{
    (void)state;
    assert_true(pack_join(self));
    for (uint64_t i = 0; i < 4; i++) {
        assert_int_equal(put_until(key_number(i), half_record(1, LONG), LONG, STORE_SET, 0), STORE_OK);
        if (i % 2 == 1) { /* packed before it is shared */
            assert_int_equal(pack_key(key_number(i), CODEC_lz4), PACK_DONE);
            assert_true(item_flags(peek(key_number(i))) & ITEM_CHAINED);
        }
        uint64_t size = item_client_size(peek(key_number(i)), the_store->classes.chunk_max);
        assert_int_equal(share_key(key_number(i)), PACK_DONE);
        assert_int_equal(item_client_size(peek(key_number(i)), the_store->classes.chunk_max), size);
        if (i == 0)
            pack_body(i);
        assert_sound();
    }
    assert_int_equal(n_bodies(), 1);
    assert_int_equal(n_shared(), 4);
    for (uint64_t i = 0; i < 4; i++)
        assert_memory_equal(get_key(key_number(i)), half_record(1, LONG), LONG);
#ifdef LARDER_CHECKS_FULL
    static char other[LONG];
    memcpy(other, half_record(1, LONG), LONG);
    for (uint32_t at = 0; at < LONG; at += LONG / 5) { /* one byte is different */
        other[at] ^= 1;
        bodies_hash_instead = same_hash;
        assert_int_equal(put_until(key_number(9), other, LONG, STORE_SET, 0), STORE_OK);
        if (at % 2 == 0)
            assert_int_equal(pack_key(key_number(9), CODEC_lz4), PACK_DONE);
        assert_int_equal(put_until(key_number(8), half_record(1, LONG), LONG, STORE_SET, 0), STORE_OK);
        assert_int_equal(share_key(key_number(8)), PACK_DONE);
        pack_body(8);
        assert_int_equal(share_key(key_number(9)), PACK_VAIN);
        assert_memory_equal(get_key(key_number(9)), other, LONG);
        remove_number(8);
        bodies_hash_instead = NULL;
        other[at] ^= 1;
    }
#endif
    assert_sound();
}

static void
test_changes_of_a_packed_chain_leave_the_body(void **state)
{
    (void)state;
    assert_true(pack_join(self));
    for (uint64_t i = 0; i < 3; i++) {
        assert_int_equal(put_until(key_number(i), half_record(1, LONG), LONG, STORE_SET, 0), STORE_OK);
        assert_int_equal(share_key(key_number(i)), PACK_DONE);
    }
    pack_body(0);
    assert_int_equal(put_until(key_number(0), "tail", 4, STORE_APPEND, 0), STORE_OK);
    assert_int_equal(put_until(key_number(1), "head", 4, STORE_PREPEND, 0), STORE_OK);
    assert_memory_equal(get_key(key_number(0)), half_record(1, LONG), LONG);
    assert_memory_equal(get_key(key_number(0)) + LONG, "tail", 4);
    assert_memory_equal(get_key(key_number(1)), "head", 4);
    assert_memory_equal(get_key(key_number(1)) + 4, half_record(1, LONG), LONG);
    assert_memory_equal(get_key(key_number(2)), half_record(1, LONG), LONG);
    struct store_key key = key_number(2);
    struct store_view v;
    store_enter(self);
    assert_int_equal(store_get(self, &key, &v), STORE_OK);
    assert_true(store_must_copy(&v) && v.value == NULL);
    store_leave(self);
    assert_sound();
    remove_number(2);
    assert_int_equal(n_bodies(), 0);
    assert_sound();
}

static void
test_changes_of_a_shared_item_leave_the_body(void **state)
{
    (void)state;
    char number[N];
    memset(number, ' ', sizeof number);
    memcpy(number, "41", 2);
    for (uint64_t i = 0; i < 4; i++) {
        assert_int_equal(put_until(key_number(i), number, N, STORE_SET, 0), STORE_OK);
        assert_int_equal(share_key(key_number(i)), PACK_DONE);
    }
    struct store_key key = key_number(0);
    struct store_arith how = {.delta = 1};
    struct store_number out;
    store_enter(self);
    assert_int_equal(store_arith(self, &key, &how, &out), STORE_OK);
    store_leave(self);
    assert_int_equal(out.number, 42);
    assert_int_equal(put_until(key_number(1), "tail", 4, STORE_APPEND, 0), STORE_OK);
    assert_int_equal(put_until(key_number(2), "head", 4, STORE_PREPEND, 0), STORE_OK);
    assert_memory_equal(get_key(key_number(1)) + N, "tail", 4);
    assert_memory_equal(get_key(key_number(2)), "head41 ", 7);
    assert_memory_equal(get_key(key_number(3)), number, N);
    assert_int_equal(n_shared(), 1);
    assert_int_equal(n_bodies(), 1);
}

/* ---- moves ------------------------------------------------------------------------ */

static void
test_a_referer_that_moves_is_counted_once(void **state)
{
    (void)state;
    set_equal(2, N);
    struct store_key key = key_number(0);
    store_enter(self);
    assert_int_equal(relocate(self, index_find(self->index, &key), key.hash, self->node), RELOCATE_DONE);
    assert_int_equal(count_of(body_of_number(0)), 2);
    store_leave(self);
    assert_sound();
    remove_number(0);
    remove_number(1);
    assert_int_equal(n_bodies(), 0);
}

static void
test_the_check_counts_referers(void **state)
{
    (void)state;
    char why[256] = "";
    set_equal(2, N);
    store_enter(self);
    _Atomic uint32_t *n = item_referers(body_of_number(0));
    store_leave(self);
    atomic_fetch_add(n, 1);
    assert_false(store_check(the_store, why, sizeof why));
    assert_non_null(strstr(why, "referers"));
    atomic_fetch_sub(n, 1);
    assert_sound();
}

#define LARGE(test) cmocka_unit_test_setup_teardown(test, open_large, close_store)

int
main(void)
{
    clock_init();
    const struct CMUnitTest tests[] = {
        LARGE(test_equal_values_are_in_memory_once),
        LARGE(test_the_last_referer_removes_the_body),
        LARGE(test_expired_and_flushed_referers_leave),
        LARGE(test_a_body_survives_a_flush_with_a_new_referer),
        LARGE(test_no_client_finds_a_body),
        LARGE(test_walks_do_not_show_bodies),
#ifdef LARDER_CHECKS_FULL
        LARGE(test_the_last_referer_goes_before_a_new_one_is_counted),
        LARGE(test_the_new_referer_goes_before_it_is_linked),
        LARGE(test_a_body_that_moves_is_not_counted),
#endif
        LARGE(test_a_view_outlives_its_item),
#ifdef LARDER_CHECKS_FULL
        LARGE(test_values_with_the_same_hash_are_compared),
#endif
        LARGE(test_chains_are_shared),
        LARGE(test_a_held_body_outlives_its_referers),
        LARGE(test_a_body_is_packed_and_made_plain_again),
        LARGE(test_a_packed_item_becomes_a_referer),
        LARGE(test_packed_chains_are_bodies_and_become_referers),
        LARGE(test_changes_of_a_packed_chain_leave_the_body),
        LARGE(test_changes_of_a_shared_item_leave_the_body),
        LARGE(test_a_referer_that_moves_is_counted_once),
        LARGE(test_the_check_counts_referers),
    };
    return cmocka_run_group_tests_name("bodies", tests, NULL, NULL);
}
