/*
 * split: parts are taken from the front in order, separators are dropped, and the rest is exact, also at
 * the ends.
 */
#include "base/text/split.h"

#include "tests/unit/unit.h"

static void
assert_is(struct bytes got, const char *want)
{
    assert_true(bytes_equal(got, bytes_of(want, strlen(want))));
}

static void
test_parts_come_in_turn(void **state)
{
    (void)state;
    struct bytes rest = BYTES("one|two||"), part;
    assert_true(split_at(&rest, '|', &part));
    assert_is(part, "one");
    assert_is(rest, "two||");
    assert_true(split_at(&rest, '|', &part));
    assert_is(part, "two");
    assert_true(split_at(&rest, '|', &part));
    assert_is(part, "");
    assert_false(split_at(&rest, '|', &part));
    assert_is(part, "");
    assert_is(rest, "");
}

static void
test_without_a_separator_all_is_one_part(void **state)
{
    (void)state;
    struct bytes rest = BYTES("one"), part;
    assert_false(split_at(&rest, '|', &part));
    assert_is(part, "one");
    assert_is(rest, "");
    assert_is(split_off(&rest, '|'), "");
}

/* An empty range has no address, so memchr must not be called with it. */
static void
test_an_empty_range_can_be_split(void **state)
{
    (void)state;
    struct bytes rest = bytes_of(NULL, 0), part;
    assert_false(split_at(&rest, '|', &part));
    assert_int_equal(part.n, 0);
    assert_int_equal(split_front(&rest, 0).n, 0);
    assert_int_equal(split_line(&rest).n, 0);
}

static void
test_a_zero_byte_separates_like_any_other(void **state)
{
    (void)state;
    struct bytes rest = bytes_of("a\0b", 3);
    assert_is(split_off(&rest, '\0'), "a");
    assert_is(rest, "b");
}

static void
test_bytes_beyond_the_end_are_not_read(void **state)
{
    (void)state;
    struct bytes rest = bytes_of("one|", 3), part;
    assert_false(split_at(&rest, '|', &part));
    assert_is(part, "one");
}

static void
test_front(void **state)
{
    (void)state;
    struct bytes rest = BYTES("abc");
    assert_is(split_front(&rest, 2), "ab");
    assert_is(rest, "c");
    assert_is(split_front(&rest, 1), "c");
    assert_is(rest, "");
}

static void
test_lines_lose_their_ends(void **state)
{
    (void)state;
    struct bytes rest = BYTES("a\r\nb\n\r\nc\r\r\nd");
    assert_is(split_line(&rest), "a");
    assert_is(split_line(&rest), "b");
    assert_is(split_line(&rest), "");
    assert_is(split_line(&rest), "c\r");
    assert_is(split_line(&rest), "d");
    assert_int_equal(rest.n, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts_come_in_turn),
        cmocka_unit_test(test_without_a_separator_all_is_one_part),
        cmocka_unit_test(test_an_empty_range_can_be_split),
        cmocka_unit_test(test_a_zero_byte_separates_like_any_other),
        cmocka_unit_test(test_bytes_beyond_the_end_are_not_read),
        cmocka_unit_test(test_front),
        cmocka_unit_test(test_lines_lose_their_ends),
    };
    return cmocka_run_group_tests_name("split", tests, NULL, NULL);
}
