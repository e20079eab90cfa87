/*
 * item: the parts of every shape of item are adjacent and aligned, and a comparison reads nothing beyond
 * the end.
 */
#include "slab/index/item.h"

#include "tests/unit/unit.h"

#include <stdlib.h>

enum { N_SHAPES = 8 };

/* An item of a shape, in memory of exactly its size. */
static struct item *
make_item(uint32_t flags, uint8_t nkey, uint32_t vlen)
{
    struct item *it = calloc(1, sizeof *it + item_extra(flags, vlen) + nkey + vlen);
    assert_non_null(it);
    it->flags = (uint16_t)flags;
    it->nkey = nkey;
    it->vlen = vlen;
    return it;
}

static void
test_parts_of_every_shape_are_adjacent(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {0, 1, STORE_HOLD_MIN - 1, STORE_HOLD_MIN, 10000};
    for (uint32_t flags = 0; flags < N_SHAPES; flags++) {
        for (size_t i = 0; i < N_OF(lengths); i++) {
            struct item *it = make_item(flags, 7, lengths[i]);
            char *at = (char *)it->body;
            if (flags & ITEM_OWN_CAS) {
                assert_ptr_equal(item_own_cas(it), at);
                at += 8;
            }
            if (flags & ITEM_CHAINED) {
                assert_ptr_equal(item_next(it), at);
                at += 8;
            }
            if (flags & ITEM_CLIENT_FLAGS) {
                assert_ptr_equal(item_client_flags_at(it), at);
                at += 4;
            }
            if (lengths[i] >= STORE_HOLD_MIN) {
                assert_ptr_equal(item_holds(it), at);
                at += 4;
            }
            assert_ptr_equal(item_key(it), at);
            assert_ptr_equal(item_value(it), at + 7);
            assert_int_equal(item_size(it), at + 7 + lengths[i] - (char *)it);
            free(it);
        }
    }
}

static void
test_a_plain_item_costs_24_bytes(void **state)
{
    (void)state;
    struct item *it = make_item(0, 1, 0);
    assert_int_equal(item_size(it), 25);
    assert_int_equal(item_client_flags(it), 0);
    free(it);
}

static void
test_the_largest_size_does_not_wrap(void **state)
{
    (void)state;
    struct item it = {.vlen = UINT32_MAX, .nkey = STORE_KEY_MAX, .flags = ITEM_SHAPE};
    assert_true(item_size(&it) == 24 + 20 + 4 + STORE_KEY_MAX + (uint64_t)UINT32_MAX);
}

static void
test_a_chained_item_fills_its_chunk(void **state)
{
    (void)state;
    struct item it = {.vlen = 100000, .nkey = 10, .flags = ITEM_CHAINED | ITEM_CLIENT_FLAGS};
    assert_int_equal(item_value_here(&it, 8184), 8184 - 24 - 8 - 4 - 4 - 10);
    it.flags = 0;
    assert_int_equal(item_value_here(&it, 8184), 100000);
}

static void
test_offsets_lead_back_to_their_items(void **state)
{
    (void)state;
    union {
        struct superblock sb;
        char bytes[2 * LAYOUT_SUPERBLOCK_SIZE];
    } arena = {.sb = {.page_shift = 12, .pages = LAYOUT_SUPERBLOCK_SIZE, .arena_size = sizeof arena}};
    for (uint64_t offset = LAYOUT_SUPERBLOCK_SIZE; offset <= sizeof arena - sizeof(struct item); offset += 8)
        assert_int_equal(item_offset(arena.bytes, item_at(arena.bytes, offset)), offset);
}

static void
test_the_first_word_shows_the_use_of_a_chunk(void **state)
{
    (void)state;
    assert_int_equal(chunk_kind(0), CHUNK_FREE);
    assert_int_equal(chunk_kind(1), CHUNK_ITEM);
    assert_int_equal(chunk_kind(LINK_MARK - 1), CHUNK_ITEM);
    assert_int_equal(chunk_kind(link_mark_of(4096)), CHUNK_LINK);
    assert_int_equal(link_item_of(link_mark_of(4096)), 4096);
}

static void
test_bytes_are_equal_only_if_all_are(void **state)
{
    (void)state;
    for (uint32_t n = 0; n <= 40; n++) {
        char *a = malloc(n + 1u),
             *b = malloc(n > 0 ? n : 1); /* b: the sanitizer finds a read beyond its end */
        for (uint32_t i = 0; i < n; i++)
            a[i] = b[i] = (char)(i * 37);
        assert_true(peek_bytes_equal(a, b, n));
        for (uint32_t i = 0; i < n; i++) {
            b[i] ^= 1;
            assert_false(peek_bytes_equal(a, b, n));
            b[i] ^= 1;
        }
        free(a);
        free(b);
    }
}

