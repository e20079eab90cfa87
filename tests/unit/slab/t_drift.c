/* drift: values that a dictionary compresses by a tenth worse are noticed, and chance is not. */
#include "slab/form/drift.h"

#include "tests/unit/unit.h"

enum { SLOT = 9, OTHER = 10 };

static struct drift d;

static int
begin(void **state)
{
    (void)state;
    memset(&d, 0, sizeof d);
    return 0;
}

/* Packs `n` values of 1000 bytes to so many on average: some to a little less, some to a little more. */
static void
note_sizes(unsigned n, unsigned stored)
{
    for (unsigned i = 0; i < n; i++)
        drift_note_size(&d, SLOT, stored - 20 + i * 7919 % 41, 1000);
}

static void
note_hits(unsigned n, unsigned hits)
{
    for (unsigned i = 0; i < n; i++)
        drift_note_hits(&d, SLOT, hits);
}

static void
test_nothing_is_known_of_a_new_dictionary(void **state)
{
    (void)state;
    assert_false(drift_is_worse(&d, SLOT));
    note_sizes(DRIFT_NOTES / 2, 100);
    note_sizes(DRIFT_NOTES / 2 - 1, 900);
    assert_false(drift_is_worse(&d, SLOT));
    assert_true(drift_ratio(&d, OTHER) < 0.001);
}

static void
test_values_that_stay_as_they_are_are_no_drift(void **state)
{
    (void)state;
    note_sizes(20 * DRIFT_NOTES, 400);
    note_hits(20 * DRIFT_NOTES, 10);
    assert_false(drift_is_worse(&d, SLOT));
    assert_true(drift_ratio(&d, SLOT) > 2.49 && drift_ratio(&d, SLOT) < 2.51);
}

static void
test_better_is_not_worse(void **state)
{
    (void)state;
    note_sizes(DRIFT_NOTES, 400);
    note_hits(DRIFT_NOTES, 10);
    note_sizes(10 * DRIFT_NOTES, 200);
    note_hits(10 * DRIFT_NOTES, 15);
    assert_false(drift_is_worse(&d, SLOT));
}

static void
test_sizes_that_are_a_tenth_worse(void **state)
{
    (void)state;
    note_sizes(DRIFT_NOTES, 400);
    note_sizes(10 * DRIFT_NOTES, 430);
    assert_false(drift_is_worse(&d, SLOT));
    note_sizes(10 * DRIFT_NOTES, 450);
    assert_true(drift_is_worse(&d, SLOT));
    assert_false(drift_is_worse(&d, OTHER));
}

static void
test_hits_that_are_a_tenth_fewer(void **state)
{
    (void)state;
    note_hits(DRIFT_NOTES, 16);
    note_hits(10 * DRIFT_NOTES, 15);
    assert_false(drift_is_worse(&d, SLOT));
    note_hits(10 * DRIFT_NOTES, 14);
    assert_true(drift_is_worse(&d, SLOT));
}

/* A few values of another kind between many are not the end of the dictionary. */
static void
test_a_page_of_other_values_is_no_drift(void **state)
{
    (void)state;
    note_sizes(DRIFT_NOTES, 400);
    note_sizes(DRIFT_NOTES / 16, 900);
    assert_false(drift_is_worse(&d, SLOT));
}

static void
test_a_reset_forgets(void **state)
{
    (void)state;
    note_sizes(DRIFT_NOTES, 400);
    note_sizes(10 * DRIFT_NOTES, 800);
    assert_true(drift_is_worse(&d, SLOT));
    drift_reset(&d, SLOT);
    assert_false(drift_is_worse(&d, SLOT));
    note_sizes(10 * DRIFT_NOTES, 800);
    assert_false(drift_is_worse(&d, SLOT));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_nothing_is_known_of_a_new_dictionary, begin),
        cmocka_unit_test_setup(test_values_that_stay_as_they_are_are_no_drift, begin),
        cmocka_unit_test_setup(test_better_is_not_worse, begin),
        cmocka_unit_test_setup(test_sizes_that_are_a_tenth_worse, begin),
        cmocka_unit_test_setup(test_hits_that_are_a_tenth_fewer, begin),
        cmocka_unit_test_setup(test_a_page_of_other_values_is_no_drift, begin),
        cmocka_unit_test_setup(test_a_reset_forgets, begin),
    };
    return cmocka_run_group_tests_name("drift", tests, NULL, NULL);
}
