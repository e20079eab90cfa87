/* kind_dict: which kinds a dictionary is due for, which slot a key's kind has, and what a flush takes away. */
#include "slab/form/kind_dict.h"

#include <stdio.h>

#include "tests/unit/unit.h"

enum { LIMIT = 32 << 20, VALUE = 1000 };

static struct kind_dict d;
static struct drift drift;
static struct dictionary place;
static struct kind_dict_ask ask;

static int
begin(void **state)
{
    (void)state;
    kind_dict_init(&d, LIMIT);
    memset(&drift, 0, sizeof drift);
    place.codec = CODEC_zstd;
    place.n = 5000;
    ask = (struct kind_dict_ask){.codec = CODEC_zstd,
        .now_ns = UINT64_C(1) << 40,
        .room_for_first = true,
        .room_for_next = true,
        .drift = &drift};
    return 0;
}

static int
end(void **state)
{
    (void)state;
    assert_true(kind_dict_check(&d));
    kind_dict_fini(&d);
    return 0;
}

static struct bytes
key_of(const char *kind, unsigned i)
{
    static char key[64];
    int n = snprintf(key, sizeof key, "%s:%u:x", kind, i);
    return bytes_of(key, (size_t)n);
}

static uint32_t
note(const char *kind, unsigned n)
{
    uint32_t slot = DICTIONARY_NONE;
    for (unsigned i = 0; i < n; i++)
        slot = kind_dict_note(&d, key_of(kind, i), VALUE);
    return slot;
}

static uint64_t
hash_of(const char *kind)
{
    struct kind k;
    kind_of_key(&k, key_of(kind, 7));
    return kind_hash(&k, 0);
}

/* The hash of the kind that a dictionary is due for; 0: none is. */
static uint64_t
due(void)
{
    uint64_t kind = 0;
    uint32_t slot;
    return kind_dict_due(&d, &ask, &kind, &slot) ? kind : 0;
}

/* Returns the slot of the one before. */
static uint32_t
adopt(const char *kind, uint32_t slot)
{
    uint32_t before;
    assert_true(kind_dict_adopt(&d, hash_of(kind), slot, &place, 0, &before));
    return before;
}

static void
test_the_heaviest_kind_without_one_is_due(void **state)
{
    (void)state;
    assert_int_equal(note("user", 2000), DICTIONARY_NONE);
    note("session", 3000);
    assert_true(due() == hash_of("session"));
    assert_int_equal(adopt("session", 20), DICTIONARY_NONE);
    assert_true(due() == hash_of("user"));
    assert_int_equal(adopt("user", 21), DICTIONARY_NONE);
    assert_true(due() == 0);
    assert_int_equal(note("user", 1), 21);
    assert_int_equal(note("session", 1), 20);
    assert_int_equal(note("cart", 1), DICTIONARY_NONE);
    assert_int_equal(kind_dict_find(&d, key_of("user", 12345)), 21);
    assert_int_equal(kind_dict_slot(&d, hash_of("session")), 20);
    assert_true(kind_dict_has(&d, 20) && kind_dict_has(&d, 21) && !kind_dict_has(&d, 22));
}

static void
test_little_is_known_of_few_bytes(void **state)
{
    (void)state;
    note("user", 100);
    assert_true(due() == 0);
}

static void
test_a_light_kind_gets_none(void **state)
{
    (void)state;
    note("user", 5000);
    adopt("user", 20);
    note("rare", 40); /* 0.8 % */
    assert_true(due() == 0);
    note("rare", 60);
    assert_true(due() == hash_of("rare"));
}

static void
test_no_room_for_a_first_one(void **state)
{
    (void)state;
    note("user", 2000);
    ask.room_for_first = false;
    assert_true(due() == 0);
}

static void
test_a_replacement_is_due_for_drift_and_for_another_codec(void **state)
{
    (void)state;
    note("user", 2000);
    adopt("user", 20);
    for (unsigned i = 0; i < 12 * DRIFT_NOTES; i++)
        drift_note_size(&drift, 20, i < DRIFT_NOTES ? 100 : 200, 1000);
    ask.room_for_first = false; /* it takes the place of one */
    assert_true(due() == hash_of("user"));
    ask.room_for_next = false;
    assert_true(due() == 0);
    ask.room_for_next = true;
    drift_reset(&drift, 20);
    assert_true(due() == 0);
    ask.codec = CODEC_lz4;
    assert_true(due() == hash_of("user"));
    place.codec = CODEC_lz4;
    assert_int_equal(adopt("user", 30), 20);
    assert_true(due() == 0 && !kind_dict_has(&d, 20) && kind_dict_has(&d, 30));
    assert_int_equal(kind_dict_count(&d), 1);
}

static void
test_a_refused_kind_waits_longer_each_time(void **state)
{
    (void)state;
    uint64_t minute = UINT64_C(60000000000);
    note("user", 2000);
    kind_dict_wait(&d, hash_of("user"), ask.now_ns, true);
    ask.now_ns += minute - 1;
    assert_true(due() == 0);
    ask.now_ns += 1;
    assert_true(due() == hash_of("user"));
    kind_dict_wait(&d, hash_of("user"), ask.now_ns, true);
    ask.now_ns += 2 * minute - 1;
    assert_true(due() == 0);
    ask.now_ns += 1;
    assert_true(due() != 0);
    kind_dict_wait(&d, hash_of("user"), ask.now_ns, false);
    ask.now_ns += minute;
    assert_true(due() != 0);
    for (int i = 0; i < 20; i++)
        kind_dict_wait(&d, hash_of("user"), ask.now_ns, true);
    ask.now_ns += 60 * minute;
    assert_true(due() != 0);
}