static void
test_a_key_that_begins_another_is_not_it(void **state)
{
    (void)state;
    struct item *it = make_item(0, 3, 5);
    memcpy(item_key(it), "abcdefgh", 8);
    struct store_key same = store_key(BYTES("abc")), longer = store_key(BYTES("abcd")),
                     shorter = store_key(BYTES("ab"));
    assert_true(item_has_key(it, &same));
    assert_false(item_has_key(it, &longer));
    assert_false(item_has_key(it, &shorter));
    free(it);
}

static void
test_an_item_expires_in_its_second(void **state)
{
    (void)state;
    struct item it = {.exptime = 10};
    assert_false(item_expired(&it, 9));
    assert_true(item_expired(&it, 10));
    assert_true(item_expired(&it, 11));
    it.exptime = 0;
    assert_false(item_expired(&it, UINT32_MAX));
}

static void
test_a_flush_covers_items_with_a_smaller_number(void **state)
{
    (void)state;
    struct superblock sb = {.flush_seq = 0};
    struct item it = {.seq = 5};
    assert_false(item_flushed(&it, &sb));
    sb.flush_seq = 5;
    assert_false(item_flushed(&it, &sb));
    sb.flush_seq = 6;
    assert_true(item_flushed(&it, &sb));
}

static void
test_heat_saturates_and_a_read_leaves_its_mark(void **state)
{
    (void)state;
    struct item it = {.flags = ITEM_CLIENT_FLAGS};
    for (uint32_t now = 1; now <= 10; now++) {
        item_bump(&it, now);
        assert_int_equal(it.heat, now < ITEM_HEAT_MAX ? now : ITEM_HEAT_MAX);
        assert_int_equal(it.atime, now);
    }
    assert_int_equal(it.flags, ITEM_CLIENT_FLAGS | ITEM_FETCHED);
    item_set_status(&it, ITEM_STALE | ITEM_TOKEN_SENT);
    assert_int_equal(it.flags, ITEM_CLIENT_FLAGS | ITEM_FETCHED | ITEM_STALE | ITEM_TOKEN_SENT);
}

#ifdef LARDER_CHECKS
static void
read_a_field_that_is_not_there(void)
{
    struct item it = {.flags = ITEM_CLIENT_FLAGS};
    (void)item_own_cas(&it);
}

static void
change_a_shape(void)
{
    struct item it = {.flags = ITEM_CLIENT_FLAGS};
    item_set_status(&it, ITEM_CHAINED);
}

static void
look_outside_of_the_pages(void)
{
    struct superblock sb = {.page_shift = 16, .pages = 1 << 20, .arena_size = 1 << 21};
    (void)item_at((const char *)&sb, 4096);
}

static void
test_reading_a_field_that_an_item_lacks_aborts(void **state)
{
    (void)state;
    unit_must_die(read_a_field_that_is_not_there, "ITEM_OWN_CAS");
    unit_must_die(change_a_shape, "ITEM_SHAPE");
    unit_must_die(look_outside_of_the_pages, "peek_bytes_left");
}
#endif

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts_of_every_shape_are_adjacent),
        cmocka_unit_test(test_a_plain_item_costs_24_bytes),
        cmocka_unit_test(test_the_largest_size_does_not_wrap),
        cmocka_unit_test(test_a_chained_item_fills_its_chunk),
        cmocka_unit_test(test_offsets_lead_back_to_their_items),
        cmocka_unit_test(test_the_first_word_shows_the_use_of_a_chunk),
        cmocka_unit_test(test_bytes_are_equal_only_if_all_are),
        cmocka_unit_test(test_a_key_that_begins_another_is_not_it),
        cmocka_unit_test(test_an_item_expires_in_its_second),
        cmocka_unit_test(test_a_flush_covers_items_with_a_smaller_number),
        cmocka_unit_test(test_heat_saturates_and_a_read_leaves_its_mark),
#ifdef LARDER_CHECKS
        cmocka_unit_test(test_reading_a_field_that_an_item_lacks_aborts),
#endif
    };
    return cmocka_run_group_tests_name("item", tests, NULL, NULL);
}
