/*
 * write: a value of any length is stored byte for byte, and a write that is not published gives its chunks
 * back.
 */
#include "slab/store/write.h"

#include "tests/unit/slab/storing.h"

static struct item *
write_one(const struct store_key *key, const struct store_spec *spec)
{
    struct item *it;
    store_enter(self);
    assert_int_equal(write_item(self, key, spec, &it), STORE_OK);
    assert_int_equal(item_n_value(it), spec->n_value);
    assert_true(item_has_key(it, key));
    assert_int_equal(item_client_flags(it), spec->client_flags);
    assert_int_equal(item_seq(it), 0);
    return it;
}

static void
abandon(struct item *it)
{
    publish_abandon(self, it);
    store_leave(self);
}

/* Writes the pattern in pieces of `step` bytes, and checks that exactly it was stored. */
static void
assert_holds(uint32_t n_value, uint32_t step, uint32_t client_flags)
{
    struct store_key key = key_number(n_value);
    struct store_spec spec = {.n_value = n_value, .client_flags = client_flags};
    const char *value = pattern(n_value, n_value);
    struct item *it = write_one(&key, &spec);
    for (uint32_t at = 0; at < n_value; at += step)
        write_value(self, it, at, value + at, n_value - at < step ? n_value - at : step);
    assert_memory_equal(read_out(self, it, n_value), value, n_value);
    assert_true(item_has_key(it, &key)); /* the value has not overwritten the key */
    abandon(it);
}

static void
test_values_around_every_border_are_stored_exactly(void **state)
{
    (void)state;
    uint32_t max = the_store->classes.chunk_max, link = max - (uint32_t)sizeof(struct link);
    const uint32_t borders[] = {0, STORE_HOLD_MIN, max, max + link, max + 2 * link, max + 9 * link};
    for (size_t b = 0; b < N_OF(borders); b++)
        for (uint32_t n = borders[b] > 80 ? borders[b] - 80 : 0; n < borders[b] + 10; n++)
            assert_holds(n, n + 1, n % 2);
}

static void
test_values_may_come_in_pieces_of_any_size(void **state)
{
    (void)state;
    static const uint32_t steps[] = {1, 7, 4096, 8160, 8184, 10000, 50000};
    for (size_t i = 0; i < N_OF(steps); i++) {
        assert_holds(3000, steps[i], 0);
        assert_holds(50000, steps[i], 9);
    }
}

static void
test_spans_cover_the_value_from_any_byte_on(void **state)
{
    (void)state;
    const uint32_t n = 30000;
    struct store_key key = key_of("spans");
    struct item *it = write_one(&key, &(struct store_spec){.n_value = n});
    const char *value = pattern(1, n);
    write_value(self, it, 0, value, n);
    for (uint32_t from = 0; from <= n; from += 97) {
        struct iovec span;
        uint32_t at = from;
        while (write_spans(self, it, &at, &span, 1) == 1)
            assert_memory_equal(span.iov_base, value + at - span.iov_len, span.iov_len);
        assert_int_equal(at, n);
    }
    abandon(it);
}

static void
test_a_value_is_copied_into_another_at_any_place(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {0, 1, 8000, 8160, 20000};
    for (size_t i = 0; i < N_OF(lengths); i++) {
        for (uint32_t at = 0; at <= 20000; at += 2500) {
            uint32_t n = lengths[i], size = at + n;
            struct store_key a = key_of("from"), b = key_of("to");
            struct item *from = write_one(&a, &(struct store_spec){.n_value = n});
            write_value(self, from, 0, pattern(2, n), n);
            struct item *to;
            assert_int_equal(write_item(self, &b, &(struct store_spec){.n_value = size}, &to), STORE_OK);
            write_value_of(self, to, at, from);
            assert_memory_equal(read_out(self, to, size) + at, pattern(2, n), n);
            publish_abandon(self, to);
            abandon(from);
        }
    }
}