static void
test_a_flush_takes_all_and_the_patterns(void **state)
{
    (void)state;
    uint8_t slots[KINDS_MAX];
    uint32_t before;
    struct kind_dict_kind list[KIND_DICT_KINDS];
    note("user", 2000);
    note("session", 2000);
    adopt("user", 20);
    adopt("session", 21);
    assert_int_equal(kind_dict_list(&d, list, KIND_DICT_KINDS), 2);
    assert_int_equal(kind_dict_flush(&d, 5, slots), 2);
    assert_true((slots[0] == 20 && slots[1] == 21) || (slots[0] == 21 && slots[1] == 20));
    assert_true(kind_dict_count(&d) == 0 && !kind_dict_has(&d, 20));
    assert_int_equal(kind_dict_list(&d, list, KIND_DICT_KINDS), 0);
    assert_int_equal(note("user", 2000), DICTIONARY_NONE);
    for (unsigned i = 0; i < d.kinds.n; i++)
        assert_null(strstr(kinds_text(&d.kinds, i), "session"));
    /* What was trained on values from before the flush is not used. */
    assert_false(kind_dict_adopt(&d, hash_of("user"), 22, &place, 0, &before));
    assert_true(kind_dict_adopt(&d, hash_of("user"), 22, &place, 5, &before));
}

/* The kind may have been forgotten while the dictionary was trained. */
static void
test_an_unknown_kind_is_not_given_one(void **state)
{
    (void)state;
    uint32_t before;
    assert_false(kind_dict_adopt(&d, hash_of("user"), 20, &place, 0, &before));
    assert_int_equal(kind_dict_count(&d), 0);
}

static void
test_a_kind_that_has_become_light_loses_it(void **state)
{
    (void)state;
    note("user", 2000);
    adopt("user", 20);
    assert_int_equal(kind_dict_lightest(&d), DICTIONARY_NONE);
    note("session", 200000);
    assert_int_equal(kind_dict_lightest(&d), 20);
    assert_true(kind_dict_end(&d, 20));
    assert_false(kind_dict_end(&d, 20));
    assert_int_equal(note("user", 1), DICTIONARY_NONE);
}

static void
test_the_list_names_patterns(void **state)
{
    (void)state;
    struct kind_dict_kind list[KIND_DICT_KINDS];
    note("user", 2000);
    adopt("user", 20);
    note("user", 1000);
    assert_int_equal(kind_dict_list(&d, list, KIND_DICT_KINDS), 1);
    assert_string_equal(list[0].text, "user:#:x");
    assert_true(list[0].slot == 20 && list[0].n == 5000 && list[0].bytes == list[0].total);
}

static void
test_a_key_is_of_its_shape_and_of_its_beginnings(void **state)
{
    (void)state;
    struct kind k;
    kind_of_key(&k, key_of("user", 1));
    assert_true(kind_dict_is_of(key_of("user", 2), kind_hash(&k, 0)));
    assert_true(kind_dict_is_of(key_of("user", 2), kind_hash(&k, KIND_LEVELS - 1)));
    assert_false(kind_dict_is_of(key_of("session", 2), kind_hash(&k, 0)));
}

/* A beginning's dictionary serves the shapes that have none of their own. */
static void
test_a_beginning_serves_a_heavy_shape(void **state)
{
    (void)state;
    uint32_t before;
    struct kind k;
    note("user", 2000);
    kind_of_key(&k, key_of("user", 1));
    unsigned level = KIND_LEVELS - 1;
    assert_true(kinds_at(&d.kinds, kind_hash(&k, level)) == KINDS_NONE);
    for (unsigned i = 0; i < 400; i++) { /* names: each a shape of its own */
        char key[64];
        int n = snprintf(key, sizeof key, "user:%c%c%cname", 'a' + i % 26, 'a' + i / 26, 'q');
        (void)kind_dict_note(&d, bytes_of(key, (size_t)n), VALUE);
    }
    assert_true(kinds_at(&d.kinds, kind_hash(&k, level)) != KINDS_NONE);
    assert_true(kind_dict_adopt(&d, kind_hash(&k, level), 20, &place, 0, &before));
    assert_int_equal(note("user", 1), 20);
    adopt("user", 21);
    assert_int_equal(note("user", 1), 21);
}

int
main(void)
{
#define KIND_DICT(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        KIND_DICT(test_the_heaviest_kind_without_one_is_due),
        KIND_DICT(test_little_is_known_of_few_bytes),
        KIND_DICT(test_a_light_kind_gets_none),
        KIND_DICT(test_no_room_for_a_first_one),
        KIND_DICT(test_a_replacement_is_due_for_drift_and_for_another_codec),
        KIND_DICT(test_a_refused_kind_waits_longer_each_time),
        KIND_DICT(test_a_flush_takes_all_and_the_patterns),
        KIND_DICT(test_an_unknown_kind_is_not_given_one),
        KIND_DICT(test_a_kind_that_has_become_light_loses_it),
        KIND_DICT(test_the_list_names_patterns),
        KIND_DICT(test_a_key_is_of_its_shape_and_of_its_beginnings),
        KIND_DICT(test_a_beginning_serves_a_heavy_shape),
    };
    return cmocka_run_group_tests_name("kind_dict", tests, NULL, NULL);
}
