/*
 * cutoff: the requested share of bytes is evicted, from the highest ranks, and the cut follows when the
 * ranks change.
 */
#include "slab/policy/cutoff.h"

#include "tests/unit/unit.h"

enum { ITEM = 100, NO_WINDOW = INT32_MAX };

static struct cutoff c;
static struct cutoff_batch batch;

static int
open_cutoff(void **state)
{
    (void)state;
    cutoff_init(&c, CUTOFF_SHARE);
    batch.n = 0;
    batch.evicted = 0;
    return 0;
}

static int
close_cutoff(void **state)
{
    (void)state;
    cutoff_fini(&c);
    return 0;
}

/* The hand meets one item. */
static void
meet(uint64_t rank, uint64_t bytes, bool fresh, uint64_t window)
{
    unsigned step = cutoff_step(rank, fresh);
    cutoff_meet(&batch, step, bytes, step >= cutoff_at(&c));
    cutoff_add(&c, &batch, window);
    assert_int_equal(batch.n, 0);
    assert_int_equal(batch.evicted, 0);
}

/* The hand meets an item of each rank from..to-1. */
static void
meet_range(uint64_t from, uint64_t to, uint64_t window)
{
    for (uint64_t rank = from; rank < to; rank++)
        meet(rank, ITEM, false, window);
}

/* The number of ranks from..to-1 that would be evicted. */
static uint64_t
count_evicted(uint64_t from, uint64_t to)
{
    uint64_t n = 0;
    for (uint64_t rank = from; rank < to; rank++)
        n += cutoff_step(rank, false) >= cutoff_at(&c);
    return n;
}

static void
test_steps_rise_with_ranks(void **state)
{
    (void)state;
    unsigned last = cutoff_step(0, false);
    assert_true(last >= CUTOFF_FRESH_STEPS);
    for (uint64_t rank = 1; rank < 1000; rank++) {
        unsigned step = cutoff_step(rank, false);
        assert_in_range(step, last, last + 1);
        last = step;
    }
    for (int bit = 10; bit < 64; bit++) {
        unsigned octave = cutoff_step(UINT64_C(1) << bit, false);
        assert_int_equal(octave, cutoff_step(UINT64_C(1) << (bit - 1), false) + 8);
        assert_int_equal(octave, cutoff_step((UINT64_C(1) << bit) - 1, false) + 1);
    }
    assert_true(cutoff_step(UINT64_MAX, false) < CUTOFF_STEPS);
}

static void
test_fresh_items_rank_below_all_others(void **state)
{
    (void)state;
    assert_true(cutoff_step(UINT64_MAX, true) < cutoff_step(0, false));
    assert_true(cutoff_step(5, true) < cutoff_step(6, true));
}

static void
test_without_a_sample_nothing_is_evicted(void **state)
{
    (void)state;
    assert_int_equal(cutoff_at(&c), CUTOFF_UNKNOWN);
    cutoff_cut(&c, 256);
    assert_int_equal(cutoff_at(&c), CUTOFF_UNKNOWN);
    assert_true(cutoff_step(UINT64_MAX, false) < CUTOFF_UNKNOWN);
}

static void
test_a_tenth_of_the_bytes_is_evicted(void **state)
{
    (void)state;
    meet_range(1000, 2000, NO_WINDOW);
    cutoff_cut(&c, CUTOFF_SHARE);
    assert_in_range(count_evicted(1000, 2000), 100, 100 + 128); /* up to the end of a histogram step */
}

static void
test_bytes_count_and_not_items(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 1000; i++)
        meet(100, 10, false, NO_WINDOW);
    for (uint64_t i = 0; i < 10; i++)
        meet(200, 1000, false, NO_WINDOW); /* a hundredth of the items, half of the bytes */
    cutoff_cut(&c, CUTOFF_SHARE);
    assert_int_equal(cutoff_at(&c), cutoff_step(200, false));
}

