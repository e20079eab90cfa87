/* kinds: heavy kinds keep their rows whatever else is noted, and the bounds of each row hold. */
#include "slab/codec/kinds.h"

#include <inttypes.h>
#include <stdio.h>

#include "tests/unit/slab/drawing.h"
#include "tests/unit/unit.h"

enum { FOREVER = 1 << 30 };

static struct kinds k;

static int
begin(void **state)
{
    (void)state;
    seed = 1;
    kinds_init(&k, (uint64_t)FOREVER << 20);
    return 0;
}

static int
check(void **state)
{
    (void)state;
    return kinds_check(&k) ? 0 : -1;
}

static struct kind
kind_of(const char *key)
{
    struct kind kind;
    kind_of_key(&kind, bytes_of(key, strlen(key)));
    return kind;
}

static unsigned
note(const char *key, uint64_t bytes)
{
    struct kind kind = kind_of(key);
    return kinds_note(&k, &kind, bytes);
}

static unsigned
find(const char *key)
{
    struct kind kind = kind_of(key);
    return kinds_find(&k, &kind);
}

/* A key with seven letters between the two, others for each number, as a name is. */
static const char *
name(char room[64], const char *prefix, uint32_t number, const char *suffix)
{
    size_t at = strlen(prefix);
    assert_true(at + 7 + strlen(suffix) < 64);
    memmove(room, prefix, at);
    for (unsigned i = 0; i < 7; i++, number /= 20)
        room[at++] = "bcdfghklmnoprstuvwxy"[number % 20];
    strcpy(room + at, suffix);
    return room;
}

static void
test_items_of_one_shape_have_one_row(void **state)
{
    (void)state;
    char key[64];
    for (int i = 0; i < 1000; i++) {
        snprintf(key, sizeof key, "user:%d:profile", i);
        unsigned row = note(key, 100);
        assert_string_equal(kinds_text(&k, row), "user:#:profile");
        snprintf(key, sizeof key, "user:%d:posts", i);
        assert_int_not_equal(note(key, 50), row);
    }
    assert_int_equal(k.row[find("user:5:profile")].bytes, 100 * 1000);
    assert_int_equal(k.total, 150 * 1000);
    assert_int_equal(find("other:5"), KINDS_NONE);
}

static void
test_names_have_a_row_in_common(void **state)
{
    (void)state;
    char key[64];
    for (uint32_t i = 0; i < 50000; i++) {
        note(name(key, "user:", draw(1000000000), ":profile"), 100);
        note(name(key, "page:/blog/", draw(1000000000), ""), 100);
        note("session:1", 100);
    }
    assert_string_equal(kinds_text(&k, find("user:jsmith:profile")), "user:*");
    assert_string_equal(kinds_text(&k, find("page:/blog/bread")), "page:/blog/*");
    assert_string_equal(kinds_text(&k, find("session:77")), "session:#");
    unsigned heavy = 0;
    for (unsigned i = 0; i < k.n; i++)
        heavy += kinds_is_heavy(&k, i);
    assert_in_range(heavy, 3, 4); /* the first items were counted at the second level, too */
}

/* 40 kinds with 1.5 % of the bytes each, while a client makes a million shapes with the other 40 %. */
static void
test_a_million_shapes_replace_no_heavy_kind(void **state)
{
    (void)state;
    char key[64];
    uint64_t noted[40] = {0};
    for (uint32_t i = 0; i < 1000000; i++) {
        uint32_t heavy = draw(100), bytes = 1 + draw(1000);
        if (heavy < 60) {
            heavy %= 40;
            snprintf(key, sizeof key, "%c%c:%u", 'a' + heavy / 20, 'a' + heavy % 20, draw(1000000));
            noted[heavy] += bytes;
        } else {
            name(key, "", draw(1000000000), "");
        }
        note(key, bytes);
    }
    for (unsigned i = 0; i < 40; i++) {
        snprintf(key, sizeof key, "%c%c:1", 'a' + i / 20, 'a' + i % 20);
        unsigned row = find(key);
        assert_int_not_equal(row, KINDS_NONE);
        assert_true(k.row[row].bytes - k.row[row].error <= noted[i] && noted[i] <= k.row[row].bytes);
    }
}

/* Ids without any prefix, too, and separators: each note may take three rows. */
static void
test_shapes_with_three_levels_replace_no_heavy_kind(void **state)
{
    (void)state;
    char key[64], more[64];
    for (uint32_t i = 0; i < 300000; i++) {
        snprintf(key, sizeof key, "user:%u", i);
        note(i % 20 == 0 ? key : name(more, name(key, "", draw(1000000000), ":"), draw(1000000000), ":x"),
            100);
    }
    assert_string_equal(kinds_text(&k, find("user:1")), "user:#");
}

static void
test_bounds_hold_for_each_row(void **state)
{
    (void)state;
    enum { N = 2000 };
    static uint64_t noted[N];
    memset(noted, 0, sizeof noted);
    char key[64];
    for (uint32_t i = 0; i < 300000; i++) {
        uint32_t number = draw(draw(draw(N) + 1) + 1), bytes = 1 + draw(500);
        noted[number] += bytes;
        note(name(key, "", number, ""), bytes);
    }
    assert_true(k.n == KINDS_MAX);
    unsigned known = 0;
    for (uint32_t number = 0; number < N; number++) {
        for (unsigned i = 0; i < k.n; i++) {
            if (strcmp(kinds_text(&k, i), name(key, "", number, "")) != 0)
                continue;
            known++;
            assert_true(k.row[i].bytes - k.row[i].error <= noted[number] && noted[number] <= k.row[i].bytes);
        }
    }
    assert_true(known >= KINDS_MAX - 1); /* one row is that of "*" */
}

