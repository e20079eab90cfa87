/*
 * dictionary and coder: a place is used by one dictionary at a time; values come back to the byte, and a
 * damaged one never leads out of its bounds.
 */
#include "tests/unit/slab/packing.h"

static struct arena arena;
static struct dictionaries dictionaries;
static struct coder coder;

static int
set_up(void **state)
{
    (void)state;
    char why[256];
    struct arena_options o = {.limit = 1 << 20, .one_node = true};
    assert_true(arena_init(&arena, &o, why, sizeof why));
    dictionary_init(&dictionaries, &arena);
    assert_true(coder_init(&coder) && coder_add_encoders(&coder));
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    coder_fini(&coder);
    dictionary_fini(&dictionaries);
    arena_fini(&arena);
    return 0;
}

static void
test_a_place_is_live_then_retired_then_free(void **state)
{
    (void)state;
    uint32_t slot = adopt_common(&dictionaries, CODEC_zstd);
    assert_int_equal(dictionary_state(&dictionaries, slot), DICTIONARY_LIVE);
    assert_memory_equal(dictionary_at(&dictionaries, slot)->bytes, common_text, sizeof common_text - 1);
    assert_true(dictionaries.bytes == sizeof common_text - 1 && dictionaries.prepared > 0);
    assert_int_equal(dictionaries.n_live, 1);
    dictionary_retire(&dictionaries, slot);
    assert_int_equal(dictionary_state(&dictionaries, slot), DICTIONARY_RETIRED);
    assert_int_not_equal(adopt_common(&dictionaries, CODEC_lz4), slot);
    dictionary_free(&dictionaries, slot);
    assert_int_equal(dictionary_state(&dictionaries, slot), DICTIONARY_FREE);
    assert_int_equal(dictionary_at(&dictionaries, slot)->bytes[0], 0); /* it has pieces of values */
    assert_int_equal(adopt_common(&dictionaries, CODEC_lz4), slot);
}

/* zstd's magic number, and then no dictionary. */
static void
test_a_dictionary_that_the_codec_refuses_leaves_nothing(void **state)
{
    (void)state;
    const unsigned char magic[] = {0x37, 0xA4, 0x30, 0xEC};
    char bytes[500];
    memset(bytes, 'x', sizeof bytes);
    memcpy(bytes, magic, sizeof magic);
    assert_int_equal(
        dictionary_adopt(&dictionaries, CODEC_zstd, bytes, sizeof bytes, 1 << 20), DICTIONARY_NONE);
    const struct dictionary *place = dictionary_at(&dictionaries, PACKED_PLAIN);
    assert_int_equal(place->state, DICTIONARY_FREE);
    assert_int_equal(place->n, 0);
    for (size_t i = 0; i < sizeof bytes; i++)
        assert_int_equal(place->bytes[i], 0);
    assert_true(dictionaries.bytes == 0 && dictionaries.prepared == 0 && dictionaries.n_live == 0);
    assert_int_equal(adopt_common(&dictionaries, CODEC_zstd), PACKED_PLAIN);
}

static void
test_the_bytes_of_all_have_a_bound(void **state)
{
    (void)state;
    const uint32_t n = sizeof common_text - 1;
    assert_int_not_equal(dictionary_adopt(&dictionaries, CODEC_zstd, common_text, n, 2 * n), DICTIONARY_NONE);
    assert_int_not_equal(dictionary_adopt(&dictionaries, CODEC_zstd, common_text, n, 2 * n), DICTIONARY_NONE);
    assert_int_equal(dictionary_adopt(&dictionaries, CODEC_zstd, common_text, n, 2 * n), DICTIONARY_NONE);
    assert_true(dictionaries.bytes == 2 * n);
}

