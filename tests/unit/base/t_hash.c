/*
 * hash: the seed and every byte of the key change the result, and its low and high bits are evenly
 * distributed.
 */
#include "base/hash.h"

#include "tests/unit/unit.h"

#include <stdio.h>

static int
reset(void **state)
{
    (void)state;
    hash_seed = 0;
    return 0;
}

static void
test_bytes_matter(void **state)
{
    (void)state;
    assert_true(hash_key("abc", 3) == hash_key("abcd", 3)); /* no byte after the key is read */
    assert_true(hash_key("abc", 3) != hash_key("abc", 2));
    assert_true(hash_key("abc", 3) != hash_key("abd", 3));
    assert_true(hash_key("a\0b", 3) != hash_key("a\0c", 3));
}

static void
test_seed_matters(void **state)
{
    (void)state;
    uint64_t unseeded = hash_key("key", 3);
    hash_seed = 1;
    assert_true(hash_key("key", 3) != unseeded);
    assert_true(hash_key_with(1, "key", 3) == hash_key("key", 3));
    assert_true(hash_key_with(0, "key", 3) == unseeded);
    hash_seed_randomly();
    uint64_t first = hash_seed;
    hash_seed_randomly();
    assert_true(hash_seed != first);
}

/*
 * The index needs an even distribution over buckets (low bits) and tags (high bits): no cell of 256 gets
 * more than twice its share.
 */
static void
test_spread(void **state)
{
    (void)state;
    enum { N_KEYS = 256 * 200 };
    int low[256] = {0}, high[256] = {0};
    for (int i = 0; i < N_KEYS; i++) {
        char key[256]; /* of the maximum length: gcc 12 falsely warns that xxhash reads beyond shorter ones */
        int n = snprintf(key, sizeof key, "key:%d", i);
        uint64_t h = hash_key(key, (size_t)n);
        low[h & 255]++;
        high[h >> 56]++;
    }
    for (int i = 0; i < 256; i++) {
        assert_in_range(low[i], 100, 400);
        assert_in_range(high[i], 100, 400);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_bytes_matter, reset),
        cmocka_unit_test_setup(test_seed_matters, reset),
        cmocka_unit_test_setup(test_spread, reset),
    };
    return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