/* A kind with 2 % of the bytes gets a row though it begins late, when the lightest rows have many bytes. */
static void
test_a_late_kind_gets_a_row(void **state)
{
    (void)state;
    char key[64];
    kinds_init(&k, 64 << 20);
    for (uint32_t i = 0; i < 1000000; i++)
        note(i % 3 == 0 ? "user:1" : name(key, "", draw(1000000000), ":x"), 300);
    unsigned n = 0;
    for (; find("late:1") == KINDS_NONE; n++)
        note(draw(100) < 2 ? "late:1" : name(key, "", draw(1000000000), ":x"), 300);
    assert_string_equal(kinds_text(&k, find("late:1")), "late:#");
    assert_in_range(n, 1, 600000); /* it is one of them when it has had a 128th of the bytes */
}

static void
test_the_table_follows_changes(void **state)
{
    (void)state;
    char key[64];
    kinds_init(&k, 1 << 20);
    for (int i = 0; i < 100000; i++)
        note("old:1", 100);
    assert_true(k.total <= 2 << 20);
    unsigned n = 0;
    while (find("old:1") != KINDS_NONE) {
        snprintf(key, sizeof key, "new:%u", n++);
        note(key, 100);
    }
    assert_in_range(n * 100, 6 << 20, 9 << 20); /* halved seven times */
    assert_string_equal(kinds_text(&k, find("new:1")), "new:#");
}

static void
test_a_kind_with_a_dictionary_keeps_its_row(void **state)
{
    (void)state;
    char key[64];
    kinds_init(&k, 1 << 20);
    unsigned row = note("mine:1", 100);
    kinds_give(&k, row, 9);
    for (uint32_t i = 0; i < 200000; i++)
        note(name(key, "", draw(1000000000), ""), 100);
    assert_int_equal(k.row[row].slot, 9);
    assert_int_equal(find("mine:2"), row);
    kinds_give(&k, row, 0);
    assert_int_equal(find("mine:2"), KINDS_NONE); /* it is light */
    for (uint32_t i = 0; i < 200000; i++)
        note(name(key, "", draw(1000000000), ""), 100);
    assert_string_not_equal(kinds_text(&k, row), "mine:#");
}

/* A new kind never inherits the dictionary of the row's old one. */
static void
test_a_new_row_has_no_dictionary(void **state)
{
    (void)state;
    char key[64];
    for (uint32_t i = 0; i < 100000; i++) {
        unsigned row = note(name(key, "", draw(1000000000), ""), 100);
        unsigned n_given = 0;
        for (unsigned j = 0; j < k.n; j++)
            n_given += k.row[j].slot != 0;
        if (i % 1000 == 999 && n_given < KINDS_MAX - 10)
            kinds_give(&k, row, 8);
        assert_true(k.row[row].slot == 0 || k.row[row].slot == 8);
    }
}

static void
test_a_pattern_is_short_and_printable(void **state)
{
    (void)state;
    assert_string_equal(kinds_text(&k, note("a b:1 c", 100)), "a_b:#_c");
    char key[200];
    memset(key, 'x', sizeof key);
    for (size_t i = 5; i < sizeof key; i += 6)
        key[i] = ':';
    struct kind kind;
    kind_of_key(&kind, bytes_of(key, sizeof key));
    const char *text = kinds_text(&k, kinds_note(&k, &kind, 100));
    assert_int_equal(strlen(text), KINDS_TEXT_MAX - 1);
    assert_int_equal(text[KINDS_TEXT_MAX - 2], '*');
    assert_string_equal(kinds_text(&k, note("\x01\x02\x03", 100)), "#");
}

static void
test_the_check_finds_a_damaged_table(void **state)
{
    (void)state;
    unsigned row = note("user:1", 100);
    assert_true(kinds_check(&k));
    k.row[row].error = 101;
    assert_false(kinds_check(&k));
    k.row[row].error = 0;
    k.row[row].hash++;
    assert_false(kinds_check(&k));
    k.row[row].hash--;
    k.n++;
    assert_false(kinds_check(&k));
    k.n--;
}

int
main(void)
{
#define WITH_KINDS(test) cmocka_unit_test_setup_teardown(test, begin, check)
    const struct CMUnitTest tests[] = {
        WITH_KINDS(test_items_of_one_shape_have_one_row),
        WITH_KINDS(test_names_have_a_row_in_common),
        WITH_KINDS(test_a_million_shapes_replace_no_heavy_kind),
        WITH_KINDS(test_shapes_with_three_levels_replace_no_heavy_kind),
        WITH_KINDS(test_bounds_hold_for_each_row),
        WITH_KINDS(test_a_late_kind_gets_a_row),
        WITH_KINDS(test_the_table_follows_changes),
        WITH_KINDS(test_a_kind_with_a_dictionary_keeps_its_row),
        WITH_KINDS(test_a_new_row_has_no_dictionary),
        WITH_KINDS(test_a_pattern_is_short_and_printable),
        WITH_KINDS(test_the_check_finds_a_damaged_table),
    };
    return cmocka_run_group_tests_name("kinds", tests, NULL, NULL);
}