static void
test_all_places_can_be_used_at_once(void **state)
{
    (void)state;
    for (int i = PACKED_PLAIN; i < PACKED_SLOTS; i++)
        assert_int_equal(adopt_common(&dictionaries, i % 2 ? CODEC_zstd : CODEC_lz4), i);
    assert_int_equal(dictionary_adopt(&dictionaries, CODEC_zstd, common_text, 8, 1 << 20), DICTIONARY_NONE);
    assert_int_equal(dictionaries.n_live, PACKED_SLOTS - PACKED_PLAIN);
}

static struct packed_value
read_packed(const unsigned char *p, uint32_t n)
{
    struct packed_value v;
    assert_true(packed_read(p, n, &v));
    return v;
}

static void
test_values_of_all_lengths_come_back(void **state)
{
    (void)state;
    uint32_t slots[] = {CODEC_zstd, CODEC_lz4, adopt_common(&dictionaries, CODEC_zstd),
        adopt_common(&dictionaries, CODEC_lz4)};
    unsigned char packed[CODEC_SMALL_MAX + 256];
    char plain[CODEC_SMALL_MAX];
    for (uint32_t n = 1; n <= CODEC_SMALL_MAX; n += n < 300 ? 1 : 97) {
        for (size_t s = 0; s < N_OF(slots); s++) {
            const char *value = n % 3 ? record(n, n) : pattern(n, n);
            uint32_t n_packed = coder_pack(&coder, &dictionaries, slots[s], value, n, packed, sizeof packed);
            assert_true(n_packed > 0);
            struct packed_value v = read_packed(packed, n_packed);
            assert_int_equal(v.slot, slots[s]);
            assert_int_equal(v.n_value, n);
            assert_true(coder_unpack(&coder, &dictionaries, &v, plain));
            assert_memory_equal(plain, value, n);
        }
    }
}

static void
test_a_dictionary_makes_values_smaller(void **state)
{
    (void)state;
    unsigned char packed[CODEC_SMALL_MAX];
    for (int codec = 0; codec < N_CODECS; codec++) {
        uint32_t slot = adopt_common(&dictionaries, (enum codec_id)codec);
        uint32_t without =
            coder_pack(&coder, &dictionaries, (uint32_t)codec, record(1, 180), 180, packed, sizeof packed);
        uint32_t with = coder_pack(&coder, &dictionaries, slot, record(1, 180), 180, packed, sizeof packed);
        assert_true(with > 0 && with * 3 / 2 < without);
    }
}

static void
test_a_retired_dictionary_only_unpacks(void **state)
{
    (void)state;
    uint32_t slot = adopt_common(&dictionaries, CODEC_zstd);
    unsigned char packed[512];
    char plain[200];
    uint32_t n = coder_pack(&coder, &dictionaries, slot, record(1, 200), 200, packed, sizeof packed);
    dictionary_retire(&dictionaries, slot);
    struct packed_value v = read_packed(packed, n);
    assert_true(coder_unpack(&coder, &dictionaries, &v, plain));
    assert_memory_equal(plain, record(1, 200), 200);
    assert_int_equal(coder_pack(&coder, &dictionaries, slot, record(1, 200), 200, packed, sizeof packed), 0);
}

static void
test_a_value_that_does_not_fit_is_not_packed(void **state)
{
    (void)state;
    unsigned char packed[256];
    uint32_t slot = adopt_common(&dictionaries, CODEC_zstd);
    uint32_t n = coder_pack(&coder, &dictionaries, slot, record(1, 200), 200, packed, sizeof packed);
    for (uint32_t room = 0; room < n; room++)
        assert_int_equal(coder_pack(&coder, &dictionaries, slot, record(1, 200), 200, packed, room), 0);
}

/* A leak checker would find an encoder that the second call replaces. */
static void
test_a_second_call_adds_the_missing_encoders(void **state)
{
    (void)state;
    struct coder half;
    assert_true(coder_init(&half));
    half.encoder[0] = codec_table[0]->encoder_new(); /* as if there was no memory for the next one */
    void *first = half.encoder[0];
    assert_non_null(first);
    assert_false(coder_encodes(&half));
    assert_true(coder_add_encoders(&half));
    assert_ptr_equal(half.encoder[0], first);
    assert_true(coder_encodes(&half));
    coder_fini(&half);
}

