/* pairs: words of a line are taken in turn, and their escapes undone. */
#include "tools/text/pairs.h"

#include "tests/unit/unit.h"

static void
pairs_are_taken_in_turn(void **state)
{
    (void)state;
    static const char line[] = " key=a%20b exp=-1  word x= \r\n";
    struct bytes rest = bytes_of(line, sizeof line - 1), name, value;
    assert_true(pairs_next(&rest, &name, &value));
    assert_true(bytes_equal(name, BYTES("key")) && bytes_equal(value, BYTES("a%20b")));
    assert_true(pairs_next(&rest, &name, &value));
    assert_true(bytes_equal(name, BYTES("exp")) && bytes_equal(value, BYTES("-1")));
    assert_true(pairs_next(&rest, &name, &value));
    assert_true(name.n == 0 && bytes_equal(value, BYTES("word")));
    assert_true(pairs_next(&rest, &name, &value));
    assert_true(bytes_equal(name, BYTES("x")) && value.n == 0);
    assert_false(pairs_next(&rest, &name, &value));
}

static void
keys_are_unescaped(void **state)
{
    (void)state;
    char out[16];
    assert_int_equal(pairs_unescape(BYTES("a%20B%2f%2F"), out), 5);
    assert_memory_equal(out, "a B//", 5);
    assert_int_equal(pairs_unescape(BYTES("%00"), out), 1);
    assert_int_equal(pairs_unescape(BYTES("%"), out), 0);
    assert_int_equal(pairs_unescape(BYTES("a%2"), out), 0);
    assert_int_equal(pairs_unescape(BYTES("a%2g"), out), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_are_taken_in_turn),
        cmocka_unit_test(keys_are_unescaped),
    };
    return cmocka_run_group_tests_name("pairs", tests, NULL, NULL);
}