static void
test_a_larger_share_may_be_asked_for(void **state)
{
    (void)state;
    meet_range(1000, 2000, NO_WINDOW);
    cutoff_cut(&c, 128);
    assert_in_range(count_evicted(1000, 2000), 500, 500 + 128);
    cutoff_cut(&c, 256);
    assert_int_equal(count_evicted(1000, 2000), 1000);
}

static void
test_a_larger_share_is_asked_for_once(void **state)
{
    (void)state;
    meet_range(1000, 2000, NO_WINDOW);
    cutoff_cut(&c, 256);
    for (int i = 0; i < 30; i++)
        meet_range(1000, 2000, 1000 * ITEM);
    assert_in_range(count_evicted(1000, 2000), 100, 100 + 128);
}

static void
test_the_cut_follows_the_load(void **state)
{
    (void)state;
    meet_range(100000, 101000, 1000 * ITEM);
    assert_int_not_equal(cutoff_at(&c), CUTOFF_UNKNOWN); /* the window was full */
    assert_int_equal(count_evicted(1000, 2000), 0);
    for (int i = 0; i < 10; i++)
        meet_range(1000, 2000, 1000 * ITEM);
    assert_in_range(count_evicted(1000, 2000), 90, 100 + 128);
}

static void
test_too_deep_a_cut_is_recomputed_immediately(void **state)
{
    (void)state;
    meet_range(1000, 2000, NO_WINDOW);
    cutoff_cut(&c, CUTOFF_SHARE);
    uint32_t before = cutoff_at(&c);
    for (uint64_t i = 0; i < 1000;
         i++) /* all items are evicted: a quarter of the window suffices to detect it */
        meet(10000 + i * 7919 % 10000, ITEM, false, 4 * 1900 * ITEM);
    assert_true(cutoff_at(&c) > before);
    assert_true(count_evicted(10000, 20000) < 4000);
}

static void
test_a_cut_that_evicts_little_waits_for_the_window(void **state)
{
    (void)state;
    meet_range(1000, 2000, NO_WINDOW);
    cutoff_cut(&c, CUTOFF_SHARE);
    uint32_t before = cutoff_at(&c);
    meet_range(0, 999, 1000000 * ITEM);
    assert_int_equal(cutoff_at(&c), before);
}

static void
test_a_reset_forgets_the_histogram(void **state)
{
    (void)state;
    meet_range(1000, 2000, NO_WINDOW);
    cutoff_cut(&c, CUTOFF_SHARE);
    cutoff_forget(&c);
    assert_int_equal(cutoff_at(&c), CUTOFF_UNKNOWN);
    cutoff_cut(&c, CUTOFF_SHARE);
    assert_int_equal(cutoff_at(&c), CUTOFF_UNKNOWN);
    meet(7, ITEM, false, NO_WINDOW);
    cutoff_cut(&c, CUTOFF_SHARE);
    assert_int_equal(cutoff_at(&c), cutoff_step(7, false));
}

int
main(void)
{
#define ON_CUTOFF(test) cmocka_unit_test_setup_teardown(test, open_cutoff, close_cutoff)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps_rise_with_ranks),
        cmocka_unit_test(test_fresh_items_rank_below_all_others),
        ON_CUTOFF(test_without_a_sample_nothing_is_evicted),
        ON_CUTOFF(test_a_tenth_of_the_bytes_is_evicted),
        ON_CUTOFF(test_bytes_count_and_not_items),
        ON_CUTOFF(test_a_larger_share_may_be_asked_for),
        ON_CUTOFF(test_a_larger_share_is_asked_for_once),
        ON_CUTOFF(test_the_cut_follows_the_load),
        ON_CUTOFF(test_too_deep_a_cut_is_recomputed_immediately),
        ON_CUTOFF(test_a_cut_that_evicts_little_waits_for_the_window),
        ON_CUTOFF(test_a_reset_forgets_the_histogram),
    };
    return cmocka_run_group_tests_name("cutoff", tests, NULL, NULL);
}