static void
test_every_shape_is_written(void **state)
{
    (void)state;
    for (unsigned shape = 0; shape < 16; shape++) {
        struct store_spec spec = {
            .client_flags = (shape & 1) ? 0xDEADBEEF : 0,
            .has_cas_new = shape & 2,
            .cas_new = 77,
            .key_is_binary = shape & 4,
            .n_value = (shape & 8) ? 20000 : 5,
            .exptime = 99,
        };
        struct store_key key = key_of("shape");
        struct item *it = write_one(&key, &spec);
        assert_int_equal(item_exptime(it), 99);
        assert_int_equal(clock_second_of(it->atime), clock_now_s());
        assert_int_equal((item_flags(it) & ITEM_CHAINED) != 0, (shape & 8) != 0);
        assert_int_equal((item_flags(it) & ITEM_KEY_BINARY) != 0, (shape & 4) != 0);
        assert_int_equal((item_flags(it) & ITEM_OWN_CAS) != 0, (shape & 2) != 0);
        if (shape & 2)
            assert_int_equal(*item_own_cas(it), 77);
        if (shape & 8)
            assert_int_equal(*item_holds(it), 0);
        write_value(self, it, 0, pattern(shape, spec.n_value), spec.n_value);
        assert_memory_equal(read_out(self, it, spec.n_value), pattern(shape, spec.n_value), spec.n_value);
        assert_int_equal(item_client_flags(it), spec.client_flags);
        abandon(it);
    }
}

static void
test_item_max_is_exact(void **state)
{
    (void)state;
    struct item *it;
    struct store_key key = key_of("k");
    uint32_t n = (uint32_t)the_store->options.item_max - 24 - 8 - 4 - 1; /* header, next, holds, key */
    /* The limit covers header, key and value, but not the offset of the first link. */
    struct store_spec spec = {.n_value = n + 8};
    store_enter(self);
    assert_int_equal(write_item(self, &key, &spec, &it), STORE_OK);
    publish_abandon(self, it);
    spec.n_value++;
    assert_int_equal(write_item(self, &key, &spec, &it), STORE_TOO_LARGE);
    assert_null(it);
    spec.n_value = UINT32_MAX;
    assert_int_equal(write_item(self, &key, &spec, &it), STORE_TOO_LARGE);
    store_leave(self);
}

static void
test_a_write_that_does_not_fit_holds_nothing(void **state)
{
    (void)state;
    uint64_t n = 0;
    while (set_pattern(n, 7000) == STORE_OK)
        n++;
    struct item *it;
    struct store_key key = key_of("large");
    struct store_spec spec = {.n_value = 400000};
    assert_int_equal(drop(key_number(0)), STORE_OK);
    assert_int_equal(drop(key_number(1)), STORE_OK);
    store_enter(self);
    assert_int_equal(write_item(self, &key, &spec, &it), STORE_NO_MEMORY);
    assert_null(it);
    store_leave(self);
    assert_sound(); /* the links that it got were given back */
    assert_int_equal(set_pattern(0, 7000), STORE_OK);
    assert_int_equal(set_pattern(1, 7000), STORE_OK);
}

static uint64_t
n_without_chunk(uint32_t class_id)
{
    struct store_class_stats c;
    store_class_stats(the_store, class_id - 1, &c);
    return c.n[STORE_N_NO_ROOM];
}

static void
test_a_refusal_is_counted_in_its_class(void **state)
{
    (void)state;
    uint64_t n = 0;
    while (set_pattern(n, 1000) == STORE_OK)
        n++;
    struct store_key key = key_of("small");
    struct item *it;
    uint32_t full = class_for(&the_store->classes, sizeof *it + key_number(n).n + 1000);
    uint32_t other = class_for(&the_store->classes, sizeof *it + key.n + 100);
    assert_int_not_equal(full, other);
    assert_int_equal(n_without_chunk(full), 1);
    assert_int_equal(n_without_chunk(other), 0);
    store_enter(self);
    assert_int_equal(write_item(self, &key, &(struct store_spec){.n_value = 100}, &it), STORE_NO_MEMORY);
    store_leave(self);
    assert_int_equal(n_without_chunk(full), 1);
    assert_int_equal(n_without_chunk(other), 1);
}

int
main(void)
{
#define ON_STORE(test) cmocka_unit_test_setup_teardown(test, open_small, close_store)
    const struct CMUnitTest tests[] = {
        ON_STORE(test_values_around_every_border_are_stored_exactly),
        ON_STORE(test_values_may_come_in_pieces_of_any_size),
        ON_STORE(test_spans_cover_the_value_from_any_byte_on),
        ON_STORE(test_a_value_is_copied_into_another_at_any_place),
        ON_STORE(test_every_shape_is_written),
        ON_STORE(test_item_max_is_exact),
        cmocka_unit_test_setup_teardown(
            test_a_write_that_does_not_fit_holds_nothing, open_small_no_evict, close_store),
        cmocka_unit_test_setup_teardown(
            test_a_refusal_is_counted_in_its_class, open_small_no_evict, close_store),
    };
    return cmocka_run_group_tests_name("write", tests, NULL, NULL);
}
