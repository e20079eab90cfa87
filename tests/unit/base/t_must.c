/*
 * must: a false assertion aborts and prints its text and place; a true one is evaluated once and has no
 * effect.
 */
#include "base/must.h"

#include "tests/unit/unit.h"

static int n_asked;

static int
ask(int answer)
{
    n_asked++;
    return answer;
}

static void
break_must(void)
{
    MUST(1 + 1 == 3);
}

static void
break_checked(void)
{
    CHECKED_MUST(2 + 2 == 5);
}

static void
arrive_at_unreachable(void)
{
    UNREACHABLE();
}

static void
test_true_assertion(void **state)
{
    (void)state;
    n_asked = 0;
    MUST(ask(1));
    assert_int_equal(n_asked, 1);
}

static void
test_false_assertion(void **state)
{
    (void)state;
    unit_must_die(break_must, "1 + 1 == 3");
    unit_must_die(break_must, "in break_must, ");
    unit_must_die(break_must, "t_must.c:");
}

static void
test_unreachable(void **state)
{
    (void)state;
    unit_must_die(arrive_at_unreachable, "unreachable");
}

static void
test_checked(void **state)
{
    (void)state;
    n_asked = 0;
    CHECKED_MUST(ask(1));
#ifdef LARDER_CHECKS
    assert_int_equal(n_asked, 1);
    unit_must_die(break_checked, "2 + 2 == 5");
#else
    char said[64];
    assert_int_equal(n_asked, 0);
    assert_int_equal(unit_in_child(break_checked, said, sizeof said), 0);
    assert_string_equal(said, "");
#endif
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_true_assertion),
        cmocka_unit_test(test_false_assertion),
        cmocka_unit_test(test_unreachable),
        cmocka_unit_test(test_checked),
    };
    return cmocka_run_group_tests_name("must", tests, NULL, NULL);
}
