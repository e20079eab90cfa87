/*
 * ghost: a recently evicted key is known once, other keys seldom are, and the oldest ghosts are forgotten
 * first.
 */
#include "slab/policy/ghost.h"

#include "base/hash.h"
#include "tests/unit/unit.h"

static struct ghosts g;
enum { SIZE = 1 << 16 };

static uint64_t
hash_of(uint64_t i)
{
    return hash_key((const char *)&i, sizeof i);
}

static int
open_ghosts(void **state)
{
    (void)state;
    assert_true(ghost_init(&g, SIZE, 4 * SIZE));
    return 0;
}

static int
close_ghosts(void **state)
{
    (void)state;
    ghost_fini(&g);
    return 0;
}

static void
test_a_ghost_is_known_once(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 1000; i++)
        ghost_remember(&g, hash_of(i));
    for (uint64_t i = 0; i < 1000; i++) {
        assert_true(ghost_take(&g, hash_of(i)));
        assert_false(ghost_take(&g, hash_of(i)));
    }
}

static void
test_before_the_first_eviction_no_bucket_is_read(void **state)
{
    (void)state;
    assert_false(g.any);
    assert_false(ghost_take(&g, hash_of(1)));
    ghost_remember(&g, hash_of(2));
    assert_true(g.any);
    assert_false(ghost_take(&g, hash_of(1)));
}

static void
test_other_keys_seldom_match(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 200000; i++)
        ghost_remember(&g, hash_of(i));
    int n = 0;
    for (uint64_t i = 1000000; i < 1100000; i++)
        n += ghost_take(&g, hash_of(i));
    assert_in_range(n, 1, 150); /* 31 tags of 65536 values: 47 false matches are expected */
}

static void
test_the_oldest_are_forgotten_first(void **state)
{
    (void)state;
    const uint64_t n = SIZE / sizeof(struct ghost_bucket) * GHOST_TAGS;
    for (uint64_t i = 0; i < 4 * n; i++)
        ghost_remember(&g, hash_of(i));
    uint64_t young = 0, old = 0;
    for (uint64_t i = 0; i < n / 2; i++) {
        young += ghost_take(&g, hash_of(4 * n - 1 - i));
        old += ghost_take(&g, hash_of(i));
    }
    assert_true(young > n / 2 - n / 100);
    assert_true(old < n / 100);
}

static void
test_every_lane_of_a_bucket_holds_one(void **state)
{
    (void)state;
    for (uint64_t tag = 1; tag <= GHOST_TAGS; tag++)
        ghost_remember(&g, tag << 48);
    for (uint64_t tag = 1; tag <= GHOST_TAGS; tag++)
        assert_true(ghost_take(&g, tag << 48));
    ghost_remember(&g, 0); /* tag 0 is valid, too */
    assert_true(ghost_take(&g, 0));
    assert_false(ghost_take(&g, 0));
}

/* The number of the last `n` keys that are known. */
static uint64_t
count_known(uint64_t n)
{
    uint64_t known = 0;
    for (uint64_t i = 0; i < n; i++)
        ghost_remember(&g, hash_of(i));
    for (uint64_t i = 0; i < n; i++)
        known += ghost_take(&g, hash_of(i));
    return known;
}

static void
test_the_table_changes_with_the_limit(void **state)
{
    (void)state;
    enum { FULL = SIZE / 2, MANY = FULL * 2 };
    assert_in_range(count_known(MANY), FULL / 2, FULL);
    assert_int_equal(ghost_resize(&g, 4 * SIZE), 4 * SIZE);
    assert_in_range(count_known(MANY), MANY * 9 / 10, MANY);
    assert_int_equal(ghost_resize(&g, SIZE / 2), SIZE / 2);
    assert_in_range(count_known(MANY), FULL / 4, FULL / 2);
    assert_int_equal(ghost_resize(&g, 16 * SIZE), 4 * SIZE); /* no more than was reserved */
    assert_in_range(count_known(MANY), MANY * 9 / 10, MANY);
}

static void
test_without_a_table_no_ghost_is_stored(void **state)
{
    (void)state;
    struct ghosts none;
    assert_true(ghost_init(&none, 0, SIZE));
    ghost_remember(&none, hash_of(1));
    assert_false(ghost_take(&none, hash_of(1)));
    assert_int_equal(ghost_resize(&none, SIZE), 0);
    ghost_fini(&none);
}

static void
test_the_table_is_a_small_part_of_the_limit(void **state)
{
    (void)state;
    for (size_t limit = 1 << 20; limit < (size_t)1 << 40; limit = limit * 3 + 1) {
        assert_true(ghost_size(limit) <= limit / 256);
        assert_true(ghost_size(limit) > limit / 512 - 64);
    }
}

int
main(void)
{
#define WITH_GHOSTS(test) cmocka_unit_test_setup_teardown(test, open_ghosts, close_ghosts)
    const struct CMUnitTest tests[] = {
        WITH_GHOSTS(test_a_ghost_is_known_once),
        WITH_GHOSTS(test_before_the_first_eviction_no_bucket_is_read),
        WITH_GHOSTS(test_other_keys_seldom_match),
        WITH_GHOSTS(test_the_oldest_are_forgotten_first),
        WITH_GHOSTS(test_every_lane_of_a_bucket_holds_one),
        WITH_GHOSTS(test_the_table_changes_with_the_limit),
        cmocka_unit_test(test_without_a_table_no_ghost_is_stored),
        cmocka_unit_test(test_the_table_is_a_small_part_of_the_limit),
    };
    return cmocka_run_group_tests_name("ghost", tests, NULL, NULL);
}