/* Under ASan no access leaves the bounds. */
static void
test_damaged_bytes_stay_in_their_bounds(void **state)
{
    (void)state;
    uint32_t slots[] = {CODEC_zstd, CODEC_lz4, adopt_common(&dictionaries, CODEC_zstd),
        adopt_common(&dictionaries, CODEC_lz4)};
    unsigned n_good = 0;
    for (uint64_t i = 0; i < 4000; i++) {
        unsigned char packed[1024];
        uint32_t n_value = 1 + (uint32_t)(i * 37 % 700);
        uint32_t n = coder_pack(
            &coder, &dictionaries, slots[i % 4], record(i, n_value), n_value, packed, sizeof packed);
        assert_true(n > 0);
        unsigned char *damaged = malloc(n);
        memcpy(damaged, packed, n);
        damaged[1 + i * 7919 % (n - 1)] ^= (unsigned char)(1u << i % 8);
        struct packed_value v;
        if (packed_read(damaged, n - (uint32_t)(i % 3), &v) && v.n_value <= CODEC_SMALL_MAX) {
            char *plain = malloc(v.n_value + 1u);
            n_good += coder_unpack(&coder, &dictionaries, &v, plain);
            free(plain);
        }
        free(damaged);
    }
    assert_true(n_good < 4000); /* a damaged byte may also make another value */
}

static void
test_a_slot_without_a_dictionary_unpacks_nothing(void **state)
{
    (void)state;
    const unsigned char bytes[] = {200, 3, 1, 2, 3};
    char plain[3];
    struct packed_value v = read_packed(bytes, sizeof bytes);
    assert_false(coder_unpack(&coder, &dictionaries, &v, plain));
    const unsigned char codec[] = {N_CODECS, 3, 1, 2, 3};
    v = read_packed(codec, sizeof codec);
    assert_false(coder_unpack(&coder, &dictionaries, &v, plain));
}

static void
test_lengths_take_one_to_three_bytes(void **state)
{
    (void)state;
    const uint32_t lengths[] = {0, 1, 127, 128, 16383, 16384, (1 << 21) - 1};
    unsigned char p[PACKED_HEAD_MAX];
    for (size_t i = 0; i < N_OF(lengths); i++) {
        uint32_t n = packed_write(p, 77, lengths[i]);
        struct packed_value v = read_packed(p, n);
        assert_int_equal(n, lengths[i] < 128 ? 2 : lengths[i] < 16384 ? 3 : 4);
        assert_int_equal(v.n_value, lengths[i]);
        assert_int_equal(v.slot, 77);
        assert_int_equal(v.n_bytes, 0);
        for (uint32_t cut = 0; cut < n; cut++)
            assert_false(packed_read(p, cut, &v));
    }
    const unsigned char endless[] = {0, 0x80, 0x80, 0x80, 0x80, 0};
    struct packed_value v;
    assert_false(packed_read(endless, sizeof endless, &v));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_place_is_live_then_retired_then_free, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_a_dictionary_that_the_codec_refuses_leaves_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_bytes_of_all_have_a_bound, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_all_places_can_be_used_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_values_of_all_lengths_come_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_dictionary_makes_values_smaller, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_retired_dictionary_only_unpacks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_value_that_does_not_fit_is_not_packed, set_up, tear_down),
        cmocka_unit_test(test_a_second_call_adds_the_missing_encoders),
        cmocka_unit_test_setup_teardown(test_damaged_bytes_stay_in_their_bounds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_slot_without_a_dictionary_unpacks_nothing, set_up, tear_down),
        cmocka_unit_test(test_lengths_take_one_to_three_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
