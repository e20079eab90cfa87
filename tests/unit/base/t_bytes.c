/* bytes: runs of bytes are compared by length and content, zeros included; an empty run needs no address. */
#include "base/bytes.h"

#include "tests/unit/unit.h"

static void
test_equal(void **state)
{
    (void)state;
    assert_true(bytes_equal(BYTES("abc"), bytes_of("abcd", 3)));
    assert_false(bytes_equal(BYTES("abc"), BYTES("abd")));
    assert_false(bytes_equal(BYTES("abc"), BYTES("ab")));
    assert_false(bytes_equal(BYTES("a\0b"), BYTES("a\0c")));
    assert_true(bytes_equal(bytes_of(NULL, 0), BYTES("")));
    assert_int_equal(BYTES("a\0b").n, 3);
}

static void
test_begin_with(void **state)
{
    (void)state;
    assert_true(bytes_begin_with(BYTES("abc"), BYTES("ab")));
    assert_true(bytes_begin_with(BYTES("abc"), BYTES("abc")));
    assert_true(bytes_begin_with(BYTES("abc"), BYTES("")));
    assert_false(bytes_begin_with(BYTES("ab"), BYTES("abc")));
    assert_false(bytes_begin_with(BYTES("abc"), BYTES("bc")));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal),
        cmocka_unit_test(test_begin_with),
    };
    return cmocka_run_group_tests_name("bytes", tests, NULL, NULL);
}
