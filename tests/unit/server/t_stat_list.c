/* stat_list: entries in order, the lines and packets made of them, and the memory that a list keeps. */
#include "server/stat_list.h"

#include "tests/unit/unit.h"

#include <stdlib.h>

static const struct request in_text = {.dialect = DIALECT_TEXT};

static void
must_render(struct stat_list *l, const char *expected)
{
    struct bytes text;
    assert_true(stat_list_render(l, &in_text, &text));
    assert_int_equal(text.n, strlen(expected));
    assert_memory_equal(text.p, expected, text.n);
}

static void
test_text(void **state)
{
    (void)state;
    struct stat_list l = {0};
    must_render(&l, "END\r\n");
    stat_list_u64(&l, "big", UINT64_MAX);
    stat_list_yes_no(&l, "flag", true);
    stat_list_yes_no(&l, "other", false);
    stat_list_add(&l, "rusage", "%ld.%06ld", 1L, 2L);
    stat_list_add(&l, "empty", "%s", "");
    const char *expected = "STAT big 18446744073709551615\r\nSTAT flag yes\r\nSTAT other no\r\n"
                           "STAT rusage 1.000002\r\nSTAT empty \r\nEND\r\n";
    must_render(&l, expected);
    must_render(&l, expected);
    stat_list_clear(&l);
    must_render(&l, "END\r\n");
    stat_list_fini(&l);
}

static void
test_packets(void **state)
{
    (void)state;
    const struct request in_binary = {.dialect = DIALECT_BINARY, .opcode = 0x10};
    struct stat_list l = {0};
    struct bytes text;
    stat_list_add(&l, "n", "%d", 17);
    assert_true(stat_list_render(&l, &in_binary, &text));
    const char one[] = "\x81\x10\0\1\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0\0\0\0\0\0n17",
               last[] = "\x81\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    assert_int_equal(text.n, 27 + 24);
    assert_memory_equal(text.p, one, 27);
    assert_memory_equal(text.p + 27, last, 24);
    stat_list_clear(&l);
    text_add(&l.text, "17", 2);
    assert_true(stat_list_render_block(&l, &in_text, "n", &text));
    assert_int_equal(text.n, 2);
    assert_true(stat_list_render_block(&l, &in_binary, "n", &text));
    assert_int_equal(text.n, 27 + 24);
    assert_memory_equal(text.p, one, 27);
    stat_list_fini(&l);
}

static void
test_entries(void **state)
{
    (void)state;
    struct stat_list l = {0};
    struct bytes name, value;
    size_t at = 0;
    stat_list_u64(&l, "a", 1);
    stat_list_add(&l, "b", "x y");
    assert_true(stat_list_next(&l, &at, &name, &value));
    assert_true(bytes_equal(name, BYTES("a")) && bytes_equal(value, BYTES("1")));
    assert_true(stat_list_next(&l, &at, &name, &value));
    assert_true(bytes_equal(name, BYTES("b")) && bytes_equal(value, BYTES("x y")));
    assert_false(stat_list_next(&l, &at, &name, &value));
    stat_list_fini(&l);
}

static void
test_long_value_is_cut(void **state)
{
    (void)state;
    struct stat_list l = {0};
    struct bytes name, value;
    size_t at = 0;
    stat_list_add(&l, "long", "%*s", 100000, "");
    stat_list_u64(&l, "next", 7);
    assert_true(stat_list_next(&l, &at, &name, &value));
    assert_int_equal(value.n, UINT16_MAX);
    assert_true(stat_list_next(&l, &at, &name, &value));
    assert_true(bytes_equal(name, BYTES("next")));
    stat_list_fini(&l);
}

/* A list that was large once does not keep its memory. */
static void
test_memory_kept(void **state)
{
    (void)state;
    struct stat_list l = {0};
    for (int i = 0; i < 10000; i++)
        stat_list_u64(&l, "some_name", (uint64_t)i);
    struct bytes text;
    assert_true(stat_list_render(&l, &in_text, &text));
    stat_list_clear(&l);
    assert_null(l.entries.p);
    assert_null(l.text.p);
    stat_list_u64(&l, "x", 1);
    stat_list_clear(&l);
    assert_non_null(l.entries.p);
    stat_list_fini(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_entries),
        cmocka_unit_test(test_packets),
        cmocka_unit_test(test_long_value_is_cut),
        cmocka_unit_test(test_memory_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
